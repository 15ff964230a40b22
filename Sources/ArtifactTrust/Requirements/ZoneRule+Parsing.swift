extension ZoneRule {
    /// Reads a POSIX rule: `CET-1CEST,M3.5.0,M10.5.0/3`, `<-03>3`; summer time needs its changes written out.
    static func parsed(_ text: String) -> ZoneRule? {
        guard text.utf8.count <= 100 else { return nil }
        var reader = ZoneReader(rest: Array(text.utf8)[...])
        guard reader.name(), let west = reader.time(hours: 24) else { return nil }
        if reader.rest.isEmpty { return ZoneRule(standard: -west, summer: nil) }
        guard reader.name() else { return nil }
        var offset = -west + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let west = reader.time(hours: 24) else { return nil }
            offset = -west
        }
        guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(),
            reader.rest.isEmpty
        else { return nil }
        return ZoneRule(standard: -west, summer: Summer(offset: offset, start: start, end: end))
    }
}

/// Reads a POSIX rule from its front.
private struct ZoneReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// What the hours are called: at least three letters, or anything of letters, digits and signs in angles.
    mutating func name() -> Bool {
        if take("<") {
            let name = rest.prefix { Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D }
            rest = rest.dropFirst(name.count)
            return name.count >= 3 && take(">")
        }
        let name = rest.prefix(while: Self.isLetter)
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(hours limit: Int64) -> Int64? {
        var sign: Int64 = 1
        if take("-") { sign = -1 } else { _ = take("+") }
        guard let hours = number(), hours <= limit else { return nil }
        var seconds = hours * 3600
        for scale in [Int64(60), 1] where take(":") {
            guard let part = number(), part < 60 else { return nil }
            seconds += part * scale
        }
        return sign * seconds
    }

    mutating func change() -> ZoneRule.Change? {
        guard let day = day() else { return nil }
        guard take("/") else { return ZoneRule.Change(day: day, seconds: 7200) }
        return time(hours: 167).map { ZoneRule.Change(day: day, seconds: $0) }
    }

    private mutating func day() -> ZoneRule.Change.Day? {
        if take("J") { return number().flatMap { (1...365).contains($0) ? .withoutLeapDay($0) : nil } }
        guard take("M") else { return number().flatMap { $0 <= 365 ? .ofYear($0) : nil } }
        guard let month = number(), (1...12).contains(month), take("."), let week = number(), (1...5).contains(week),
            take("."), let weekday = number(), weekday <= 6
        else { return nil }
        return .weekday(month: month, week: week, weekday: weekday)
    }

    private mutating func number() -> Int64? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return Int64(ascii: digits)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
