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
enum MergeSchemaSource: Sendable {
    case builtin
    case document(OpenAPISchema)

    /// The schema of a type; nil for one that is not known.
    func schema(of type: ObjectType) -> MergeSchema? {
        switch self {
        case .builtin: MergeSchema.of(type)
        case .document(let document): document.schema(of: type)
        }
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
