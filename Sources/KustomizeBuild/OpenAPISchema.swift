import ManifestTree

/// How lists merge, from the OpenAPI document that `openapi.path` names. It replaces the built-in tables, as in
/// kustomize.
final class OpenAPISchema: Sendable {
    private let table: MergeTable
    private let byType: [ObjectType: Int]

    /// Reads `definitions` (or `components.schemas`); types are those with `x-kubernetes-group-version-kind`.
    init(_ document: Tree) {
        let definitions = document["definitions"]?.map ?? document["components"]?["schemas"]?.map ?? TreeMap()
        var reading = OpenAPIReading(definitions: definitions)
        var types: [ObjectType: Int] = [:]
        for (name, definition) in definitions {
            for type in definition["x-kubernetes-group-version-kind"]?.list ?? [] {
                let key = ObjectType(
                    group: type["group"]?.string ?? "",
                    version: type["version"]?.string ?? "",
                    kind: type["kind"]?.string ?? ""
                )
                types[key] = reading.form(named: name)
            }
        }
        reading.readPending()
        table = MergeTable(reading.forms)
        byType = types
    }

    /// The schema of a type; nil for one that the document does not have.
    func schema(of type: ObjectType) -> MergeSchema? { byType[type].map { MergeSchema(table: table, form: $0) } }
}

/// Where the ways in which lists merge come from.
struct MergeSchemaSource: Sendable {
    /// Its types go before those that are built in.
    let document: OpenAPISchema?
    let hasBuiltin: Bool

    static let builtin = MergeSchemaSource(document: nil, hasBuiltin: true)

    /// The schema of a type; nil for one that is not known.
    func schema(of type: ObjectType) -> MergeSchema? {
        document?.schema(of: type) ?? (hasBuiltin ? MergeSchema.of(type) : nil)
    }
}

/// The one choice of a schema that a build makes: the first kustomization with an `openapi` field makes it, from the
/// top down, for all that follows. A document replaces the built-in tables, unless kustomize has looked into them by
/// then, which it does for patches that merge and for types that it does not know.
struct SchemaChoice {
    private(set) var source = MergeSchemaSource.builtin
    private(set) var isMade = false
    private var hasUsedBuiltin = false

    mutating func take(_ document: OpenAPISchema?) {
        guard !isMade else { return }
        isMade = true
        if let document { source = MergeSchemaSource(document: document, hasBuiltin: hasUsedBuiltin) }
    }

    mutating func noteMerge(_ merges: @autoclosure () -> Bool) {
        if !isMade, !hasUsedBuiltin { hasUsedBuiltin = merges() }
    }

    mutating func note(_ type: @autoclosure () -> ObjectType) {
        guard !isMade, !hasUsedBuiltin else { return }
        let type = type()
        hasUsedBuiltin = !TypeTable.namespaced.contains(type) && !type.isClusterScoped
    }
}

/// One pass over the definitions, each of which is read once.
private struct OpenAPIReading {
    let definitions: TreeMap
    /// Form 0 has no fields.
    private(set) var forms: [MergeTable.Fields] = [.init()]
    /// A definition has its number before it is read, so that it may hold itself.
    private var numbers: [String: Int] = [:]
    private var pending: [(Int, Tree)] = []
    private static let depthLimit = 100

    init(definitions: TreeMap) { self.definitions = definitions }

    /// The number of a definition; those that are asked for are read by `readPending`.
    mutating func form(named name: String) -> Int {
        if let known = numbers[name] { return known }
        guard let definition = definitions[name] else { return 0 }
        let number = forms.count
        numbers[name] = number
        forms.append(.init())
        pending.append((number, definition))
        return number
    }

    mutating func readPending() {
        while let (number, definition) = pending.popLast() { forms[number] = fields(of: definition, depth: 0) }
    }

    private mutating func form(of definition: Tree, depth: Int) -> Int {
        if let reference = Self.reference(definition) { return form(named: reference) }
        let fields = fields(of: definition, depth: depth)
        guard !fields.named.isEmpty || fields.other != nil else { return 0 }
        forms.append(fields)
        return forms.count - 1
    }

    private mutating func fields(of definition: Tree, depth: Int) -> MergeTable.Fields {
        var fields = MergeTable.Fields()
        guard depth < Self.depthLimit else { return fields }
        for (key, property) in definition["properties"]?.map ?? TreeMap() {
            fields.named[key] = entry(property, depth: depth + 1)
        }
        if let other = definition["additionalProperties"], other.map != nil {
            fields.other = entry(other, depth: depth + 1)
        }
        return fields
    }

    private mutating func entry(_ property: Tree, depth: Int) -> MergeTable.Entry {
        guard property["type"]?.string == "array" || property["items"] != nil else {
            return .map(form(of: property, depth: depth))
        }
        guard property["x-kubernetes-patch-strategy"]?.string?.split(separator: ",").contains("merge") == true else {
            return .map(0)
        }
        let keys =
            property["x-kubernetes-list-map-keys"]?.list?.compactMap(\.string)
            ?? property["x-kubernetes-patch-merge-key"]?.string.map { [$0] } ?? []
        return keys.isEmpty ? .set : .keyed(keys, form(of: property["items"] ?? .null, depth: depth))
    }

    /// The name that a `$ref` leads to.
    private static func reference(_ tree: Tree) -> String? {
        guard let text = tree["$ref"]?.string else { return nil }
        return text.split(separator: "/").last.map(String.init)
    }
}
