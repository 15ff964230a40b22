/// A word of an expression.
enum ExpressionToken: Equatable {
    case name(String)
    case int(String)
    case double(String)
    case string(String)
    /// An operator or bracket, and the words `in`, `true`, `false`, `null`.
    case symbol(String)
    case end
}

/// Divides an expression into words.
struct ExpressionLexer {
    static let keywords: Set<String> = ["true", "false", "null", "in"]
    static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]
    private static let pairs: Set<String> = ["==", "!=", "<=", ">=", "&&", "||"]

    let text: String
    let bytes: [UInt8]
    var offset = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    /// The next word and where it begins.
    mutating func next() throws(ExpressionError) -> (token: ExpressionToken, offset: Int) {
        skipSpace()
        let start = offset
        guard let byte = peek() else { return (.end, start) }
        switch byte {
        case _ where Self.beginsName(byte): return (try word(), start)
        case 0x30...0x39: return (try number(), start)
        case UInt8(ascii: ".") where peek(1).map(Self.isDigit) ?? false: return (try number(), start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return (.string(try quoted(isRaw: false)), start)
        default: return (.symbol(try symbol()), start)
        }
    }

    func error(at place: Int, _ problem: String, _ code: ExpressionError.Code = .syntax) -> ExpressionError {
        ExpressionError(code, text, at: place, problem)
    }

    func peek(_ distance: Int = 0) -> UInt8? { offset + distance < bytes.count ? bytes[offset + distance] : nil }

    mutating func advance(_ count: Int = 1) { offset = min(offset + count, bytes.count) }

    private mutating func skipSpace() {
        while let byte = peek() {
            if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0C || byte == 0x0D {
                advance()
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while let byte = peek(), byte != 0x0A, byte != 0x0D { advance() }
            } else {
                return
            }
        }
    }

    private mutating func word() throws(ExpressionError) -> ExpressionToken {
        let start = offset
        while let byte = peek(), Self.beginsName(byte) || Self.isDigit(byte) { advance() }
        let word = String(decoding: bytes[start..<offset], as: UTF8.self)
        if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") {
            if word == "r" || word == "R" { return .string(try quoted(isRaw: true)) }
            if ["b", "B", "br", "Br", "bR", "BR", "rb"].contains(word) {
                throw error(at: start, "bytes are not known to this version; use text")
            }
        }
        return Self.keywords.contains(word) ? .symbol(word) : .name(word)
    }

    private mutating func number() throws(ExpressionError) -> ExpressionToken {
        let start = offset
        if peek() == 0x30, let x = peek(1), x | 0x20 == UInt8(ascii: "x") {
            advance(2)
            while let byte = peek(), Self.isHex(byte) { advance() }
            guard offset > start + 2 else { throw error(at: start, "a hexadecimal number has no digits") }
            try endNumber(start)
            return .int(String(decoding: bytes[start..<offset], as: UTF8.self))
        }
        var isDouble = false
        digits()
        if peek() == UInt8(ascii: "."), peek(1).map(Self.isDigit) ?? false {
            isDouble = true
            advance()
            digits()
        }
        if let e = peek(), e | 0x20 == UInt8(ascii: "e") {
            isDouble = true
            advance()
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { advance() }
            guard peek().map(Self.isDigit) ?? false else { throw error(at: start, "an exponent has no digits") }
            digits()
        }
        try endNumber(start)
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        return isDouble ? .double(text) : .int(text)
    }

    private mutating func digits() { while let byte = peek(), Self.isDigit(byte) { advance() } }

    private func endNumber(_ start: Int) throws(ExpressionError) {
        guard let byte = peek(), Self.beginsName(byte) || Self.isDigit(byte) else { return }
        let isUnsigned = byte | 0x20 == UInt8(ascii: "u")
        throw error(
            at: start,
            isUnsigned ? "unsigned numbers are not known to this version" : "a number ends in a letter"
        )
    }

    private mutating func symbol() throws(ExpressionError) -> String {
        let two = String(decoding: bytes[offset..<min(offset + 2, bytes.count)], as: UTF8.self)
        if Self.pairs.contains(two) {
            advance(2)
            return two
        }
        guard let byte = peek(), "+-*/%<>!?:.,()[]{}".utf8.contains(byte) else {
            let rest = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
            throw error(at: offset, "\(String(rest.prefix(1)).debugDescription) has no meaning here")
        }
        advance()
        return String(UnicodeScalar(byte))
    }

    static func beginsName(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
