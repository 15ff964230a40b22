/// Scalars of `SimpleYAML`.
extension SimpleYAML {
    /// libyaml takes keys of up to 1024 characters.
    private static let keyLimit = 512

    /// A key and its colon.
    mutating func key(_ place: YAMLPlace) throws(Beyond) -> String {
        let start = at
        let text: String
        if lines.bytes[at] == UInt8(ascii: "\"") || lines.bytes[at] == UInt8(ascii: "'") {
            text = try quoted()
        } else {
            let end = lines.endOfPlain(start)
            guard end > start, lines.bytes[end - 1] != UInt8(ascii: " "), startsPlain() else { throw Beyond() }
            text = try plainKey(end: end, place)
        }
        guard lines.bytes[at] == UInt8(ascii: ":"), lines.isBlank(at + 1), at - start <= Self.keyLimit else {
            throw Beyond()
        }
        at += 1
        return text
    }

    /// The key of a map in braces, without its colon.
    mutating func flowKey(_ place: YAMLPlace) throws(Beyond) -> String {
        let start = at
        if lines.bytes[at] == UInt8(ascii: "\"") || lines.bytes[at] == UInt8(ascii: "'") {
            let text = try quoted()
            guard at - start <= Self.keyLimit else { throw Beyond() }
            return text
        }
        let end = try endOfWord()
        guard end - start <= Self.keyLimit else { throw Beyond() }
        return try plainKey(end: end, place)
    }

    /// A key that is text: one that looks like another value is left to the full reader, but in annotations.
    private mutating func plainKey(end: Int, _ place: YAMLPlace) throws(Beyond) -> String {
        let start = at
        try add(1 + (end - start) / 64)
        let text = try text(to: end)
        guard !place.hasTextKeys, YAMLScalar.canBeOther(lines.bytes, start..<end) else {
            guard text != "<<" else { throw Beyond() }
            return text
        }
        guard case .text = YAMLResolution(text) else { throw Beyond() }
        return text
    }

    /// A scalar of one line, up to a comment or the end of the line.
    mutating func scalar(_ place: YAMLPlace) throws(Beyond) -> Tree {
        if lines.bytes[at] == UInt8(ascii: "\"") || lines.bytes[at] == UInt8(ascii: "'") {
            return .string(try quoted())
        }
        let start = at
        var end = lines.endOfPlain(start)
        guard lines.bytes[end] != UInt8(ascii: ":"), startsPlain() else { throw Beyond() }
        while lines.bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return try plain(end: end, place)
    }

    /// A scalar in a collection in brackets or braces.
    mutating func flowScalar(_ place: YAMLPlace) throws(Beyond) -> Tree {
        if lines.bytes[at] == UInt8(ascii: "\"") || lines.bytes[at] == UInt8(ascii: "'") {
            return .string(try quoted())
        }
        return try plain(end: try endOfWord(), place)
    }

    private mutating func plain(end: Int, _ place: YAMLPlace) throws(Beyond) -> Tree {
        let start = at
        try add(1 + (end - start) / 64)
        let text = try text(to: end)
        guard YAMLScalar.canBeOther(lines.bytes, start..<end) else { return .string(text) }
        if place.isAnnotation {
            if rules.annotations == .text || YAMLResolution(text) != .null { return .string(text) }
            return .null
        }
        if YAMLScalar.isShortInteger(lines.bytes, start..<end) { return .number(Tree.Number(validated: text)) }
        guard let value = YAMLResolution(text).tree else { throw Beyond() }
        return value
    }

