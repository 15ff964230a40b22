/// One pass over the bytes of a JSON document.
struct JSONParser {
    private let bytes: [UInt8]
    private let limits: DocumentLimits
    private let lenient: Bool
    private var position = 0
    private var nodes = 0

    init(bytes: [UInt8], limits: DocumentLimits, lenient: Bool) {
        self.bytes = bytes
        self.limits = limits
        self.lenient = lenient
    }

    mutating func document() throws(JSONProblem) -> Tree {
        skipSpace()
        if position >= bytes.count {
            throw JSONProblem(code: .syntax, offset: position, problem: "the document is empty")
        }
        let tree = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("there is text after the end of the document") }
        return tree
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> Tree {
        nodes += 1
        guard nodes <= limits.nodes else { throw failure("there are more than \(limits.nodes) values", .limit) }
        switch peek() {
        case UInt8(ascii: "{"): return try map(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func map(depth: Int) throws(JSONProblem) -> Tree {
        try enter(depth)
        var entries = TreeMap()
        if skipped(UInt8(ascii: "}")) { return .map(entries) }
        repeat {
            skipSpace()
            let start = position
            guard peek() == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing here") }
            let key = try string()
            skipSpace()
            guard peek() == UInt8(ascii: ":") else { throw failure("a colon is missing after key \(quoted(key))") }
            position += 1
            skipSpace()
            let child = try value(depth: depth)
            guard entries.append(key, child) else {
                throw JSONProblem(
                    code: .duplicateKey,
                    offset: start,
                    problem: "key \(quoted(key)) is set twice in one object (byte \(start)); keep one of them"
                )
            }
            skipSpace()
        } while consumed(UInt8(ascii: ","))
        guard consumed(UInt8(ascii: "}")) else { throw failure("a comma or } is missing here") }
        return .map(entries)
    }

    private mutating func list(depth: Int) throws(JSONProblem) -> Tree {
        try enter(depth)
        var elements: [Tree] = []
        if skipped(UInt8(ascii: "]")) { return .list(elements) }
        repeat {
            skipSpace()
            elements.append(try value(depth: depth))
            skipSpace()
        } while consumed(UInt8(ascii: ","))
        guard consumed(UInt8(ascii: "]")) else { throw failure("a comma or ] is missing here") }
        return .list(elements)
    }

    private mutating func enter(_ depth: Int) throws(JSONProblem) {
        guard depth <= limits.depth else {
            throw failure("the document is nested deeper than the \(limits.depth) levels allowed", .limit)
        }
        position += 1
    }

    private mutating func word(_ text: StaticString, _ tree: Tree) throws(JSONProblem) -> Tree {
        let length = text.utf8CodeUnitCount
        let matches = bytes[position...].starts(with: "\(text)".utf8)
        guard matches else { throw failure("this is not a JSON value") }
        position += length
        return tree
    }

    // MARK: Bytes

    private func peek() -> UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func consumed(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipped(_ byte: UInt8) -> Bool {
        skipSpace()
        return consumed(byte)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func failure(_ problem: String, _ code: ManifestError.Code = .syntax) -> JSONProblem {
        let atEnd = position >= bytes.count && code == .syntax
        return JSONProblem(
            code: code,
            offset: position,
            problem: atEnd ? "the document ends too early: \(problem)" : problem
        )
    }

    private func quoted(_ key: String) -> String { Tree.string(key).jsonString() }
}

// MARK: Numbers and strings

extension JSONParser {
    private mutating func number() throws(JSONProblem) -> Tree.Number {
        let start = position
        _ = consumed(UInt8(ascii: "-"))
        let leadingZero = peek() == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits > 0 else {
            if position == start { throw failure("a value is missing here") }
            throw failure("a number needs a digit here")
        }
        if leadingZero && digits > 1 {
            position = start
            throw failure("a number must not start with a zero")
        }
        if consumed(UInt8(ascii: ".")), skipDigits() == 0 { throw failure("a number needs a digit after its point") }
        if peek() | 0x20 == UInt8(ascii: "e") {
            position += 1
            if !consumed(UInt8(ascii: "+")) { _ = consumed(UInt8(ascii: "-")) }
            if skipDigits() == 0 { throw failure("a number needs a digit in its exponent") }
        }
        return Tree.Number(validated: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        return position - start
    }

    /// Reads the string whose opening quote is at the position.
    private mutating func string() throws(JSONProblem) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return try text(bytes[start..<(position - 1)], at: start)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw failure("a control character in a string must be escaped") }
            position += 1
        }
        throw failure("a string is not closed")
    }

    /// Goes on at the first backslash of a string.
    private mutating func escapedString(from start: Int) throws(JSONProblem) -> String {
        var content = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try text(content[...], at: start)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            case 0..<0x20: throw failure("a control character in a string must be escaped")
            default:
                content.append(byte)
                position += 1
            }
        }
        throw failure("a string is not closed")
    }

    private func text(_ content: ArraySlice<UInt8>, at start: Int) throws(JSONProblem) -> String {
        // Nearly every text is ASCII, which needs no look at its encoding: that costs more than the text itself.
        if lenient || content.allSatisfy({ $0 < 0x80 }) { return String(decoding: content, as: UTF8.self) }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw JSONProblem(code: .syntax, offset: start, problem: "a string is not valid UTF-8")
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONProblem) {
        let byte = peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(try unicodeEscape()).utf8)
        default:
            position = min(position - 1, bytes.count)
            throw failure("this escape is unknown to JSON")
        }
    }

    private mutating func unicodeEscape() throws(JSONProblem) -> Unicode.Scalar {
        let start = position - 2
        let first = try hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let resume = position
        if UTF16.isLeadSurrogate(UInt16(first)), consumed(UInt8(ascii: "\\")), consumed(UInt8(ascii: "u")) {
            let second = try hexUnit()
            let combined = 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF
            if UTF16.isTrailSurrogate(UInt16(second)), let scalar = Unicode.Scalar(combined) { return scalar }
        }
        position = resume
        guard lenient else {
            throw JSONProblem(code: .syntax, offset: start, problem: "a surrogate escape stands alone")
        }
        return "\u{FFFD}"
    }

    private mutating func hexUnit() throws(JSONProblem) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = peek()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("an escape needs four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
