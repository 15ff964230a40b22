extension ExpressionLexer {
    /// A text in quotes, from its first quote on.
    mutating func quoted(isRaw: Bool) throws(ExpressionError) -> String {
        let start = offset
        guard let quote = peek() else { return "" }
        let isTriple = peek(1) == quote && peek(2) == quote
        advance(isTriple ? 3 : 1)
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                advance(isTriple ? 3 : 1)
                return try text(content, start)
            }
            if byte == UInt8(ascii: "\\"), !isRaw {
                content += try escape()
                continue
            }
            if byte == 0x0A || byte == 0x0D, !isTriple { break }
            content.append(byte)
            advance()
        }
        throw error(at: start, "a text does not end")
    }

    private func text(_ bytes: [UInt8], _ start: Int) throws(ExpressionError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error(at: start, "a text is not made of characters")
        }
        return text
    }

    private mutating func escape() throws(ExpressionError) -> [UInt8] {
        let start = offset
        advance()
        guard let byte = peek() else { throw error(at: start, "a text does not end") }
        let simple: [Character: UInt8] = [
            "a": 0x07, "b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B, "\\": 0x5C, "?": 0x3F,
            "\"": 0x22, "'": 0x27, "`": 0x60,
        ]
        if let meaning = simple[Character(UnicodeScalar(byte))] {
            advance()
            return [meaning]
        }
        switch byte {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return try scalar(digits: 2, radix: 16, start)
        case UInt8(ascii: "u"): return try scalar(digits: 4, radix: 16, start)
        case UInt8(ascii: "U"): return try scalar(digits: 8, radix: 16, start)
        case 0x30...0x33:
            offset -= 1
            return try scalar(digits: 3, radix: 8, start)
        default: throw error(at: start, "an escape in a text has no meaning; write \\\\ for a backslash")
        }
    }

    /// A character by its number. Halves of pairs are refused: they are no characters.
    private mutating func scalar(digits: Int, radix: Int, _ start: Int) throws(ExpressionError) -> [UInt8] {
        advance()
        let end = min(offset + digits, bytes.count)
        let text = String(decoding: bytes[offset..<end], as: UTF8.self)
        guard text.utf8.count == digits, text.utf8.allSatisfy(Self.isHex), let number = UInt32(text, radix: radix),
            let scalar = UnicodeScalar(number)
        else { throw error(at: start, "an escape in a text names no character") }
        advance(digits)
        return Array(String(Character(scalar)).utf8)
    }
}