    /// Whether a plain scalar may start here.
    private func startsPlain() -> Bool {
        switch lines.bytes[at] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "."),
            UInt8(ascii: "("), UInt8(ascii: "$"), UInt8(ascii: "<"), UInt8(ascii: "~"), UInt8(ascii: "="),
            UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: ";"), UInt8(ascii: "\\"), 0x80...:
            true
        case UInt8(ascii: "-"): !lines.isBlank(at + 1)
        default: false
        }
    }

    /// The byte behind a word without any character that has a meaning in brackets or braces.
    private func endOfWord() throws(Beyond) -> Int {
        let bytes = lines.bytes.span
        var end = at
        while true {
            switch bytes[end] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "."):
                end += 1
            case UInt8(ascii: "-"), UInt8(ascii: "="), UInt8(ascii: "$"), UInt8(ascii: "+"):
                guard end > at || !lines.isBlank(end + 1) else { throw Beyond() }
                end += 1
            default:
                guard end > at else { throw Beyond() }
                return end
            }
        }
    }

    // MARK: Quotes

    /// The text of a scalar in quotes that ends in this line.
    private mutating func quoted() throws(Beyond) -> String {
        let start = at
        guard let end = lines.endOfQuoted(start) else { throw Beyond() }
        let isSingle = lines.bytes[start] == UInt8(ascii: "'")
        try add(1 + (end - start) / 64)
        at += 1
        let escape = isSingle ? UInt8(ascii: "'") : UInt8(ascii: "\\")
        guard lines.bytes[at..<end].contains(escape) else {
            let text = try text(to: end)
            at = end + 1
            return text
        }
        scratch.removeAll(keepingCapacity: true)
        while at < end { scratch.append(try isSingle ? singleQuoted() : doubleQuoted()) }
        at = end + 1
        return String(decoding: scratch, as: UTF8.self)
    }

    private mutating func singleQuoted() throws(Beyond) -> UInt8 {
        let byte = lines.bytes[at]
        guard byte != UInt8(ascii: "\t") else { throw Beyond() }
        at += byte == UInt8(ascii: "'") ? 2 : 1
        return byte
    }

    private mutating func doubleQuoted() throws(Beyond) -> UInt8 {
        let byte = lines.bytes[at]
        guard byte != UInt8(ascii: "\t") else { throw Beyond() }
        guard byte == UInt8(ascii: "\\") else {
            at += 1
            return byte
        }
        at += 2
        switch lines.bytes[at - 1] {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): return lines.bytes[at - 1]
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        default: throw Beyond()
        }
    }

    // MARK: Literal blocks

    /// The text of a literal block in a collection of a column, up to the line that follows it.
    mutating func literal(below column: Int) throws(Beyond) -> String {
        at += 1
        let chomping = lines.bytes[at]
        if chomping == UInt8(ascii: "-") || chomping == UInt8(ascii: "+") { at += 1 }
        guard let end = lines.end(ofBlankLine: at) else { throw Beyond() }
        at = end + 1
        line += 1
        scratch.removeAll(keepingCapacity: true)
        let indent = try literalIndent()
        guard indent > column else { throw Beyond() }
        let trailing = try literalLines(indent: indent)
        switch chomping {
        case UInt8(ascii: "-"): scratch.removeLast()
        case UInt8(ascii: "+"): scratch.append(contentsOf: repeatElement(UInt8(ascii: "\n"), count: trailing))
        default: break
        }
        try add(1 + scratch.count / 64)
        return String(decoding: scratch, as: UTF8.self)
    }

    /// The spaces before the first line with content; empty lines before it are content too.
    private mutating func literalIndent() throws(Beyond) -> Int {
        let text = lines.bytes
        let bytes = text.span
        while at < bytes.count, bytes[at] == UInt8(ascii: "\n") {
            scratch.append(UInt8(ascii: "\n"))
            at += 1
            line += 1
        }
        var content = at
        while content < bytes.count, bytes[content] == UInt8(ascii: " ") { content += 1 }
        guard content < bytes.count, bytes[content] != UInt8(ascii: "\n"), bytes[content] != UInt8(ascii: "\t") else {
            throw Beyond()
        }
        return content - at
    }

    /// Appends lines up to the first that stands further left.
    /// - Returns: how many empty lines follow the last one.
    private mutating func literalLines(indent: Int) throws(Beyond) -> Int {
        let text = lines.bytes
        let bytes = text.span
        var empty = 0
        while at < bytes.count {
            var content = at
            while content - at < indent, bytes[content] == UInt8(ascii: " ") { content += 1 }
            if bytes[content] == UInt8(ascii: "\n") {
                empty += 1
                at = content + 1
                line += 1
                continue
            }
            guard content - at == indent else {
                guard bytes[content] != UInt8(ascii: "\t") else { throw Beyond() }
                return empty
            }
            var end = content
            while bytes[end] != UInt8(ascii: "\n") { end += 1 }
            scratch.append(contentsOf: repeatElement(UInt8(ascii: "\n"), count: empty))
            scratch.append(contentsOf: lines.bytes[content...end])
            empty = 0
            at = end + 1
            line += 1
        }
        // Without a line break at its end, the last line has none in the text either.
        guard !lines.isCut else { throw Beyond() }
        return empty
    }

    // MARK: Text

    /// The text up to an index, which is then the next byte. A tab is left to the full reader.
    private mutating func text(to end: Int) throws(Beyond) -> String {
        let text = lines.bytes
        let bytes = text.span
        for index in at..<end where bytes[index] == UInt8(ascii: "\t") { throw Beyond() }
        defer { at = end }
        return texts.text(lines.bytes, at..<end)
    }
}
