import ManifestTree

/// Puts the values of `vars` where `$(NAME)` stands. Runs once, when all names are final.
struct VariableTransformer {
    let fields: [FieldSpec]
    private let values: [String: Tree]
    /// Names that were used.
    private var used: Set<String> = []

    /// - Throws: `BuildError` when a variable has no value.
    init(variables: [BuildVariable], fields: [FieldSpec], objects: ObjectSet) throws {
        self.fields = fields
        var holders: [String: Int] = [:]
        for (position, object) in objects.objects.enumerated() {
            for name in object.variables where holders[name] == nil { holders[name] = position }
        }
        var values: [String: Tree] = [:]
        for variable in variables {
            guard let position = holders[variable.name] else {
                throw variable.failure(
                    .missing,
                    "var '\(variable.shown)' cannot be mapped to a field in the set of known resources"
                )
            }
            guard var value = try? variable.lookup.value(in: objects.objects[position].tree) else {
                throw variable.failure(
                    .missing,
                    "field specified in var '\(variable.shown)' not found in corresponding resource"
                )
            }
            // kustomize takes it from the object's JSON.
            value.dropSpellings()
            values[variable.name] = value.isNull ? .string("null") : value
        }
        self.values = values
    }

    /// - Returns: the names of variables that no field uses, sorted.
    /// - Throws: `BuildError` when a variable stands where it cannot.
    mutating func transform(_ objects: inout ObjectSet) throws -> [String] {
        guard !values.isEmpty else { return [] }
        let index = FieldSpecIndex(fields)
        try objects.updateContent { object in
            for field in index.fields(of: object.originalType) where object.type.isSelected(by: field.type) {
                do {
                    try field.apply(to: &object.tree) { try replace(in: &$0) }
                } catch let problem as ScalarEdit.Problem {
                    throw BuildError(
                        .invalid,
                        "\(object.origin): considering field '\(field.path)' of object \(object.id): \(problem.phrase)",
                        at: .init(file: object.origin, field: field.path, object: object.id.description)
                    )
                }
            }
        }
        return values.keys.filter { !used.contains($0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// In texts, and in texts directly in maps and lists; other values of maps stay, those of lists may not be there.
    private mutating func replace(in tree: inout Tree) throws {
        switch tree {
        case .string(let text): tree = expanded(text)
        case .map(var map):
            for (key, value) in map {
                if case .string(let text) = value { map[key] = expanded(text) }
            }
            tree = .map(map)
        case .list(let items):
            tree = .list(
                try items.map { item in
                    guard case .string(let text) = item else {
                        throw ScalarEdit.Problem(phrase: "invalid value type expect a string")
                    }
                    return expanded(text)
                }
            )
        case .null, .bool, .number: return
        }
    }

    /// `$(NAME)` becomes the value, with its type where nothing else stands there; `$$` becomes `$`.
    private mutating func expanded(_ text: String) -> Tree {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .string(text) }
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")), dollar + 1 < rest.endIndex {
            output += rest[..<dollar]
            rest = rest[(dollar + 1)...]
            let next = rest.removeFirst()
            guard next == UInt8(ascii: "("), let end = rest.firstIndex(of: UInt8(ascii: ")")) else {
                output += next == UInt8(ascii: "$") ? [next] : [UInt8(ascii: "$"), next]
                continue
            }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            guard let value = value(of: name) else {
                output += Array("$(\(name))".utf8)
                continue
            }
            if rest.isEmpty, output.isEmpty, text == "$(\(name))" { return value }
            output += Array((value.scalarText ?? "").utf8)
        }
        return .string(String(decoding: output + rest, as: UTF8.self))
    }

    private mutating func value(of name: String) -> Tree? {
        guard let value = values[name] else { return nil }
        // Lists and maps are no values for a text; the reference stays.
        guard value.scalarText != nil else { return nil }
        used.insert(name)
        return value
    }
}
