/// A JSON patch (RFC 6902) as evanphx/json-patch v4 applies it, which kustomize uses.
///
/// Beyond the RFC: negative indexes count from the end, as they do there.
package struct JSONPatch: Hashable, Sendable {
    package enum Operation: Hashable, Sendable {
        case add(JSONPointer, Tree)
        case remove(JSONPointer)
        case replace(JSONPointer, Tree)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, Tree)
    }

    package var operations: [Operation]

    package init(_ operations: [Operation]) { self.operations = operations }

    /// Reads the list of operations. Throws `ManifestError.patch` that names the operation by its index.
    package init(_ tree: Tree) throws(ManifestError) {
        guard let list = tree.list else {
            throw ManifestError(.patch, "a JSON patch must be a list of operations, not \(tree.kindName)")
        }
        var operations: [Operation] = []
        for (index, element) in list.enumerated() {
            do {
                operations.append(try Operation(element))
            } catch {
                throw ManifestError(.patch, "operation \(index) of the JSON patch is malformed: \(error.message)")
            }
        }
        self.operations = operations
    }

    /// Changes a document, all operations or none. Throws `ManifestError.patch` that names the operation and path.
    package func apply(to document: inout Tree) throws(ManifestError) {
        var result = document
        for (index, operation) in operations.enumerated() {
            do {
                try operation.apply(to: &result)
            } catch {
                throw ManifestError(
                    .patch,
                    "operation \(index) (\(operation.name) \(operation.path)) failed: \(error.message)"
                )
            }
        }
        document = result
    }
}

extension JSONPatch.Operation {
    init(_ tree: Tree) throws(ManifestError) {
        guard let map = tree.map else { throw ManifestError(.patch, "it is \(tree.kindName), not a map") }
        guard let name = map["op"]?.string else { throw ManifestError(.patch, "op is missing") }
        let path = try Self.pointer(map, "path")
        switch name {
        case "add": self = .add(path, try Self.value(map))
        case "replace": self = .replace(path, try Self.value(map))
        case "test": self = .test(path, map["value"] ?? .null)
        case "remove": self = .remove(path)
        case "move": self = .move(from: try Self.pointer(map, "from"), to: path)
        case "copy": self = .copy(from: try Self.pointer(map, "from"), to: path)
        default: throw ManifestError(.patch, "op \"\(name)\" is unknown; use add, remove, replace, move, copy or test")
        }
    }

    private static func pointer(_ map: TreeMap, _ field: String) throws(ManifestError) -> JSONPointer {
        guard let text = map[field]?.string else { throw ManifestError(.patch, "\(field) is missing") }
        return try JSONPointer(text)
    }

    private static func value(_ map: TreeMap) throws(ManifestError) -> Tree {
        guard let value = map["value"] else { throw ManifestError(.patch, "value is missing") }
        return value
    }

    var name: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .replace: "replace"
        case .move: "move"
        case .copy: "copy"
        case .test: "test"
        }
    }

    var path: JSONPointer {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .test(let path, _): path
        case .move(_, let path), .copy(_, let path): path
        }
    }

    func apply(to document: inout Tree) throws(ManifestError) {
        switch self {
        case .add(let path, let value): try document.add(value, at: path.tokens[...])
        case .remove(let path): _ = try document.remove(at: path.tokens[...])
        case .replace(let path, let value): try document.replace(value, at: path.tokens[...])
        case .copy(let from, let path): try document.add(try document.existing(at: from), at: path.tokens[...])
        case .move(let from, let path):
            guard path == from || !path.tokens.starts(with: from.tokens) else {
                throw ManifestError(.patch, "a value cannot move into itself")
            }
            try document.add(try document.remove(at: from.tokens[...]), at: path.tokens[...])
        case .test(let path, let expected):
            // A missing value passes for null, as it does there, where there is a map that could hold it.
            let parent = JSONPointer(tokens: path.tokens.dropLast())
            guard document[path] != nil || document[parent]?.map != nil else {
                throw ManifestError(.patch, "there is no map that could hold \(path)")
            }
            let found = document[path] ?? .null
            guard found.isEquivalent(to: expected) else {
                throw ManifestError(.patch, "the value there is \(found.kindName) that differs from the expected one")
            }
        }
    }
}

// MARK: Changing a value in place

