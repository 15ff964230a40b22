import ManifestTree

/// Writes a value into a field. A scalar keeps its type and takes only the text of another scalar.
struct ScalarEdit {
    struct Problem: Error {
        let phrase: String
        /// What the field held, and the text that it holds now, where that is none of the same type.
        var mistyped: (type: Tree, text: String)?
    }

    let options: Replacement.Options
    /// What a new field is that is given no text: kustomize makes it in the style of what is around it, and so only in
    /// flow style it has quotes.
    var newEmpty = Tree.string("")
    /// Whether a new field is text, whatever it reads as.
    var isText = false

    /// What is known of the type of a field.
    enum State {
        /// It was just made for the value.
        case new
        /// A replacement has made it: it is what its text reads as.
        case untyped
        /// It takes no more than what is of its type.
        case typed
    }

    func set(_ field: inout Tree, to value: Tree, _ state: State) throws {
        let isNew = state == .new
        var text = value.scalarText ?? ""
        if !options.delimiter.isEmpty {
            guard let held = isNew ? "" : field.isNull ? "null" : field.scalarText else {
                throw Problem(phrase: "delimiter option can only be used with scalar nodes")
            }
            text = spliced(text, into: held)
        }
        if state != .typed, isText, field.map == nil, field.list == nil {
            field = .string(text)
            return
        }
        // Text that is nothing stays text; all else gets the type that it reads as.
        if state != .typed || field.isNull, text.isEmpty, field.map == nil, field.list == nil {
            field = state == .typed ? .string("") : newEmpty
            return
        }
        switch field {
        case .list, .map: field = options.delimiter.isEmpty ? value : .string(text)
        case .string, .number, .bool, .null:
            let held = field
            let read = state == .typed ? PlainScalar.value(of: text, typedAs: field) : PlainScalar.value(of: text)
            field = read ?? .string(text)
            guard read != nil else {
                throw Problem(
                    phrase: "cannot decode `\(text)` as the \(held.kindName.dropArticle) that stands there",
                    mistyped: (held, text)
                )
            }
        }
    }

    private func spliced(_ text: String, into held: String) -> String {
        var parts = held.split(parts: options.delimiter)
        if options.index < 0 {
            parts.insert(text, at: 0)
        } else if let index = Int(exactly: options.index), index < parts.count {
            parts[index] = text
        } else {
            parts.append(text)
        }
        return parts.joined(separator: options.delimiter)
    }
}

extension String {
    /// The parts between a delimiter, empty ones too.
    func split(parts delimiter: String) -> [String] {
        let bytes = Array(utf8)
        let mark = Array(delimiter.utf8)
        var parts: [String] = []
        var start = 0
        var index = 0
        while index + mark.count <= bytes.count {
            guard bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) else {
                index += 1
                continue
            }
            parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
            index += mark.count
            start = index
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    fileprivate var dropArticle: Substring { hasPrefix("a ") ? dropFirst(2) : self[...] }
}
