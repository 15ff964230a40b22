import ManifestTree

/// Reading the fields of a kustomization file. Unknown fields are refused, and so are charts, with the reason.
extension Kustomization {
    private static let version = "kustomize.config.k8s.io/v1beta1"
    private static let componentVersion = "kustomize.config.k8s.io/v1alpha1"

    /// Fields for charts, which this build does not render.
    private static let chartFields = ["helmCharts", "helmChartInflationGenerator"]

    /// - Throws: `BuildError`: `.invalid` or `.unsupported`.
    init(_ tree: Tree, file: String) throws {
        self.init(file: file, directory: SourcePath.parent(of: file))
        var reader = try FieldReader(tree, file: file)
        try readHeader(&reader)
        try refuseCharts(&reader)
        try readInputs(&reader)
        try readNames(&reader)
        try readPatches(&reader)
        try readGenerators(&reader)
        try readRules(&reader)
        try readPlugins(&reader)
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
        guard var metadata = try reader.map("metadata") else { return }
        for field in ["name", "namespace"] { _ = try metadata.string(field) }
        for field in ["labels", "annotations"] { _ = try metadata.pairs(field) }
        try metadata.finish()
    }

    private func refuseCharts(_ reader: inout FieldReader) throws {
        _ = reader.take("helmGlobals")
        for field in Self.chartFields {
            guard let charts = reader.take(field)?.list, !charts.isEmpty else { continue }
            let names = charts.map { $0["name"]?.string ?? $0["chartName"]?.string ?? "without a name" }
            throw reader.problem(
                field,
                "must specify --enable-helm, which this build does not offer: charts are not rendered "
                    + "(\(names.joined(separator: ", "))). Render them beforehand, as with helm template, and list the "
                    + "result under resources",
                code: .unsupported
            )
        }
    }

    private mutating func readRules(_ reader: inout FieldReader) throws {
        replacements = try reader.maps("replacements")
        if reader.has("vars") { warn("vars", "replacements", isExperimental: true) }
        variables = try reader.maps("vars").map { try BuildVariable($0) }
        configurations = try reader.strings("configurations")
        customTypes = try reader.strings("crds")
        guard reader.has("openapi") else { return }
        let choices = try reader.pairs("openapi")
        let path = choices.first { $0.key == "path" }?.value ?? ""
        let version = choices.first { $0.key == "version" }?.value ?? ""
        guard path.isEmpty || version.isEmpty else {
            throw reader.problem("openapi", "builtin version and custom schema provided, cannot use both")
        }
        guard version.isEmpty || version == "v1.21.2" else {
            throw reader.problem("openapi", "the specified OpenAPI version is not built in: \(version); v1.21.2 is")
        }
        if !path.isEmpty { openAPI = .document(path) } else if !version.isEmpty { openAPI = .builtin }
    }

    private mutating func readPlugins(_ reader: inout FieldReader) throws {
        generators = try reader.strings("generators")
        transformers = try reader.strings("transformers")
        validators = try reader.strings("validators")
        metadataAnnotations = Set(try reader.strings("buildMetadata").compactMap { MetadataAnnotation(rawValue: $0) })
    }

    private mutating func readInputs(_ reader: inout FieldReader) throws {
        resources = try reader.strings("resources")
        if reader.has("bases") { warn("bases", "resources") }
        resources += try reader.strings("bases")
        components = try reader.strings("components")
        images = try reader.maps("images").map { try Self.image($0) }
        if reader.has("imageTags") { warn("imageTags", "images") }
        images += try reader.maps("imageTags").map { try Self.image($0) }
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

    /// kustomize's own words.
    private mutating func warn(_ field: String, _ successor: String, isExperimental: Bool = false) {
        warnings.append(
            "# Warning: '\(field)' is deprecated. Please use '\(successor)' instead. "
                + (isExperimental ? "[EXPERIMENTAL] " : "")
                + "Run 'kustomize edit fix' to update your Kustomization automatically."
        )
    }

    private static func labelEntry(_ entry: FieldReader) throws -> LabelEntry {
        var entry = entry
        let pairs = try entry.pairs("pairs")
        let includesSelectors = try entry.bool("includeSelectors") ?? false
        let includesTemplates = try entry.bool("includeTemplates") ?? false
        let fields = try FieldSpec.list("fields", &entry, isStrict: true)
        try entry.finish()
        return LabelEntry(
            pairs: pairs,
            includesSelectors: includesSelectors,
            includesTemplates: includesTemplates,
            fields: fields,
            place: .init(file: entry.file, field: entry.path)
        )
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

    static func patchOptions(_ options: FieldReader) throws -> [(String, Bool)] {
        var options = options
        let values = try ["allowNameChange", "allowKindChange"].map { ($0, try options.bool($0) ?? false) }
        try options.finish()
        return values
    }

    static func image(_ entry: FieldReader, isStrict: Bool = true) throws -> ImageEntry {
        var entry = entry
        let image = ImageEntry(
            name: try entry.string("name") ?? "",
            newName: try entry.string("newName"),
            newTag: try entry.string("newTag"),
            digest: try entry.string("digest"),
            tagSuffix: try entry.string("tagSuffix"),
            place: .init(file: entry.file, field: entry.path)
        )
        if isStrict { try entry.finish() }
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

    static func generator(
        _ entry: FieldReader,
        _ global: GeneratorOptions,
        isSecret: Bool,
        isStrict: Bool = true
    ) throws -> GeneratorEntry {
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
        let name = try entry.string("name") ?? ""
        guard !name.isEmpty || !isStrict else { throw entry.problem("name", "is required") }
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
        if isStrict { try entry.finish() }
        return generator
    }
}
