import ManifestTree

/// A field in objects of some types, in kustomize's notation: steps parted by `/`, `\/` for a slash in a step, lists
/// entered without a step of their own.
struct FieldSpec: Hashable, Sendable {
    private(set) var type: ObjectType
    let steps: [Step]
    let creates: Bool
    let path: String

    struct Step: Hashable, Sendable {
        let key: String
        /// Written `key[]`: never created, but null is made an empty list.
        let isList: Bool
    }

    init(_ path: String, _ type: ObjectType = ObjectType(), creates: Bool = false) {
        self.path = path
        self.type = type
        self.creates = creates
        steps = Self.parse(path)
    }

    /// The same field in objects of another type.
    func of(_ type: ObjectType) -> FieldSpec {
        var field = self
        field.type = type
        return field
    }

    /// A slash in front is none of the path's own; any other part without a name is a step that leads nowhere.
    private static func parse(_ path: String) -> [Step] {
        var keys = path.utf8.contains(UInt8(ascii: "\\")) ? unescaped(path) : path.words(by: "/").map(String.init)
        if keys.count > 1, keys[0].isEmpty { keys.removeFirst() }
        return keys.map { key in
            key.utf8.last == UInt8(ascii: "]") && key.hasSuffix("[]")
                ? Step(key: String(key.dropLast(2)), isList: true) : Step(key: key, isList: false)
        }
    }

    private static func unescaped(_ path: String) -> [String] {
        var keys: [String] = [""]
        var escaped = false
        for character in path {
            switch character {
            case "\\" where !escaped: escaped = true
            case "/" where !escaped: keys.append("")
            default:
                if escaped, character != "/" { keys[keys.count - 1].append("\\") }
                keys[keys.count - 1].append(character)
                escaped = false
            }
        }
        return keys
    }

    /// Calls `change` on every value that stands at the field. With `creates` and `empty`, a missing field
    /// becomes `empty` first, as do missing maps on the way; null becomes a map, where one is meant.
    /// - Throws: `BuildError.invalid` when a scalar stands in the way, and whatever `change` throws.
    func apply(to tree: inout Tree, creating empty: Tree? = nil, _ change: (inout Tree) throws -> Void) throws {
        let empty = creates ? empty : nil
        // Most objects lack most fields, and looking costs less than taking a tree apart.
        guard empty != nil || Self.isThere(steps[...], in: tree) else { return }
        try visit(&tree, steps[...], empty, change)
    }

    /// Whether a value stands at the field, a scalar on the way to it, null for a list, or a map before a step without
    /// a name.
    private static func isThere(_ steps: ArraySlice<Step>, in tree: Tree) -> Bool {
        guard let step = steps.first else { return true }
        switch tree {
        case .null: return false
        case .list(let items): return items.contains { isThere(steps, in: $0) }
        case .map(let entries):
            if step.key.isEmpty { return true }
            guard let held = entries[step.key] else { return false }
            if step.isList, held.isNull { return true }
            return isThere(steps.dropFirst(), in: held)
        case .bool, .number, .string: return true
        }
    }

    private func visit(
        _ tree: inout Tree,
        _ steps: ArraySlice<Step>,
        _ empty: Tree?,
        _ change: (inout Tree) throws -> Void
    ) throws {
        guard let step = steps.first else { return try change(&tree) }
        switch tree {
        case .null: return
        case .list(var items):
            tree = .null
            defer { tree = .list(items) }
            for index in items.indices { try visit(&items[index], steps, empty, change) }
        case .map where step.key.isEmpty:
            throw BuildError(
                .invalid,
                "The field '\(path)' has a step without a name: cannot set or create an empty field name. Take out a "
                    + "slash",
                at: .init(field: path)
            )
        case .map(var entries):
            let rest = steps.dropFirst()
            let position = entries.position(of: step.key)
            if position == nil, empty == nil || step.isList { return }
            tree = .null
            defer { tree = .map(entries) }
            guard let position else {
                entries.append(step.key, rest.isEmpty ? empty ?? .null : .map(TreeMap()))
                return try entries.update(at: entries.count - 1) { try visit(&$0, rest, empty, change) }
            }
            try entries.update(at: position) { held in
                if held.isNull, step.isList { held = .list([]) }
                if held.isNull, let empty, !rest.isEmpty || empty.map != nil { held = .map(TreeMap()) }
                try visit(&held, rest, empty, change)
            }
        case .bool, .number, .string:
            throw BuildError(
                .invalid,
                "The field \(path) cannot be set: \(tree.kindName) stands where a map or a list should lead to "
                    + "\(step.key)",
                at: .init(field: path)
            )
        }
    }
}

extension String {
    /// The parts between a mark, empty ones among them. By bytes, which is several times as fast as by characters:
    /// every start of a process takes many lines of its tables apart.
    func words(by mark: Unicode.Scalar) -> [Substring] {
        let (bytes, mark) = (utf8.span, UInt8(ascii: mark))
        var words: [Substring] = []
        var start = 0
        for position in 0...bytes.count where position == bytes.count || bytes[position] == mark {
            let first = utf8.index(startIndex, offsetBy: start)
            words.append(self[first..<utf8.index(first, offsetBy: position - start)])
            start = position + 1
        }
        return words
    }
}
