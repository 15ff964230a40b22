import ManifestTree

/// What `crds` says: OpenAPI definitions of custom types by their Go names, whose `x-kubernetes-…` marks tell which
/// fields hold names, labels and annotations. (These are no CustomResourceDefinition objects.)
struct CustomTypeConfiguration {
    private let definitions: TreeMap
    private var annotations = FieldSpecTable()
    private var labels = FieldSpecTable()
    private var names = FieldSpecTable()
    private var references = NameReferenceTables()
    /// Fields that may still be visited: definitions may refer to each other in many ways.
    private var budget = 100_000

    /// - Throws: `BuildError.invalid` for what is no map of definitions.
    static func read(_ tree: Tree, file: String) throws -> TransformerTables {
        guard let map = tree.map else {
            throw BuildError(
                .invalid,
                "\(file): unable to parse open API definition: it is \(tree.kindName), not a map of definitions by "
                    + "name",
                at: .init(file: file)
            )
        }
        for (name, definition) in map where definition.map == nil && !definition.isNull {
            throw BuildError(
                .invalid,
                "\(file): unable to parse open API definition: '\(name)' is \(definition.kindName), not a definition. "
                    + "List OpenAPI definitions here, and CustomResourceDefinition objects under resources",
                at: .init(file: file, field: name)
            )
        }
        var reading = CustomTypeConfiguration(definitions: map)
        for name in map.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            try reading.readType(name, file)
        }
        return reading.configuration
    }

    private var configuration: TransformerTables {
        var configuration = TransformerTables()
        configuration.commonAnnotations = annotations.fields
        configuration.commonLabels = labels.fields
        configuration.namePrefix = names.fields
        configuration.nameReference = references.entries
        return configuration
    }

    private init(definitions: TreeMap) { self.definitions = definitions }

    private mutating func readType(_ name: String, _ file: String) throws {
        guard let properties = properties(of: name),
            ["kind", "apiVersion", "metadata"].allSatisfy({ properties[$0] != nil })
        else { return }
        let type = ObjectType(kind: name.split(separator: ".").last.map(String.init) ?? name)
        try visit(name, type, path: [], visiting: [name], file)
    }

    private func properties(of name: String) -> TreeMap? {
        guard let definition = definitions[name]?.map else { return nil }
        let schema = definition.first { $0.key.lowercased() == "schema" }?.value
        return schema?["properties"]?.map
    }

    private mutating func visit(
        _ name: String,
        _ type: ObjectType,
        path: [String],
        visiting: Set<String>,
        _ file: String
    ) throws {
        for (key, property) in properties(of: name) ?? TreeMap() {
            budget -= 1
            guard budget > 0 else {
                throw BuildError(
                    .refused,
                    "\(file) has definitions with too many fields. Divide it",
                    at: .init(file: file)
                )
            }
            let field = path + [key]
            do {
                try add(property, type, field)
            } catch let conflict as TransformerTables.Conflict {
                throw BuildError(
                    .invalid,
                    "\(file): conflicting fieldspecs for \(conflict.field.path)",
                    at: .init(file: file, field: conflict.field.path)
                )
            }
            // A definition that holds itself has no last field.
            guard let next = property["$ref"]?.string, !visiting.contains(next) else { continue }
            try visit(next, type, path: field, visiting: visiting.union([next]), file)
        }
    }

    private mutating func add(_ property: Tree, _ type: ObjectType, _ path: [String]) throws {
        func spec(_ path: [String]) -> FieldSpec {
            FieldSpec(path.map { $0.replacingSlashes }.joined(separator: "/"), type)
        }
        if property["x-kubernetes-annotation"]?.string != nil {
            try annotations.add(spec(path))
        }
        if property["x-kubernetes-label-selector"]?.string != nil {
            try labels.add(spec(path))
        }
        if property["x-kubernetes-identity"]?.string != nil {
            try names.add(spec(path))
        }
        guard let version = property["x-kubernetes-object-ref-api-version"]?.string,
            let kind = property["x-kubernetes-object-ref-kind"]?.string
        else { return }
        let key = property["x-kubernetes-object-ref-name-key"]?.string ?? "name"
        let referent = ObjectType(version: version, kind: kind)
        try references.add(.init(referent: referent, field: spec(path + [key])))
    }
}

extension String {
    /// A key as one step of a field spec.
    fileprivate var replacingSlashes: String {
        split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/")
    }
}
