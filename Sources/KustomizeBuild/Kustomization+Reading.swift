import ManifestTree

/// Reading the fields of a kustomization file. Unknown fields are refused, and so is every field that kustomize has
/// and this build does not, with its reason.
extension Kustomization {
    private static let version = "kustomize.config.k8s.io/v1beta1"
    private static let componentVersion = "kustomize.config.k8s.io/v1alpha1"

    /// Fields that kustomize has and this build does not, with what to do instead.
    private static let unsupportedFields: [(field: String, advice: String)] = [
        ("crds", "Give the types' merge behaviour in JSON 6902 patches instead"),
        ("configurations", "Use labels[].fields for labels in other fields, and patches for the rest"),
        ("openapi", "Use JSON 6902 patches where the default merge keys do not fit"),
        ("generators", "Use configMapGenerator or secretGenerator"),
        ("transformers", "Use the transformer's own field, as labels or patches"),
        ("validators", "Validate the output of the build instead"),
        ("helmCharts", "Render the chart beforehand and list the result under resources"),
        ("helmGlobals", "Render the chart beforehand and list the result under resources"),
        ("helmChartInflationGenerator", "Render the chart beforehand and list the result under resources"),
        ("vars", "Use patches instead"),
        ("replacements", "Use patches instead"),
        ("buildMetadata", "Remove it"),
        ("inventory", "Remove it"),
    ]

    /// - Throws: `BuildError`: `.invalid` or `.unsupported`.
    init(_ tree: Tree, file: String) throws {
        self.init(file: file, directory: SourcePath.parent(of: file))
        var reader = try FieldReader(tree, file: file)
        try readHeader(&reader)
        for (field, advice) in Self.unsupportedFields {
            guard let value = reader.take(field), value.list?.isEmpty != true, value.map?.isEmpty != true else {
                continue
            }
            throw reader.problem(field, "is not supported by this build. \(advice)", code: .unsupported)
        }
        try readInputs(&reader)
        try readNames(&reader)
        try readPatches(&reader)
        try readGenerators(&reader)
        order = try OutputOrder.read(&reader)
        try reader.finish()
    }

    private mutating func readHeader(_ reader: inout FieldReader) throws {
        let kind = try reader.string("kind") ?? "Kustomization"
        guard kind == "Kustomization" || kind == "Component" else {
            throw reader.problem("kind", "has to be Kustomization or Component, not \(kind)")
        }
        isComponent = kind == "Component"
        let wanted = isComponent ? Self.componentVersion : Self.version
        if let given = try reader.string("apiVersion"), !given.isEmpty, given != wanted {
            throw reader.problem("apiVersion", "has to be \(wanted) for a \(kind), not \(given)")
        }
        _ = reader.take("metadata")
    }

    private mutating func readInputs(_ reader: inout FieldReader) throws {
        resources = try reader.strings("resources")
        if reader.has("bases") { warn("bases", "resources") }
        resources += try reader.strings("bases")
        components = try reader.strings("components")
        images = try reader.maps("images").map(Self.image)
        if reader.has("imageTags") { warn("imageTags", "images") }
        images += try reader.maps("imageTags").map(Self.image)
        replicas = try reader.maps("replicas").map { entry in
            var entry = entry
            guard let name = try entry.string("name"), !name.isEmpty else {
                throw entry.problem("name", "is required")
            }
            let count = try entry.integer("count") ?? 0
            try entry.finish()
            return (name, count)
        }
    }

    private mutating func readNames(_ reader: inout FieldReader) throws {
        namespace = try reader.string("namespace") ?? ""
        namePrefix = try reader.string("namePrefix") ?? ""
        nameSuffix = try reader.string("nameSuffix") ?? ""
        labels = try reader.maps("labels").map(Self.labelEntry)
        if reader.has("commonLabels") { warn("commonLabels", "labels") }
        commonLabels = try reader.pairs("commonLabels")
        commonAnnotations = try reader.pairs("commonAnnotations")
    }

    private mutating func readPatches(_ reader: inout FieldReader) throws {
        patches = try reader.maps("patches").map { try Self.patchEntry($0) }
        if reader.has("patchesStrategicMerge") { warn("patchesStrategicMerge", "patches") }
        patchesStrategicMerge = try reader.strings("patchesStrategicMerge")
        if reader.has("patchesJson6902") { warn("patchesJson6902", "patches") }
        patchesJSON6902 = try reader.maps("patchesJson6902").map { try Self.patchEntry($0) }
    }

    private mutating func readGenerators(_ reader: inout FieldReader) throws {
        var global = GeneratorOptions()
        if var options = try reader.map("generatorOptions") { global = try Self.generatorOptions(&options) }
        configMapGenerators = try reader.maps("configMapGenerator").map {
            try Self.generator($0, global, isSecret: false)
        }
        secretGenerators = try reader.maps("secretGenerator").map { try Self.generator($0, global, isSecret: true) }
    }

