/// A moment as ASN.1 writes it: seconds since 1970 and the nanoseconds beyond.
package struct DERTime: Hashable, Sendable, Comparable {
    package let seconds: Int64
    package let nanoseconds: Int

    package static func < (left: DERTime, right: DERTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// `YYMMDDHHMMSSZ`; years from 50 on are of the last century (RFC 5280 section 4.1.2.5.1).
    init?(utcTime text: ArraySlice<UInt8>) {
        guard text.count == 13, text.last == UInt8(ascii: "Z"), let fields = Self.pairs(text.dropLast()) else {
            return nil
        }
        self.init(year: fields[0] + (fields[0] < 50 ? 2000 : 1900), rest: fields[1...], fraction: [])
    }

    /// `YYYYMMDDHHMMSSZ`, with a fraction of at most nine digits and without zeros at its end where that is allowed
    /// (RFC 3161 section 2.4.2).
    init?(generalizedTime text: ArraySlice<UInt8>, allowsFraction: Bool) {
        guard text.count >= 15, text.last == UInt8(ascii: "Z"), let fields = Self.pairs(text.prefix(14)) else {
            return nil
        }
        var fraction = text.dropFirst(14).dropLast()
        if let point = fraction.popFirst() {
            guard allowsFraction, point == UInt8(ascii: "."), (1...9).contains(fraction.count),
                fraction.last != UInt8(ascii: "0"), fraction.allSatisfy(Self.isDigit)
            else { return nil }
        }
        self.init(year: fields[0] * 100 + fields[1], rest: fields[2...], fraction: fraction)
    }

    private init?(year: Int, rest: ArraySlice<Int>, fraction: ArraySlice<UInt8>) {
        let rest = Array(rest)
        let (month, day, hour, minute, second) = (rest[0], rest[1], rest[2], rest[3], rest[4])
        guard (1...12).contains(month), hour < 24, minute < 60, second < 60 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let before = year - 1
        let days =
            before * 365 + before / 4 - before / 100 + before / 400 + lengths.prefix(month - 1).reduce(0, +) + day - 1
            - 719_162
        seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let digits = fraction.map { Int($0 - 48) } + [Int](repeating: 0, count: 9 - fraction.count)
        nanoseconds = digits.reduce(0) { $0 * 10 + $1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func pairs(_ text: ArraySlice<UInt8>) -> [Int]? {
        guard text.allSatisfy(isDigit) else { return nil }
        return stride(from: text.startIndex, to: text.endIndex, by: 2).map {
            Int(text[$0] - 48) * 10 + Int(text[$0 + 1] - 48)
        }
    }
}

extension DERReader {
    /// A UTCTime or a GeneralizedTime in seconds, as certificates and revocation lists hold them.
    package mutating func time() throws -> Int64 {
        let element = try next()
        let time: DERTime? =
            switch element.tag {
            case .utcTime: DERTime(utcTime: element.content)
            case .generalizedTime: DERTime(generalizedTime: element.content, allowsFraction: false)
            default: nil
            }
        guard let time else { throw problem("it has a time that is none") }
        return time.seconds
    }

    /// A GeneralizedTime that may have a fraction, as timestamp tokens hold it.
    package mutating func preciseTime() throws -> DERTime {
        let content = try next(.generalizedTime).content
        guard let time = DERTime(generalizedTime: content, allowsFraction: true) else {
            throw problem("it has a time that is none")
        }
        return time
    }
}
