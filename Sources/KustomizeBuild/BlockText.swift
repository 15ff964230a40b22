import ManifestTree

/// YAML in block style, line by line, so that scalars can be exchanged while quotes and comments stay. What is read is
/// written as go-yaml writes it: two spaces a level, lists at the column of their key, no empty lines.
///
/// It knows what people write by hand. Anything else (anchors, tags, scalars and flow collections over several lines,
/// documents) is not read at all, and the caller writes the whole tree instead.
struct BlockText {
    private struct Line {
        /// Spaces in front.
        let indent: Int
        /// Dashes and key, as they are written.
        let head: String
        /// The scalar or flow collection; "" for none.
        var value: String
        /// With its `#`; "" for none.
        let comment: String
        /// Where the value stands in the document.
        let path: FieldPath
        /// The content of a block scalar, without its indentation.
        let block: [String]
        let blockIndent: Int
    }

    private var lines: [Line] = []

    /// Nil for text that is written in other ways.
    init?(_ text: String) {
        var reader = BlockReader(text)
        guard reader.read() else { return nil }
        lines = reader.lines.map {
            Line(
                indent: $0.indent,
                head: $0.head,
                value: $0.value,
                comment: $0.comment,
                path: $0.path,
                block: $0.block,
                blockIndent: $0.blockIndent
            )
        }
    }

    /// Exchanges the scalar at a path. The quotes stay what they are.
    /// - Returns: false when there is none on a line of its own.
    mutating func set(_ scalar: Tree, at path: FieldPath) -> Bool {
        guard let index = lines.firstIndex(where: { $0.path == path && !$0.value.isEmpty }),
            lines[index].block.isEmpty, let text = scalar.scalarText, !text.contains("\n")
        else { return false }
        switch lines[index].value.first {
        case "'":
            let doubled = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            lines[index].value = "'\(doubled)'"
        case "\"": lines[index].value = Tree.string(text).jsonString()
        case "{", "[": return false
        default: lines[index].value = String(scalar.yamlStringAsWritten().dropLast())
        }
        return !lines[index].value.contains("\n")
    }

    /// The whole text, without a line feed at its end.
    var text: String {
        var output: [String] = []
        for line in lines {
            let margin = String(repeating: " ", count: line.indent)
            let parts = [line.head, line.value, line.comment].filter { !$0.isEmpty }
            output.append(margin + parts.joined(separator: " "))
            for content in line.block {
                output.append(content.isEmpty ? "" : String(repeating: " ", count: line.blockIndent) + content)
            }
        }
        return output.joined(separator: "\n")
    }
}

/// Reads lines, keeping the collections that are open.
private struct BlockReader {
    struct Entry {
        var indent: Int
        var head: String
        var value: String
        var comment: String
        var path: FieldPath
        var block: [String] = []
        var blockIndent = 0
    }

    private struct Level {
        /// As it is written, and as it will be.
        let column: Int
        let indent: Int
        let isList: Bool
        /// The path of the collection itself, and of what is being read in it.
        let path: FieldPath
        var current: FieldPath
        var count = 0
    }

    private(set) var lines: [Entry] = []
    private var source: ArraySlice<Substring>
    private var levels: [Level] = []
    private var comments: [Substring] = []

    init(_ text: String) { source = text.split(separator: "\n", omittingEmptySubsequences: false)[...] }

    mutating func read() -> Bool {
        while let line = source.popFirst() {
            guard !line.contains("\t"), !line.contains("\r") else { return false }
            let content = line.drop { $0 == " " }
            if content.isEmpty { continue }
            if content.hasPrefix("#") {
                comments.append(content)
                continue
            }
            guard readEntry(content, column: line.count - content.count) else { return false }
        }
        add(comments: levels.first?.indent ?? 0)
        return !lines.isEmpty
    }

    private mutating func add(comments indent: Int) {
        for comment in comments {
            lines.append(Entry(indent: indent, head: String(comment), value: "", comment: "", path: FieldPath()))
        }
        comments = []
    }

    private mutating func readEntry(_ content: Substring, column: Int) -> Bool {
        guard !content.hasPrefix("---"), !content.hasPrefix("..."), !content.hasPrefix("? ") else { return false }
        // A scalar goes on here: the line before had a value already.
        if let last = lines.last, !last.value.isEmpty, let level = levels.last, column > level.column { return false }
        var (rest, column) = (content, column)
        var head = ""
        var indent: Int?
        while rest == "-" || rest.hasPrefix("- ") {
            guard let level = open(column, isList: true) else { return false }
            indent = indent ?? level
            head += head.isEmpty ? "-" : " -"
            let next = rest.dropFirst().drop { $0 == " " }
            column += rest.count - next.count
            rest = next
        }
        if let (key, after) = Self.key(rest) {
            guard let level = open(column, isList: false) else { return false }
            indent = indent ?? level
            head += (head.isEmpty ? "" : " ") + key.written
            levels[levels.count - 1].current = levels[levels.count - 1].path.appending(key.text)
            rest = after.drop { $0 == " " }
        } else if head.isEmpty {
            return false
        }
        guard let (value, comment) = Self.value(rest), let path = levels.last?.current else { return false }
        add(comments: indent ?? 0)
        lines.append(Entry(indent: indent ?? 0, head: head, value: value, comment: comment, path: path))
        return value.first == "|" || value.first == ">" ? readBlock(value) : true
    }

