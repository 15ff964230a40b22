import ManifestTree

/// How lists merge, from the OpenAPI document that `openapi.path` names. It replaces the built-in tables, as in
/// kustomize.
final class OpenAPISchema: Sendable {
    private let byType: [ObjectType: MergeSchema]

    /// Reads `definitions` (or `components.schemas`); types are those with `x-kubernetes-group-version-kind`.
    init(_ document: Tree) {
        let definitions = document["definitions"]?.map ?? document["components"]?["schemas"]?.map ?? TreeMap()
        var reading = OpenAPIReading(definitions: definitions)
        var types: [ObjectType: MergeSchema] = [:]
        for (name, definition) in definitions {
            for type in definition["x-kubernetes-group-version-kind"]?.list ?? [] {
                let key = ObjectType(
                    group: type["group"]?.string ?? "",
                    version: type["version"]?.string ?? "",
                    kind: type["kind"]?.string ?? ""
                )
                types[key] = reading.schema(named: name)
            }
        }
        byType = types
    }

    /// The schema of a type; nil for one that the document does not have.
    func schema(of type: ObjectType) -> MergeSchema? { byType[type] }
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
        hasUsedBuiltin = MergeSchema.of(type) == nil && !type.isClusterScoped
    }
}

/// One pass over the definitions, each of which is read once.
private struct OpenAPIReading {
    let definitions: TreeMap
    private var finished: [String: MergeSchema] = [:]
    /// Definitions on the way down: one that holds itself ends there.
    private var open: Set<String> = []
    private static let depthLimit = 100

    init(definitions: TreeMap) { self.definitions = definitions }

    mutating func schema(named name: String) -> MergeSchema {
        if let held = finished[name] { return held }
        guard let definition = definitions[name], open.insert(name).inserted else { return MergeSchema([:]) }
        defer { open.remove(name) }
        let schema = fields(of: definition, depth: 0)
        finished[name] = schema
        return schema
    }

    private mutating func fields(of definition: Tree, depth: Int) -> MergeSchema {
        if let reference = Self.reference(definition) { return schema(named: reference) }
        guard depth < Self.depthLimit, let properties = definition["properties"]?.map else { return MergeSchema([:]) }
        var fields: [String: MergeSchema.Field] = [:]
        for (key, property) in properties { fields[key] = field(property, depth: depth + 1) }
        return MergeSchema(fields)
    }

    private mutating func field(_ property: Tree, depth: Int) -> MergeSchema.Field? {
        guard property["type"]?.string == "array" || property["items"] != nil else {
            let schema = fields(of: property, depth: depth)
            return schema.fields.isEmpty ? nil : .map(schema)
        }
        guard property["x-kubernetes-patch-strategy"]?.string?.split(separator: ",").contains("merge") == true else {
            return nil
        }
        let keys =
            property["x-kubernetes-list-map-keys"]?.list?.compactMap(\.string)
            ?? property["x-kubernetes-patch-merge-key"]?.string.map { [$0] } ?? []
        return keys.isEmpty ? .set : .keyed(keys, fields(of: property["items"] ?? .null, depth: depth))
    }

    /// The name that a `$ref` leads to.
    private static func reference(_ tree: Tree) -> String? {
        guard let text = tree["$ref"]?.string else { return nil }
        return text.split(separator: "/").last.map(String.init)
    }
}