extension Tree {
    fileprivate func existing(at pointer: JSONPointer) throws(ManifestError) -> Tree {
        guard let value = self[pointer] else { throw ManifestError(.patch, "there is no value at \(pointer)") }
        return value
    }

    /// Equality by value: numbers that are written differently are equal when they are the same number.
    package func isEquivalent(to other: Tree) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left == right || left.goText == right.goText
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count && left.allSatisfy { key, value in right[key]?.isEquivalent(to: value) == true }
        default: self == other
        }
    }

    fileprivate mutating func add(_ value: Tree, at tokens: ArraySlice<String>) throws(ManifestError) {
        guard let token = tokens.first else {
            self = value
            return
        }
        try descend(tokens, parent: { (tree) throws(ManifestError) in try tree.add(value, at: tokens.dropFirst()) }) {
            (tree) throws(ManifestError) in
            switch tree {
            case .map(var map):
                tree = .null
                map[token] = value
                tree = .map(map)
            case .list(var list):
                let index = token == "-" ? list.count : try Self.index(token, count: list.count + 1)
                tree = .null
                list.insert(value, at: index)
                tree = .list(list)
            default: throw Self.noContainer(tree, token)
            }
        }
    }

    fileprivate mutating func replace(_ value: Tree, at tokens: ArraySlice<String>) throws(ManifestError) {
        guard let token = tokens.first else {
            self = value
            return
        }
        let parent = { (tree: inout Tree) throws(ManifestError) in try tree.replace(value, at: tokens.dropFirst()) }
        try descend(tokens, parent: parent) { (tree) throws(ManifestError) in
            try tree.changeChild(token) { (child) throws(ManifestError) in child = value }
        }
    }

    fileprivate mutating func remove(at tokens: ArraySlice<String>) throws(ManifestError) -> Tree {
        guard let token = tokens.first else { throw ManifestError(.patch, "the whole document cannot be removed") }
        var removed = Tree.null
        let parent = { (tree: inout Tree) throws(ManifestError) in removed = try tree.remove(at: tokens.dropFirst()) }
        try descend(tokens, parent: parent) { (tree) throws(ManifestError) in
            switch tree {
            case .map(var map):
                guard let value = map[token] else { throw Self.missing(token) }
                tree = .null
                map[token] = nil
                tree = .map(map)
                removed = value
            case .list(var list):
                let index = try Self.index(token, count: list.count)
                tree = .null
                removed = list.remove(at: index)
                tree = .list(list)
            default: throw Self.noContainer(tree, token)
            }
        }
        return removed
    }

    /// Goes one level down, or changes this level when the path ends here.
    private mutating func descend(
        _ tokens: ArraySlice<String>,
        parent: (inout Tree) throws(ManifestError) -> Void,
        last: (inout Tree) throws(ManifestError) -> Void
    ) throws(ManifestError) {
        guard let token = tokens.first, tokens.count > 1 else { return try last(&self) }
        try changeChild(token, parent)
    }

    /// Changes an existing child without copying its siblings.
    private mutating func changeChild(
        _ token: String,
        _ change: (inout Tree) throws(ManifestError) -> Void
    ) throws(ManifestError) {
        switch self {
        case .map(var map):
            guard var child = map[token] else { throw Self.missing(token) }
            self = .null
            map[token] = .null
            try change(&child)
            map[token] = child
            self = .map(map)
        case .list(var list):
            let index = try Self.index(token, count: list.count)
            self = .null
            try change(&list[index])
            self = .list(list)
        default: throw Self.noContainer(self, token)
        }
    }

    private static func index(_ token: String, count: Int) throws(ManifestError) -> Int {
        guard let number = Int(token), !token.hasPrefix("+") else {
            throw ManifestError(.patch, "\"\(token)\" is not an index of a list")
        }
        let index = number < 0 ? number + count : number
        guard (0..<count).contains(index) else {
            throw ManifestError(.patch, "index \(token) is outside of the list")
        }
        return index
    }

    private static func missing(_ token: String) -> ManifestError {
        ManifestError(.patch, "there is no field \"\(token)\"")
    }

    private static func noContainer(_ tree: Tree, _ token: String) -> ManifestError {
        ManifestError(.patch, "\(tree.kindName) has no field \"\(token)\"")
    }
}
