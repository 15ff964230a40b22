/// Writes DER, and what is almost DER. Written apart from the code under test.
package enum DERWriter {
    /// Any tag around any content, with a correct length.
    package static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    package static func length(_ count: Int) -> [UInt8] {
        if count < 128 { return [UInt8(count)] }
        if count < 256 { return [0x81, UInt8(count)] }
        if count < 65_536 { return [0x82, UInt8(count >> 8), UInt8(count & 255)] }
        return [0x83, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    package static func sequence(_ parts: [UInt8]...) -> [UInt8] { tagged(0x30, parts.flatMap { $0 }) }
    package static func sequence(of parts: [[UInt8]]) -> [UInt8] { tagged(0x30, parts.flatMap { $0 }) }
    /// The order of the parts is the caller's; use `sortedSet` where there are several.
    package static func set(_ parts: [UInt8]...) -> [UInt8] { tagged(0x31, parts.flatMap { $0 }) }
    /// SET OF, whose parts DER sorts.
    package static func sortedSet(_ parts: [[UInt8]]) -> [UInt8] {
        tagged(0x31, parts.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 })
    }
    /// `[number]` with elements inside.
    package static func explicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { tagged(0xA0 | number, content) }
    /// `[number]` in place of a primitive type's tag.
    package static func implicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { tagged(0x80 | number, content) }

    package static func boolean(_ value: Bool) -> [UInt8] { [1, 1, value ? 0xFF : 0] }
    package static let null: [UInt8] = [5, 0]
    package static func octets(_ bytes: [UInt8]) -> [UInt8] { tagged(4, bytes) }
    package static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { tagged(3, [unused] + bytes) }
    package static func utf8(_ text: String) -> [UInt8] { tagged(0x0C, Array(text.utf8)) }
    package static func printable(_ text: String) -> [UInt8] { tagged(0x13, Array(text.utf8)) }
    package static func ia5(_ text: String) -> [UInt8] { tagged(0x16, Array(text.utf8)) }

    /// The two's complement as it is given.
    package static func rawInteger(_ bytes: [UInt8]) -> [UInt8] { tagged(2, bytes) }

    package static func integer(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        while bytes.count > 1, bytes[0] == 0 && bytes[1] < 0x80 || bytes[0] == 0xFF && bytes[1] >= 0x80 {
            bytes.removeFirst()
        }
        return tagged(2, bytes)
    }

    /// A number without sign from its big-endian bytes.
    package static func unsigned(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        guard let first = digits.first else { return tagged(2, [0]) }
        return tagged(2, first >= 0x80 ? [0] + digits : digits)
    }

    package static func oid(_ dotted: String) -> [UInt8] {
        let arcs = dotted.split(separator: ".").compactMap { Int($0) }
        var content: [UInt8] = []
        for arc in [arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2) {
            var groups = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                groups.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += groups
        }
        return tagged(6, content)
    }

    /// UTCTime up to 2049, GeneralizedTime after it, as RFC 5280 wants it.
    package static func time(_ seconds: Int64) -> [UInt8] {
        let text = timeText(seconds)
        return text < "2050" ? tagged(0x17, Array(text.dropFirst(2).utf8)) : tagged(0x18, Array(text.utf8))
    }

    package static func generalizedTime(_ seconds: Int64, fraction: String = "") -> [UInt8] {
        tagged(0x18, Array((timeText(seconds).dropLast() + fraction + "Z").utf8))
    }

    /// `YYYYMMDDHHMMSSZ`.
    private static func timeText(_ seconds: Int64) -> String {
        var days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let inDay = seconds - days * 86_400
        var year: Int64 = 1970
        func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while days < 0 {
            year -= 1
            days += isLeap(year) ? 366 : 365
        }
        while days >= (isLeap(year) ? 366 : 365) {
            days -= isLeap(year) ? 366 : 365
            year += 1
        }
        let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var month = 0
        while days >= lengths[month] {
            days -= lengths[month]
            month += 1
        }
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let clock = two(inDay / 3600) + two(inDay / 60 % 60) + two(inDay % 60)
        return "\(year)" + two(Int64(month) + 1) + two(days + 1) + clock + "Z"
    }
}
