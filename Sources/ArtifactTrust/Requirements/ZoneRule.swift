internal import CoreModel

/// How far a place's clocks are from UTC, and when that changes: what a POSIX `TZ` rule says (POSIX.1-2017 section 8.3,
/// with the hours from -167 to 167 of RFC 8536).
///
/// It knows the rule of today alone. Asked about the past it may be an hour off; freezes are about the present.
package struct ZoneRule: Hashable, Sendable {
    /// The day and the time at which clocks change each year.
    struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// The `week`th of a weekday in a month, 5 being the last; 0 is Sunday.
            case weekday(month: Int64, week: Int64, weekday: Int64)
            /// 1 to 365; 29 February is never counted.
            case withoutLeapDay(Int64)
            /// 0 to 365; 29 February is counted.
            case ofYear(Int64)
        }

        let day: Day
        /// Seconds after midnight by the clocks before the change.
        let seconds: Int64
    }

    /// Seconds east of UTC without summer time.
    let standard: Int64
    /// Summer time, where there is one: seconds east of UTC, and between which changes.
    let summer: Summer?

    struct Summer: Hashable, Sendable {
        let offset: Int64
        let start: Change
        let end: Change
    }

    /// Coordinated universal time.
    package static let utc = ZoneRule(standard: 0, summer: nil)

    init(standard: Int64, summer: Summer?) {
        self.standard = standard
        self.summer = summer
    }

    /// Reads a name of the time zone database (`Europe/Berlin`), `UTC` or `Z`, an offset from it (`+02:00`), or a POSIX
    /// rule (`CET-1CEST,M3.5.0,M10.5.0/3`); nil for anything else. Names are told apart by case.
    package init?(_ text: String) {
        if text == "Z" {
            self = .utc
        } else if let offset = Self.offset(text) {
            self.init(standard: offset, summer: nil)
        } else if let rule = Self.named[text] ?? Self.parsed(text) {
            self = rule
        } else {
            return nil
        }
    }

    /// Seconds east of UTC at a time, in seconds since 1970.
    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilDate(dayNumber: Self.day(of: seconds + standard)).year
        let start = summer.start.instant(in: year) - standard
        let end = summer.end.instant(in: year) - summer.offset
        let isSummer = start < end ? start <= seconds && seconds < end : !(end <= seconds && seconds < start)
        return isSummer ? summer.offset : standard
    }

    /// The last time, in seconds since 1970, at which the clocks show so many seconds since then. Where they skip it,
    /// the time at which they would have shown it without the change.
    func instant(ofLocal local: Int64) -> Int64 { instants(ofLocal: local).max() ?? local - standard }

    /// The first such time.
    func firstInstant(ofLocal local: Int64) -> Int64 { instants(ofLocal: local).min() ?? local - standard }

    private func instants(ofLocal local: Int64) -> [Int64] {
        [standard, summer?.offset ?? standard].map { local - $0 }.filter { offset(at: $0) + $0 == local }
    }

    /// The day, since 1970-01-01, of a number of seconds since then.
    static func day(of seconds: Int64) -> Int64 { seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400 }

    private static let named: [String: ZoneRule] = {
        var named: [String: ZoneRule] = [:]
        var rule: ZoneRule?
        for line in ZoneTable.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first != "+" { rule = words.first.flatMap { parsed(String($0)) } }
            for name in words.dropFirst() { named[String(name)] = rule }
        }
        return named
    }()

    /// `+02:00` or `-0930`, up to 24 hours.
    private static func offset(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        var digits = Array(bytes.dropFirst())
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard digits.count == 4, let hours = Int64(ascii: digits[..<2]), let minutes = Int64(ascii: digits[2...]),
            hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
}

extension ZoneRule.Change {
    /// Seconds since 1970-01-01 by the clocks before the change.
    func instant(in year: Int64) -> Int64 { dayNumber(in: year) * 86_400 + seconds }

    private func dayNumber(in year: Int64) -> Int64 {
        let first = CivilDate(year: year, month: 1, day: 1)?.dayNumber ?? 0
        switch day {
        case .ofYear(let number): return first + number
        case .withoutLeapDay(let number):
            let hasLeapDay = CivilDate(year: year, month: 2, day: 29) != nil
            return first + number - 1 + (hasLeapDay && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            guard let start = CivilDate(year: year, month: month, day: 1) else { return first }
            let offset = (weekday - Int64(start.weekday) + 7) % 7
            let next = month == 12 ? (year + 1, Int64(1)) : (year, month + 1)
            let end = CivilDate(year: next.0, month: next.1, day: 1)?.dayNumber ?? start.dayNumber
            var number = start.dayNumber + offset + (week - 1) * 7
            while number >= end { number -= 7 }
            return number
        }
    }
}

extension Int64 {
    /// A number of digits alone.
    init?(ascii digits: ArraySlice<UInt8>) {
        guard !digits.isEmpty, digits.count < 10, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
