import ManifestTree

/// Takes the fields of one map of a kustomization, each with its type, and refuses what is left. Keys match without
/// regard to case, as kustomize has it.
struct FieldReader {
    let file: String
    /// The path of this map in the file, "" for the whole.
    let path: String
    private var entries: [String: (key: String, value: Tree)] = [:]

    /// - Throws: `BuildError.invalid` when it is not a map.
    init(_ tree: Tree, file: String, path: String = "") throws {
        self.file = file
        self.path = path
        guard let map = tree.map else {
            throw BuildError(
                .invalid,
                "\(SourcePath.shown(file)): \(path.isEmpty ? "the document" : path) has to be a map, not "
                    + "\(tree.kindName)",
                at: .init(file: file, field: path)
            )
        }
        for (key, value) in map {
            let name = key.lowercased()
            // Of two spellings the one with the greater bytes counts: Go reads the keys in order.
            if let held = entries[name]?.key, key.utf8.lexicographicallyPrecedes(held.utf8) { continue }
            entries[name] = (key, value)
        }
    }

    /// An error at one of the fields.
    func problem(_ field: String, _ reason: String, code: BuildError.Code = .invalid) -> BuildError {
        let place = at(field)
        return BuildError(code, "\(file): \(place): \(reason)", at: .init(file: file, field: place))
    }

    func at(_ field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }

    /// Whether the field is there with something in it.
    func has(_ field: String) -> Bool {
        guard let value = entries[field.lowercased()]?.value else { return false }
        return !value.isNull
    }

    /// Takes a field; null counts as absent.
    mutating func take(_ field: String) -> Tree? {
        guard let value = entries.removeValue(forKey: field.lowercased())?.value, !value.isNull else { return nil }
        return value
    }

    private func mismatch(_ field: String, _ wanted: String, _ value: Tree) -> BuildError {
        problem(field, "has to be \(wanted), not \(value.kindName)")
    }

    mutating func string(_ field: String) throws -> String? {
        guard let value = take(field) else { return nil }
        guard let text = value.string else { throw mismatch(field, "a string", value) }
        return text
    }

    mutating func bool(_ field: String) throws -> Bool? {
        guard let value = take(field) else { return nil }
        guard let flag = value.bool else { throw mismatch(field, "true or false", value) }
        return flag
    }

    mutating func integer(_ field: String) throws -> Int64? {
        guard let value = take(field) else { return nil }
        guard let number = value.integer else { throw mismatch(field, "a whole number", value) }
        return number
    }

    mutating func list(_ field: String) throws -> [Tree] {
        guard let value = take(field) else { return [] }
        guard let items = value.list else { throw mismatch(field, "a list", value) }
        return items
    }

    mutating func strings(_ field: String) throws -> [String] {
        let items = try list(field)
        return try items.enumerated().map { index, item in
            guard let text = Self.text(item) else { throw mismatch("\(field)[\(index)]", "a string", item) }
            return text
        }
    }

    /// Null is text without anything in it where a list or a map holds text.
    private static func text(_ value: Tree) -> String? { value.isNull ? "" : value.string }

    /// A map of strings in the order of its keys' bytes.
    mutating func pairs(_ field: String) throws -> [(key: String, value: String)] {
        guard let value = take(field) else { return [] }
        guard let map = value.map else { throw mismatch(field, "a map", value) }
        return try map.map { entry in
            guard let text = Self.text(entry.value) else {
                throw mismatch("\(field).\(entry.key)", "a string (put it in quotes)", entry.value)
            }
            return (entry.key, text)
        }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// A reader for a map in a field.
    mutating func map(_ field: String) throws -> FieldReader? {
        guard let value = take(field) else { return nil }
        return try FieldReader(value, file: file, path: at(field))
    }

    /// Readers for the maps of a list; null is a map without anything in it.
    mutating func maps(_ field: String) throws -> [FieldReader] {
        try list(field).enumerated().map { index, item in
            try FieldReader(item.isNull ? .map(TreeMap()) : item, file: file, path: "\(at(field))[\(index)]")
        }
    }

    /// - Parameter known: fields that were not taken because something else is wrong, in lower case.
    /// - Throws: `BuildError.invalid` for all fields that were not taken.
    func finish(besides known: Set<String> = []) throws {
        let unknown = entries.filter { !known.contains($0.key) }.map(\.value.key).sorted()
        try BuildError.gathering(unknown) { key in
            throw problem(
                key,
                "unknown field \"\(key)\": kustomize has none of that name here. Remove it or correct its name"
            )
        }
    }
}
