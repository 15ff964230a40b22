import CoreModel
import ManifestTree

extension LookupPath {
    /// What a field that was created for a write is before it is written.
    enum Leaf { case scalar, list, map }

    /// A change of one field.
    typealias Change = (inout Tree, ScalarEdit.State) throws -> Void

    /// Calls `change` on every value that the path matches: `*` is every element of a list, `[key=pattern]` every one
    /// whose value matches the pattern anywhere. With `creating`, what is missing on the way is made.
    /// - Returns: how many there were.
    /// - Throws: `Mismatch` where the next step does not fit, and what `change` throws.
    func apply(to tree: inout Tree, creating leaf: Leaf?, _ change: @escaping Change) throws -> Int {
        try LookupWalk(leaf: leaf, change: change).visit(&tree, steps[...], isNew: false)
    }
}

extension LookupPath {
    /// The places in a tree that the path matches, in order, as paths of keys and indexes.
    /// - Throws: `Mismatch` as `apply` does.
    func places(in tree: Tree) throws -> [LookupPath] {
        var places: [LookupPath] = []
        try collect(tree, steps[...], [], &places)
        return places
    }

    private func collect(
        _ tree: Tree,
        _ steps: ArraySlice<String>,
        _ trail: [String],
        _ places: inout [LookupPath]
    ) throws {
        guard let step = steps.first else {
            places.append(LookupPath(text: text, steps: trail))
            return
        }
        let rest = steps.dropFirst()
        if let index = Int(step), index >= 0 {
            let items = try Self.items(of: tree, step)
            if items.indices.contains(index) { try collect(items[index], rest, trail + [step], &places) }
        } else if step == "*" {
            for (index, item) in try Self.items(of: tree, step).enumerated() {
                try collect(item, rest, trail + [String(index)], &places)
            }
        } else if let (key, text) = try Self.element(step) {
            let pattern = try Self.pattern(text)
            for (index, item) in try Self.items(of: tree, step).enumerated() {
                guard let held = key.isEmpty ? item : item[key], pattern.isFound(in: held.pathText) else { continue }
                try collect(item, key.isEmpty ? [] : rest, trail + [String(index)], &places)
            }
        } else if !tree.isNull {
            guard let map = tree.map else { throw Mismatch(phrase: "\(tree.kindName) has no field '\(step)'") }
            if let held = map[step] { try collect(held, rest, trail + [step], &places) }
        }
    }

    fileprivate static func pattern(_ text: String) throws -> LinearPattern {
        do {
            return try LinearPattern(parsing: text)
        } catch {
            throw Mismatch(phrase: "the pattern '\(text)' \(error.phrase)")
        }
    }
}

extension Tree {
    /// What kind of node a copy of this makes.
    var leaf: LookupPath.Leaf {
        switch self {
        case .list: .list
        case .map: .map
        case .null, .bool, .number, .string: .scalar
        }
    }

    /// The text that patterns look at.
    fileprivate var pathText: String { scalarText ?? String(yamlStringAsWritten().dropLast()) }
}

/// One pass over the values that a path matches.
private struct LookupWalk {
    let leaf: LookupPath.Leaf?
    let change: LookupPath.Change

    func visit(_ tree: inout Tree, _ steps: ArraySlice<String>, isNew: Bool) throws -> Int {
        guard let step = steps.first else {
            try change(&tree, isNew ? .new : .typed)
            return 1
        }
        // What kustomize creates below null goes nowhere, and counts as written.
        if tree.isNull, leaf != nil, steps.first != "*" { return 1 }
        let rest = steps.dropFirst()
        if let index = Int(step), index >= 0 { return try visitIndex(index, &tree, rest) }
        if let (key, pattern) = try LookupPath.element(step) {
            return try visitMatches(key, pattern, &tree, rest, mayCreate: true)
        }
        if step == "*" {
            return try visitElements(&tree, step) { try visit(&$0, rest, isNew: false) }
        }
        return try visitField(step, &tree, rest)
    }

    private func visitField(_ key: String, _ tree: inout Tree, _ rest: ArraySlice<String>) throws -> Int {
        if tree.isNull { return 0 }
        guard var map = tree.map else {
            throw LookupPath.Mismatch(phrase: "\(tree.kindName) has no field '\(key)'")
        }
        let isMissing = map[key] == nil
        guard !isMissing || leaf != nil else { return 0 }
        tree = .null
        defer { tree = .map(map) }
        return try map.update(key, default: isMissing ? created(before: rest.first) : .null) {
            try visit(&$0, rest, isNew: isMissing && rest.isEmpty && leaf == .scalar)
        }
    }

    private func visitIndex(_ index: Int, _ tree: inout Tree, _ rest: ArraySlice<String>) throws -> Int {
        var items = try LookupPath.items(of: tree, String(index))
        let isMissing = index == items.count && leaf != nil
        if isMissing { items.append(created(before: rest.first)) }
        guard index < items.count else {
            throw LookupPath.Mismatch(phrase: "index \(index) specified but only \(items.count) elements found")
        }
        tree = .null
        defer { tree = .list(items) }
        return try visit(&items[index], rest, isNew: isMissing && rest.isEmpty && leaf == .scalar)
    }

    private func visitElements(_ tree: inout Tree, _ step: String, _ body: (inout Tree) throws -> Int) throws -> Int {
        var items = try LookupPath.items(of: tree, step)
        if items.isEmpty { return 0 }
        tree = .null
        defer { tree = .list(items) }
        var count = 0
        for index in items.indices { count += try body(&items[index]) }
        return count
    }

    private func visitMatches(
        _ key: String,
        _ text: String,
        _ tree: inout Tree,
        _ rest: ArraySlice<String>,
        mayCreate: Bool
    ) throws -> Int {
        let pattern = try LookupPath.pattern(text)
        let count = try visitElements(&tree, "[\(key)=\(text)]") { item in
            guard let held = key.isEmpty ? item : item[key], pattern.isFound(in: held.pathText) else { return 0 }
            // Scalars end the path, whatever follows.
            return try visit(&item, key.isEmpty ? [] : rest, isNew: false)
        }
        guard count == 0, leaf != nil, mayCreate else { return count }
        let value = PlainScalar.value(of: text) ?? .string(text)
        var items = try LookupPath.items(of: tree, "[\(key)=\(text)]")
        var new = key.isEmpty ? value : .map(TreeMap([(key, value)]))
        guard pattern.isFound(in: text) else {
            throw LookupPath.Mismatch(phrase: "an element made for [\(key)=\(text)] does not match its own pattern")
        }
        let made = try visit(&new, key.isEmpty ? [] : rest, isNew: key.isEmpty)
        items.append(new)
        tree = .list(items)
        return made
    }

    /// What has to stand where `next` goes on.
    private func created(before next: String?) -> Tree {
        guard let next, !next.isEmpty else {
            return switch leaf {
            case .list: .list([])
            case .map: .map(TreeMap())
            case .scalar, nil: .string("")
            }
        }
        let isElement = next.hasPrefix("[") && next.hasSuffix("]") || Int(next).map { $0 >= 0 } == true
        return isElement ? .list([]) : .map(TreeMap())
    }
}