    private mutating func warn(_ field: String, _ successor: String) {
        warnings.append("\(file): '\(field)' is deprecated. Please use '\(successor)' instead")
    }

    private static func labelEntry(_ entry: FieldReader) throws -> LabelEntry {
        var entry = entry
        let pairs = try entry.pairs("pairs")
        let includesSelectors = try entry.bool("includeSelectors") ?? false
        let includesTemplates = try entry.bool("includeTemplates") ?? false
        var fields = try entry.maps("fields").map { field in
            var field = field
            let type = ObjectType(
                group: try field.string("group") ?? "",
                version: try field.string("version") ?? "",
                kind: try field.string("kind") ?? ""
            )
            guard let path = try field.string("path"), !path.isEmpty else {
                throw field.problem("path", "is required")
            }
            let creates = try field.bool("create") ?? false
            try field.finish()
            return FieldSpec(path, type, creates: creates)
        }
        try entry.finish()
        if includesSelectors {
            fields += DefaultFieldSpecs.selectorLabels
        } else if includesTemplates {
            fields += DefaultFieldSpecs.templateLabels
        } else {
            fields.append(DefaultFieldSpecs.metadataLabels)
        }
        return LabelEntry(pairs: pairs, fields: fields)
    }

    static func patchEntry(_ entry: FieldReader) throws -> PatchEntry {
        var entry = entry
        var patch = PatchEntry(place: .init(file: entry.file, field: entry.path))
        patch.path = try entry.string("path")
        patch.text = try entry.string("patch")
        patch.target = try entry.map("target")
        for (option, value) in try entry.map("options").map(Self.patchOptions) ?? [] {
            if option == "allowNameChange" { patch.allowsNameChange = value } else { patch.allowsKindChange = value }
        }
        try entry.finish()
        guard (patch.path ?? "").isEmpty != (patch.text ?? "").isEmpty else {
            throw entry.problem("patch", "give either path or patch, and not both")
        }
        return patch
    }

    private static func patchOptions(_ options: FieldReader) throws -> [(String, Bool)] {
        var options = options
        let values = try ["allowNameChange", "allowKindChange"].map { ($0, try options.bool($0) ?? false) }
        try options.finish()
        return values
    }

    static func image(_ entry: FieldReader) throws -> ImageEntry {
        var entry = entry
        let image = ImageEntry(
            name: try entry.string("name") ?? "",
            newName: try entry.string("newName"),
            newTag: try entry.string("newTag"),
            digest: try entry.string("digest"),
            tagSuffix: try entry.string("tagSuffix"),
            place: .init(file: entry.file, field: entry.path)
        )
        try entry.finish()
        return image
    }

    private static func generatorOptions(_ options: inout FieldReader) throws -> GeneratorOptions {
        let read = GeneratorOptions(
            labels: Dictionary(uniqueKeysWithValues: try options.pairs("labels").map { ($0.key, $0.value) }),
            annotations: Dictionary(uniqueKeysWithValues: try options.pairs("annotations").map { ($0.key, $0.value) }),
            disablesNameSuffixHash: try options.bool("disableNameSuffixHash") ?? false,
            isImmutable: try options.bool("immutable") ?? false
        )
        try options.finish()
        return read
    }

    private static func generator(_ entry: FieldReader, _ global: GeneratorOptions, isSecret: Bool) throws
        -> GeneratorEntry
    {
        var entry = entry
        var local = GeneratorOptions()
        if var options = try entry.map("options") { local = try generatorOptions(&options) }
        // What the whole kustomization switches on, no single generator can switch off.
        let options = GeneratorOptions(
            labels: global.labels.merging(local.labels) { $1 },
            annotations: global.annotations.merging(local.annotations) { $1 },
            disablesNameSuffixHash: global.disablesNameSuffixHash || local.disablesNameSuffixHash,
            isImmutable: global.isImmutable || local.isImmutable
        )
        guard let name = try entry.string("name"), !name.isEmpty else { throw entry.problem("name", "is required") }
        let behaviorText = try entry.string("behavior") ?? ""
        guard let behavior = behaviorText.isEmpty ? .create : GeneratorBehavior(rawValue: behaviorText) else {
            throw entry.problem("behavior", "has to be create, merge or replace, not \(behaviorText)")
        }
        var envs = try entry.strings("envs")
        if let env = try entry.string("env") { envs.append(env) }
        let generator = GeneratorEntry(
            name: name,
            namespace: try entry.string("namespace"),
            behavior: behavior,
            literals: try entry.strings("literals"),
            files: try entry.strings("files"),
            envs: envs,
            options: options,
            secretType: isSecret ? try entry.string("type") : nil,
            place: .init(file: entry.file, field: entry.path)
        )
        try entry.finish()
        return generator
    }
}
