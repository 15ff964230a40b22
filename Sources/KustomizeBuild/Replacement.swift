import ManifestTree

/// One entry of `replacements`: a value that is copied into fields of other objects.
struct Replacement: Sendable {
    enum Source: Sendable {
        case value(String)
        case field(SourceField)
    }

    /// A field of exactly one object.
    struct SourceField: Sendable {
        let type: ObjectType
        let name: String
        let namespace: String
        let path: LookupPath
        let options: Options
    }

    struct Target: Sendable {
        let selector: ObjectSelector
        let rejected: [ObjectSelector]
        let paths: [LookupPath]
        let options: Options
    }

    /// Part of the text that is read or written, and whether missing fields are made.
    struct Options: Sendable {
        var delimiter = ""
        var index: Int64 = 0
        var creates = false
    }

    let source: Source
    let targets: [Target]
    let place: BuildError.Place
}

// MARK: - Reading

extension Replacement {
    /// An entry as it stands in a kustomization or in a file of its own.
    /// - Parameter isStrict: unknown fields are refused, as in a kustomization and not in other files.
    init(_ entry: FieldReader, isStrict: Bool) throws {
        var entry = entry
        let place = BuildError.Place(file: entry.file, field: entry.path)
        let value = try entry.string("sourceValue")
        let field = try entry.map("source").map { try Self.sourceField($0, isStrict: isStrict) }
        // An empty list of targets is one, but for a kustomization.
        let hasTargets = entry.has("targets")
        let targets = try entry.maps("targets").map { try Self.target($0, isStrict: isStrict) }
        if isStrict { try entry.finish() }
        switch (value, field) {
        case (.some, .some): throw entry.problem("source", "value and resource selectors are mutually exclusive")
        case (let value?, nil): source = .value(value)
        case (nil, let field?): source = .field(field)
        case (nil, nil): throw entry.problem("source", "replacements must specify a source and at least one target")
        }
        guard isStrict ? !targets.isEmpty : hasTargets else {
            throw entry.problem("targets", "replacements must specify a source and at least one target")
        }
        self.targets = targets
        self.place = place
    }

    private static func sourceField(_ reader: FieldReader, isStrict: Bool) throws -> SourceField {
        var reader = reader
        let path = try reader.string("fieldPath") ?? ""
        let source = SourceField(
            type: try ObjectType(&reader),
            name: try reader.string("name") ?? "",
            namespace: try reader.string("namespace") ?? "",
            path: LookupPath(path.isEmpty ? "metadata.name" : path),
            options: try options(&reader, isStrict: isStrict)
        )
        if isStrict { try reader.finish() }
        return source
    }

    private static func target(_ reader: FieldReader, isStrict: Bool) throws -> Target {
        var reader = reader
        guard var select = try reader.map("select") else {
            throw reader.problem("select", "target must specify resources to select")
        }
        let paths = try reader.strings("fieldPaths")
        let target = Target(
            selector: try ObjectSelector(&select, isStrict: isStrict),
            rejected: try reader.maps("reject").map {
                var reject = $0
                return try ObjectSelector(&reject, isStrict: isStrict)
            },
            paths: (paths.isEmpty ? ["metadata.name"] : paths).map { LookupPath($0) },
            options: try options(&reader, isStrict: isStrict)
        )
        if isStrict { try reader.finish() }
        return target
    }

    private static func options(_ reader: inout FieldReader, isStrict: Bool) throws -> Options {
        guard var options = try reader.map("options") else { return Options() }
        let read = Options(
            delimiter: try options.string("delimiter") ?? "",
            index: try options.integer("index") ?? 0,
            creates: try options.bool("create") ?? false
        )
        // Kustomize knows the field and does nothing with it.
        _ = options.take("encoding")
        if isStrict { try options.finish() }
        return read
    }
}

extension ObjectType {
    /// Group, version and kind of a map that names objects.
    init(_ reader: inout FieldReader) throws {
        self.init(
            group: try reader.string("group") ?? "",
            version: try reader.string("version") ?? "",
            kind: try reader.string("kind") ?? ""
        )
    }
}
