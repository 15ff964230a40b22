/// A timestamp in one of the four forms go-yaml reads, and the text that Go's JSON encoding gives it.
///
/// `2006-1-2`, `2006-1-2 15:4:5.9` (both UTC), and `2006-1-2T15:4:5.9Z07:00` with a small or a capital T.
struct GoTimestamp {
    /// RFC 3339 with as many digits of the second as are needed.
    let text: String

    /// Nil for anything else, dates that do not exist included.
    init?(_ bytes: [UInt8]) {
        var scanner = Scanner(rest: bytes[...])
        guard let year = scanner.number(digits: 4...4), scanner.take("-"),
            let month = scanner.number(digits: 1...2), scanner.take("-"),
            let day = scanner.number(digits: 1...2), (1...12).contains(month),
            day >= 1, day <= Self.days(in: month, of: year)
        else { return nil }
        let date = "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))T"
        if scanner.rest.isEmpty {
            text = date + "00:00:00Z"
            return
        }
        let separator = scanner.rest.removeFirst()
        guard [UInt8(ascii: " "), UInt8(ascii: "T"), UInt8(ascii: "t")].contains(separator),
            let hour = scanner.number(digits: 1...2), hour < 24, scanner.take(":"),
            let minute = scanner.number(digits: 1...2), minute < 60, scanner.take(":"),
            let second = scanner.number(digits: 1...2), second < 60
        else { return nil }
        let fraction = scanner.fraction()
        let zone = separator == UInt8(ascii: " ") ? "Z" : scanner.zone()
        guard let zone, scanner.rest.isEmpty else { return nil }
        text = "\(date)\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))\(fraction)\(zone)"
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    fileprivate static func padded(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}

/// Takes parts off the front.
private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits range: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while count < range.upperBound, let byte = rest.first, byte &- 0x30 < 10 {
            value = value * 10 + Int(byte - 0x30)
            count += 1
            rest.removeFirst()
        }
        return range.contains(count) ? value : nil
    }

    /// A point or comma and digits, as Go prints them: nine at most, no zeros at the end.
    mutating func fraction() -> String {
        guard let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") else { return "" }
        let digits = rest.dropFirst().prefix { $0 &- 0x30 < 10 }
        guard !digits.isEmpty else { return "" }
        rest.removeFirst(digits.count + 1)
        var kept = digits.prefix(9)
        while kept.last == UInt8(ascii: "0") { kept.removeLast() }
        return kept.isEmpty ? "" : "." + String(decoding: kept, as: UTF8.self)
    }

    /// `Z` or `±hh:mm`, as Go prints it. Go reads offsets of a whole day and more but cannot write them.
    mutating func zone() -> String? {
        if take("Z") { return "Z" }
        guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        rest.removeFirst()
        guard let hours = number(digits: 2...2), take(":"), let minutes = number(digits: 2...2) else { return nil }
        guard hours < 24, minutes < 60 else { return nil }
        if hours == 0 && minutes == 0 { return "Z" }
        return "\(Character(Unicode.Scalar(sign)))\(GoTimestamp.padded(hours)):\(GoTimestamp.padded(minutes))"
    }
}
