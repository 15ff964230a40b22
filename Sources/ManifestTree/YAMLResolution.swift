/// What plain text stands for, by the rules of go-yaml: YAML 1.2 words, YAML 1.1 numbers and timestamps.
enum YAMLResolution: Hashable {
    case null
    case bool(Bool)
    case integer(Tree.Number)
    case float(Tree.Number)
    /// Infinity or not a number.
    case notFinite
    /// A timestamp, in the form Go writes to JSON.
    case timestamp(String)
    /// Nothing but itself.
    case text(String)

    init(_ text: String) {
        self = Self.word(text) ?? Self.number(text) ?? .text(text)
    }

    /// The value in a tree; nil where JSON has none.
    var tree: Tree? {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let number), .float(let number): .number(number)
        case .notFinite: nil
        case .timestamp(let text), .text(let text): .string(text)
        }
    }

    private static func word(_ text: String) -> YAMLResolution? {
        guard text.utf8.count <= 5 else { return nil }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF": return .notFinite
        case ".nan", ".NaN", ".NAN": return .notFinite
        default: return nil
        }
    }

    /// The truth values that only YAML 1.1 has.
    static func version2(_ text: String) -> Bool? {
        guard text.utf8.count <= 3 else { return nil }
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return true
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return false
        default: return nil
        }
    }

    private static func number(_ text: String) -> YAMLResolution? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: ".") {
            // Go's own number syntax: an underscore only between digits.
            guard underscoresSeparateDigits(bytes) else { return nil }
            return float(bytes.filter { $0 != UInt8(ascii: "_") }, text)
        }
        guard isDigit(first) || first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else { return nil }
        if let timestamp = GoTimestamp(bytes) { return .timestamp(timestamp.text) }
        let plain = bytes.filter { $0 != UInt8(ascii: "_") }
        return integer(plain).map { .integer(Tree.Number(validated: $0, written: text)) } ?? float(plain, text)
    }

    // MARK: Integers

    /// The decimal text of an integer of 64 bits: signed, or unsigned without a sign in front.
    private static func integer(_ bytes: [UInt8]) -> String? {
        var digits = bytes[...]
        var negative = false
        let signed = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        if signed { negative = digits.removeFirst() == UInt8(ascii: "-") }
        let radix = radix(&digits)
        // go-yaml reads binary and YAML 1.2 octal numbers a second time, with a sign after the prefix.
        if !signed, radix == 2 || radix == 8, let sign = digits.first, !isDigit(sign) {
            guard sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+"), bytes.count > 1, !isDigit(bytes[1]) else {
                return nil
            }
            guard bytes[1] == UInt8(ascii: "b") || bytes[1] == UInt8(ascii: "o") else { return nil }
            negative = sign == UInt8(ascii: "-")
            digits.removeFirst()
            return magnitude(digits, radix: radix).flatMap { decimal($0, negative: negative, signed: true) }
        }
        return magnitude(digits, radix: radix).flatMap { decimal($0, negative: negative, signed: signed) }
    }

    /// Takes the prefix of the base off.
    private static func radix(_ digits: inout ArraySlice<UInt8>) -> UInt64 {
        guard digits.count > 1, digits.first == UInt8(ascii: "0") else { return 10 }
        let radix: UInt64
        switch digits[digits.startIndex + 1] | 0x20 {
        case UInt8(ascii: "x"): radix = 16
        case UInt8(ascii: "b"): radix = 2
        case UInt8(ascii: "o"): radix = 8
        default:
            digits.removeFirst()
            return 8
        }
        digits.removeFirst(2)
        return radix
    }

    private static func magnitude(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard digit < radix else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func decimal(_ magnitude: UInt64, negative: Bool, signed: Bool) -> String? {
        if negative {
            guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
            return magnitude == 0 ? "0" : "-\(magnitude)"
        }
        return signed && magnitude > UInt64(Int64.max) ? nil : String(magnitude)
    }

    // MARK: Floats

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of a double.
    private static func float(_ bytes: [UInt8], _ text: String) -> YAMLResolution? {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = takeDigits(&rest)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard whole + fraction > 0 else { return nil }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            guard takeDigits(&rest) > 0 else { return nil }
        }
        guard rest.isEmpty, let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return .float(Tree.Number(validated: GoFloat(value).json, written: text))
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
        let digits = rest.prefix(while: isDigit).count
        rest.removeFirst(digits)
        return digits
    }

    private static func underscoresSeparateDigits(_ bytes: [UInt8]) -> Bool {
        bytes.indices.allSatisfy { index in
            bytes[index] != UInt8(ascii: "_")
                || index > 0 && index + 1 < bytes.count && isDigit(bytes[index - 1]) && isDigit(bytes[index + 1])
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
