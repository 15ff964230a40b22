import ManifestTree

/// Writes into JSON and YAML that a text field of an object holds: the path goes through the field into the text.
enum StructuredText {
    /// - Returns: false when the path does not lead into such a text; nothing is changed then.
    /// - Throws: `ScalarEdit.Problem` when the value does not fit what stands there.
    static func write(_ value: Tree, at path: LookupPath, in object: inout Tree, creates: Bool) throws -> Bool {
        guard let (length, text) = scalar(on: path, in: object) else { return false }
        guard let documents = try? YAMLReader.documents(Array(text.utf8)), documents.count == 1 else { return false }
        let old = documents[0].tree
        var tree = old
        let inner = path.dropFirst(length)
        do {
            let count = try inner.apply(to: &tree, creating: creates ? value.leaf : nil) { field, state in
                do {
                    try ScalarEdit(options: .init()).set(&field, to: value, state)
                } catch let problem as ScalarEdit.Problem {
                    // The text around it is written at once.
                    throw ScalarEdit.Problem(phrase: problem.phrase)
                }
            }
            guard count > 0 else { return false }
        } catch is LookupPath.Mismatch {
            return false
        }
        let new = serialized(tree, old, as: text)
        _ = try path.prefix(length).set(.string(new), in: &object)
        return true
    }

    /// The first scalar on the way of the path, how many steps lead to it, and its text.
    private static func scalar(on path: LookupPath, in object: Tree) -> (length: Int, text: String)? {
        for length in 1..<max(path.steps.count, 1) {
            guard let found = try? path.prefix(length).value(in: object) else { continue }
            if case .string(let text) = found { return (length, text) }
        }
        return nil
    }

    /// JSON stays JSON, indented if it was. Everything else is written as YAML: with its comments and quotes where no
    /// more than scalars changed.
    private static func serialized(_ tree: Tree, _ before: Tree, as old: String) -> String {
        let first = old.first { !$0.isWhitespace }
        guard first == "{" || first == "[" else {
            if let text = edited(old, from: before, to: tree) { return text }
            let text = tree.yamlStringAsWritten()
            return String(text.dropLast(text.hasSuffix("\n") ? 1 : 0))
        }
        guard old.contains("\n"), old.contains("  ") else {
            return tree.jsonString(sortedKeys: true, htmlEscaped: true)
        }
        return String(decoding: tree.prettyJSONBytes(sortedKeys: true, htmlEscaped: true).dropLast(), as: UTF8.self)
    }
}

extension StructuredText {
    private static func edited(_ text: String, from before: Tree, to after: Tree) -> String? {
        guard let changes = before.changedScalars(in: after), var lines = BlockText(text) else { return nil }
        guard changes.allSatisfy({ lines.set($0.value, at: $0.path) }) else { return nil }
        // What was not understood in full would not be the same document.
        guard let read = try? YAMLReader.document(Array(lines.text.utf8)), read == after else { return nil }
        return lines.text
    }
}

extension LookupPath {
    /// Replaces the one value that `value(in:)` finds.
    fileprivate func set(_ value: Tree, in tree: inout Tree) throws -> Bool {
        try Self.set(value, steps[...], in: &tree)
    }

    private static func set(_ value: Tree, _ steps: ArraySlice<String>, in tree: inout Tree) throws -> Bool {
        guard let step = steps.first else {
            tree = value
            return true
        }
        guard !step.isEmpty else { return try set(value, steps.dropFirst(), in: &tree) }
        switch tree {
        case .map(var map):
            guard map[step] != nil else { return false }
            tree = .null
            defer { tree = .map(map) }
            return try map.update(step, default: .null) { try set(value, steps.dropFirst(), in: &$0) }
        case .list(var items):
            guard let index = try position(step, in: items) else { return false }
            tree = .null
            defer { tree = .list(items) }
            return try set(value, steps.dropFirst(), in: &items[index])
        default: return false
        }
    }

    private static func position(_ step: String, in items: [Tree]) throws -> Int? {
        if step == "-" { return items.indices.last }
        if let index = Int(step) { return items.indices.contains(index) ? index : nil }
        guard let (key, value) = try element(step) else { return nil }
        return items.firstIndex { (key.isEmpty ? $0 : $0[key])?.scalarText == value }
    }
}
