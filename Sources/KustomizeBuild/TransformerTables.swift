import ManifestTree

/// The fields that transformers write, and those that hold names and variables.
struct TransformerTables: Sendable {
    var namePrefix: [FieldSpec] = []
    var nameSuffix: [FieldSpec] = []
    var namespace: [FieldSpec] = []
    var commonLabels: [FieldSpec] = []
    var labels: [FieldSpec] = []
    var templateLabels: [FieldSpec] = []
    var commonAnnotations: [FieldSpec] = []
    var varReference: [FieldSpec] = []
    var images: [FieldSpec] = []
    var replicas: [FieldSpec] = []
    var nameReference: [NameReferenceTable.Entry] = []

    static var lists: [(name: String, path: WritableKeyPath<TransformerTables, [FieldSpec]>)] {
        [
            ("namePrefix", \.namePrefix), ("nameSuffix", \.nameSuffix), ("namespace", \.namespace),
            ("commonLabels", \.commonLabels), ("labels", \.labels), ("templateLabels", \.templateLabels),
            ("commonAnnotations", \.commonAnnotations), ("varReference", \.varReference), ("images", \.images),
            ("replicas", \.replicas),
        ]
    }

    var isEmpty: Bool { nameReference.isEmpty && Self.lists.allSatisfy { self[keyPath: $0.path].isEmpty } }
}

// MARK: - Reading

extension TransformerTables {
    /// A file of `configurations`.
    init(_ tree: Tree, file: String) throws {
        var reader = try FieldReader(tree, file: file)
        for (name, path) in Self.lists { self[keyPath: path] = try FieldSpec.list(name, &reader, isStrict: true) }
        for var entry in try reader.maps("nameReference") {
            let referent = try ObjectType(&entry)
            let fields = try FieldSpec.list("fieldSpecs", &entry, isStrict: true)
            nameReference += fields.map { .init(referent: referent, field: $0) }
            try entry.finish()
        }
        try reader.finish()
    }
}

extension FieldSpec {
    /// A list of field specs as configurations, labels and the transformers' own files have them.
    static func list(_ field: String, _ reader: inout FieldReader, isStrict: Bool = false) throws -> [FieldSpec] {
        try reader.maps(field).map { entry in
            var entry = entry
            let type = try ObjectType(&entry)
            let path = try entry.string("path") ?? ""
            let creates = try entry.bool("create") ?? false
            if isStrict { try entry.finish() }
            return FieldSpec(path, type, creates: creates)
        }
    }
}
