/// go-yaml's order of map keys: numbers inside text count by value, letters come after everything else.
enum NaturalOrder {
    /// Whether any character may be a digit, of any script.
    static func hasDigits(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where bytes[index] &- 0x30 < 10 || bytes[index] >= 0x80 { return true }
        return false
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        let (a, b) = (left.utf8.span, right.utf8.span)
        let count = min(a.count, b.count)
        var index = 0
        while index < count, a[index] == b[index], a[index] < 0x80 { index += 1 }
        if index == count { return a.count < b.count }
        // Two letters decide at once, and so nearly always.
        if isLetter(a[index]) && isLetter(b[index]) { return a[index] < b[index] }
        return precedes(Array(left.unicodeScalars), Array(right.unicodeScalars))
    }

    private static func precedes(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Bool {
        guard let index = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return left.count < right.count
        }
        let (leftLetter, rightLetter) = (isLetter(left[index]), isLetter(right[index]))
        if leftLetter && rightLetter { return left[index] < right[index] }
        if leftLetter || rightLetter { return rightLetter }
        let nonzeroBefore =
            (left[index] == "0" || right[index] == "0")
            && left[..<index].reversed().prefix(while: isDigit).contains { $0 != "0" }
        let leftNumber = number(left, from: index, start: nonzeroBefore ? 1 : 0)
        let rightNumber = number(right, from: index, start: nonzeroBefore ? 1 : 0)
        if leftNumber.value != rightNumber.value { return leftNumber.value < rightNumber.value }
        if leftNumber.end != rightNumber.end { return leftNumber.end < rightNumber.end }
        return left[index] < right[index]
    }

    /// The digits from an index on; wraps around as Go's integers do.
    private static func number(_ text: [Unicode.Scalar], from index: Int, start: Int64) -> (value: Int64, end: Int) {
        var value = start
        var end = index
        while end < text.count, isDigit(text[end]) {
            value = value &* 10 &+ (Int64(text[end].value) - 0x30)
            end += 1
        }
        return (value, end)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .decimalNumber
    }
}
