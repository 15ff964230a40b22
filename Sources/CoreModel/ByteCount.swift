/// A number of bytes, printed with decimal units.
package struct ByteCount: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let bytes: Int64

    package init(_ bytes: Int64) { self.bytes = bytes }

    /// 1,048,576 bytes times `count`.
    package static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(count << 20) }

    /// Reads a Kubernetes quantity of bytes: a whole number with k, M, G, T, Ki, Mi, Gi, Ti or nothing behind it. Nil
    /// for anything else, and for what is more than an `Int64` holds.
    package init?(quantity text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        let factors: [String: Int64] = [
            "": 1, "k": 1000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000,
            "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
        ]
        guard let factor = factors[String(text.dropFirst(digits.count))] else { return nil }
        let (product, isTooMuch) = number.multipliedReportingOverflow(by: factor)
        if isTooMuch { return nil }
        bytes = product
    }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    package var description: String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while abs(value) >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) B" }
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) \(units[unit])"
    }
}