    /// Finds the collection at a column, or opens one.
    /// - Returns: the indentation that it will have.
    private mutating func open(_ column: Int, isList: Bool) -> Int? {
        while let level = levels.last, level.column > column || (level.column == column && level.isList && !isList) {
            levels.removeLast()
        }
        if let level = levels.last, level.column == column, level.isList == isList {
            if isList { advance() }
            return level.indent
        }
        if let level = levels.last, level.column == column, !isList || level.isList { return nil }
        let parent = levels.last
        let indent = parent.map { $0.isList || !isList ? $0.indent + 2 : $0.indent } ?? 0
        let path = parent?.current ?? FieldPath()
        levels.append(Level(column: column, indent: indent, isList: isList, path: path, current: path))
        if isList { advance() }
        return indent
    }

    private mutating func advance() {
        let last = levels.count - 1
        levels[last].current = levels[last].path.appending(levels[last].count)
        levels[last].count += 1
    }

    /// Takes the lines of a block scalar.
    private mutating func readBlock(_ header: String) -> Bool {
        guard ["|", "|-"].contains(header), let level = levels.last else { return false }
        var block: [String] = []
        var margin: Int?
        while let line = source.first {
            let content = line.drop { $0 == " " }
            if content.isEmpty {
                block.append("")
            } else {
                let column = line.count - content.count
                guard column > level.column else { break }
                margin = margin ?? column
                guard let margin, column >= margin else { return false }
                block.append(String(line.dropFirst(margin)))
            }
            source.removeFirst()
        }
        while block.last?.isEmpty == true { block.removeLast() }
        lines[lines.count - 1].block = block
        lines[lines.count - 1].blockIndent = level.indent + 2
        return !block.isEmpty && block.first?.isEmpty == false
    }

    // MARK: Parts of a line

    /// A key with its colon; nil when the text is none.
    private static func key(_ text: Substring) -> (key: (written: String, text: String), rest: Substring)? {
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard let end = text.dropFirst().firstIndex(of: quote), !text[..<end].contains("\\") else { return nil }
            let after = text[text.index(after: end)...]
            guard after == ":" || after.hasPrefix(": ") else { return nil }
            let inner = text[text.index(after: text.startIndex)..<end]
            return ((String(text[...end]) + ":", String(inner)), after.dropFirst())
        }
        guard let first = text.first, !"[{&*!|>%@`#".contains(first) else { return nil }
        var index = text.startIndex
        while let colon = text[index...].firstIndex(of: ":") {
            let next = text.index(after: colon)
            if next == text.endIndex || text[next] == " " {
                let key = text[..<colon]
                guard !key.contains(" #"), !key.hasSuffix(" ") else { return nil }
                return ((String(key) + ":", String(key)), text[next...])
            }
            index = next
        }
        return nil
    }

    /// A value that ends on its line, and the comment after it; nil for what does not.
    private static func value(_ text: Substring) -> (value: String, comment: String)? {
        guard let first = text.first else { return ("", "") }
        if first == "#" { return ("", String(text)) }
        guard !"&*!%@`".contains(first) else { return nil }
        var end: Substring.Index
        if first == "\"" || first == "'" {
            guard let close = closing(first, text) else { return nil }
            end = text.index(after: close)
        } else if first == "{" || first == "[" {
            guard let last = text.lastIndex(of: first == "{" ? "}" : "]"), !text[..<last].contains("#") else {
                return nil
            }
            end = text.index(after: last)
        } else {
            end = text.endIndex
            var index = text.startIndex
            while let mark = text[index...].firstIndex(of: "#") {
                if mark > text.startIndex, text[text.index(before: mark)] == " " {
                    end = mark
                    break
                }
                index = text.index(after: mark)
            }
        }
        let value = text[..<end]
        let trimmed = value.lastIndex { $0 != " " }.map { value[...$0] } ?? ""
        let rest = text[end...].drop { $0 == " " }
        guard rest.isEmpty || rest.hasPrefix("#") else { return nil }
        return (String(trimmed), String(rest))
    }

    private static func closing(_ quote: Character, _ text: Substring) -> Substring.Index? {
        var index = text.index(after: text.startIndex)
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == "\\", quote == "\"" {
                guard next < text.endIndex else { return nil }
                index = text.index(after: next)
                continue
            }
            if text[index] == quote {
                guard quote == "'", next < text.endIndex, text[next] == "'" else { return index }
                index = text.index(after: next)
                continue
            }
            index = next
        }
        return nil
    }
}

extension Tree {
    /// The scalars of another tree that differ from those of this one; nil when more than scalars differ.
    func changedScalars(in other: Tree, at path: FieldPath = FieldPath()) -> [(path: FieldPath, value: Tree)]? {
        switch (self, other) {
        case (.map(let old), .map(let new)):
            guard old.keys == new.keys else { return nil }
            var changes: [(FieldPath, Tree)] = []
            for (key, value) in old {
                guard let changed = new[key], let more = value.changedScalars(in: changed, at: path.appending(key))
                else {
                    return nil
                }
                changes += more
            }
            return changes
        case (.list(let old), .list(let new)):
            guard old.count == new.count else { return nil }
            var changes: [(FieldPath, Tree)] = []
            for (index, value) in old.enumerated() {
                guard let more = value.changedScalars(in: new[index], at: path.appending(index)) else { return nil }
                changes += more
            }
            return changes
        case (.map, _), (.list, _), (_, .map), (_, .list): return nil
        default: return self == other ? [] : [(path, other)]
        }
    }
}
