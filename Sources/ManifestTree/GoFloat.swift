/// A finite double in the two forms that Go gives it: the shortest digits that read back as the same number.
struct GoFloat {
    private let negative: Bool
    /// Significant digits without zeros at either end; one zero for zero.
    private let digits: [UInt8]
    /// The decimal exponent of the first digit.
    private let exponent: Int

    init(_ value: Double) {
        negative = value.sign == .minus
        // Swift's description has the same shortest digits; only their layout differs.
        var digits: [UInt8] = []
        var exponent = 0
        var pointAt: Int?
        for (index, part) in value.magnitude.description.utf8.split(separator: UInt8(ascii: "e")).enumerated() {
            if index == 1 {
                exponent = Int(String(decoding: part, as: UTF8.self)) ?? 0
                continue
            }
            for byte in part {
                if byte == UInt8(ascii: ".") { pointAt = digits.count } else { digits.append(byte) }
            }
        }
        exponent += (pointAt ?? digits.count) - 1
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        exponent -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.digits = digits.isEmpty ? [UInt8(ascii: "0")] : digits
        self.exponent = digits.isEmpty ? 0 : exponent
    }

    /// As encoding/json writes it: an exponent only below 1e-6 and from 1e21 on.
    var json: String { exponent < -6 || exponent >= 21 ? scientific(exponentDigits: 1) : positional }

    /// As go-yaml writes it (`strconv` format `g`): an exponent below 1e-4 and from 1e6 on.
    var yaml: String { exponent < -4 || exponent >= 6 ? scientific(exponentDigits: 2) : positional }

    private var sign: String { negative ? "-" : "" }

    private func scientific(exponentDigits: Int) -> String {
        let rest = digits.dropFirst()
        let mantissa = text(digits.prefix(1)) + (rest.isEmpty ? "" : "." + text(rest))
        let power = String(exponent.magnitude)
        let padding = String(repeating: "0", count: max(0, exponentDigits - power.utf8.count))
        return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(padding)\(power)"
    }

    private var positional: String {
        if exponent < 0 { return "\(sign)0." + String(repeating: "0", count: -exponent - 1) + text(digits[...]) }
        let whole = digits.prefix(exponent + 1)
        let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
        let fraction = digits.dropFirst(exponent + 1)
        return sign + text(whole) + zeros + (fraction.isEmpty ? "" : "." + text(fraction))
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Tree.Number {
    /// The number as go-yaml writes it: integers of 64 bits in full, all others by the rules of Go's `%g`.
    package var goText: String {
        if let integer = Int64(text) { return String(integer) }
        if let integer = UInt64(text) { return String(integer) }
        guard let value = Double(text), value.isFinite else { return text }
        // By way of JSON, where a whole number below 1e21 has no exponent and so is an integer again.
        let float = GoFloat(value)
        return Int64(float.json).map(String.init) ?? UInt64(float.json).map(String.init) ?? float.yaml
    }
}
