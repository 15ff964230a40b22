import ManifestTree

/// A field in objects of some types, in kustomize's notation: steps parted by `/`, `\/` for a slash in a step, lists
/// entered without a step of their own.
struct FieldSpec: Hashable, Sendable {
    let type: ObjectType
    let steps: [Step]
    let creates: Bool
    let path: String

    struct Step: Hashable, Sendable {
        let key: String
        /// Written `key[]`: never created.
        let isList: Bool
    }

    init(_ path: String, _ type: ObjectType = ObjectType(), creates: Bool = false) {
        self.path = path
        self.type = type
        self.creates = creates
        steps = Self.parse(path)
    }

    private static func parse(_ path: String) -> [Step] {
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
        return keys.filter { !$0.isEmpty }.map { key in
            key.hasSuffix("[]") ? Step(key: String(key.dropLast(2)), isList: true) : Step(key: key, isList: false)
        }
    }

    /// Calls `change` on every value that stands at the field. With `creates` and `empty`, a missing or null field
    /// becomes `empty` first, as do the maps on the way.
    /// - Throws: `BuildError.invalid` when a scalar stands in the way, and whatever `change` throws.
    func apply(to tree: inout Tree, creating empty: Tree? = nil, _ change: (inout Tree) throws -> Void) throws {
        try visit(&tree, steps[...], creates ? empty : nil, change)
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
        case .map(var entries):
            let rest = steps.dropFirst()
            var missing: Tree?
            if let held = entries[step.key] {
                if held.isNull, let empty, !step.isList { missing = rest.isEmpty ? empty : .map(TreeMap()) }
            } else {
                guard let empty, !step.isList else { return }
                missing = rest.isEmpty ? empty : .map(TreeMap())
            }
            tree = .null
            defer { tree = .map(entries) }
            if let missing { entries[step.key] = missing }
            try entries.update(step.key, default: .null) { try visit(&$0, rest, empty, change) }
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
