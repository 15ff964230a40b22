/// A function of text. Positions are those of characters (Unicode scalars), as the language counts them.
struct TextFunction {
    /// The longest text that a function makes, in bytes.
    static let resultLimit = 1 << 20

    private let function: ExpressionFunction
    private let values: [ExpressionValue]

    init(_ function: ExpressionFunction, _ values: [ExpressionValue]) {
        self.function = function
        self.values = values
    }

    func result() throws(ValueProblem) -> ExpressionValue {
        if function == .join { return try join() }
        let text = try text(0)
        switch function {
        case .startsWith: return .bool(text.utf8.starts(with: try self.text(1).utf8))
        case .endsWith: return .bool(text.utf8.reversed().starts(with: try self.text(1).utf8.reversed()))
        case .contains:
            let part = try self.text(1)
            return .bool(part.isEmpty || !TextSearch(part).occurrences(in: Array(text.utf8), limit: 1).isEmpty)
        case .lowerAscii: return .string(mapped(text, 0x41...0x5A) { $0 | 0x20 })
        case .upperAscii: return .string(mapped(text, 0x61...0x7A) { $0 & 0xDF })
        case .trim: return .string(trimmed(text))
        case .split: return try split(text)
        case .replace: return try replace(text)
        case .substring: return try substring(text)
        case .indexOf, .lastIndexOf: return try position(text)
        default: throw ValueProblem(.type, "'\(function.rawValue)' is no function of text")
        }
    }

    private func text(_ index: Int) throws(ValueProblem) -> String {
        let value = values[index]
        guard case .string(let text) = value else {
            throw ValueProblem(.type, "'\(function.rawValue)' takes text, and \(value.typeName) is none")
        }
        return text
    }

    /// A whole number; nil where it is left out.
    private func number(_ index: Int) throws(ValueProblem) -> Int64? {
        guard index < values.count else { return nil }
        guard case .int(let number) = values[index] else {
            throw ValueProblem(.type, "'\(function.rawValue)' takes an int, and \(values[index].typeName) is none")
        }
        return number
    }

    private func mapped(_ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
        String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
    }

    private func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let rest = scalars.drop { $0.properties.isWhitespace }
        let kept = rest.reversed().drop { $0.properties.isWhitespace }.reversed()
        var view = String.UnicodeScalarView()
        view.append(contentsOf: kept)
        return String(view)
    }

    /// A text's parts between separators; at most so many, the last of which is the rest.
    private func split(_ text: String) throws(ValueProblem) -> ExpressionValue {
        let separator = try self.text(1)
        let limit = try number(2) ?? -1
        if limit == 0 { return .list([]) }
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        if separator.isEmpty {
            let scalars = text.unicodeScalars
            var parts = scalars.prefix(most == .max ? scalars.count : most - 1).map { String(Character($0)) }
            if most != .max, scalars.count >= most { parts.append(String(scalars.dropFirst(most - 1))) }
            return .list(parts.map { .string($0) })
        }
        return .list(Self.pieces(text, separator, most).map { .string($0) })
    }

    private func replace(_ text: String) throws(ValueProblem) -> ExpressionValue {
        let (old, new) = (try self.text(1), try self.text(2))
        guard !old.isEmpty else { throw ValueProblem(.value, "'replace' needs a text to replace") }
        let limit = try number(3) ?? -1
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        let pieces = Self.pieces(text, old, most == .max ? most : most + 1)
        guard text.utf8.count + pieces.count * new.utf8.count <= Self.resultLimit else { throw Self.tooLong }
        return .string(pieces.joined(separator: new))
    }

    private func join() throws(ValueProblem) -> ExpressionValue {
        let separator = values.count > 1 ? try text(1) : ""
        guard let elements = values[0].elements else {
            throw ValueProblem(.type, "'join' takes a list, and \(values[0].typeName) is none")
        }
        var joined = ""
        for (index, element) in elements.enumerated() {
            guard case .string(let part) = element else {
                throw ValueProblem(.type, "'join' takes a list of text, and \(element.typeName) is none")
            }
            joined += index == 0 ? part : separator + part
            guard joined.utf8.count <= Self.resultLimit else { throw Self.tooLong }
        }
        return .string(joined)
    }

    private func substring(_ text: String) throws(ValueProblem) -> ExpressionValue {
        let scalars = text.unicodeScalars
        let count = Int64(scalars.count)
        let (start, end) = (try number(1) ?? 0, try number(2) ?? count)
        guard 0 <= start, start <= end, end <= count else {
            throw ValueProblem(.value, "there are no characters \(start) to \(end)")
        }
        return .string(String(String.UnicodeScalarView(scalars.dropFirst(Int(start)).prefix(Int(end - start)))))
    }

    /// Where a part begins, counted in characters; -1 where it is not there.
    private func position(_ text: String) throws(ValueProblem) -> ExpressionValue {
        let part = try self.text(1)
        let scalars = text.unicodeScalars
        let count = Int64(scalars.count)
        let isLast = function == .lastIndexOf
        let bound = try number(2) ?? (isLast ? count : 0)
        guard (0...count).contains(bound) else { throw ValueProblem(.value, "there is no character \(bound)") }
        if part.isEmpty { return .int(bound) }
        // What may hold the part: from the bound on, or up to a part that begins there.
        let length = part.unicodeScalars.count
        let window = isLast ? scalars.prefix(Int(bound) + length) : scalars.dropFirst(Int(bound))
        let bytes = Array(String(String.UnicodeScalarView(window)).utf8)
        let search = TextSearch(part)
        guard let found = isLast ? search.last(in: bytes) : search.occurrences(in: bytes, limit: 1).first else {
            return .int(-1)
        }
        // A character begins with every byte that does not continue one.
        let before = Int64(bytes[..<found].count { $0 & 0xC0 != 0x80 })
        return .int(isLast ? before : bound + before)
    }

    /// A text between separators, at most so many pieces.
    private static func pieces(_ text: String, _ separator: String, _ most: Int) -> [String] {
        let bytes = Array(text.utf8)
        let found = TextSearch(separator).occurrences(in: bytes, limit: most - 1)
        var pieces: [String] = []
        var start = 0
        for place in found {
            pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
            start = place + separator.utf8.count
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self))
        return pieces
    }

    private static let tooLong = ValueProblem(.limit, "a text becomes longer than \(resultLimit) bytes")
}
