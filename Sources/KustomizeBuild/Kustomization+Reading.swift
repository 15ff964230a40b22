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
        let sections: [(inout Kustomization, inout FieldReader) throws -> Void] = [
            { try $0.readHeader(&$1) }, { try $0.refuseCharts(&$1) }, { try $0.readInputs(&$1) },
            { try $0.readReplicas(&$1) }, { try $0.readNames(&$1) }, { try $0.readPatches(&$1) },
            { try $0.readGenerators(&$1) }, { try $0.readRules(&$1) }, { try $0.readPlugins(&$1) },
            { $0.order = try OutputOrder.read(&$1) },
        ]
        var errors: [BuildError] = []
        for section in sections {
            do { try section(&self, &reader) } catch let error as BuildError { errors.append(error) }
        }
        do {
            try reader.finish(besides: errors.isEmpty ? [] : Self.fieldNames)
        } catch let error as BuildError { errors.append(error) }
        guard errors.isEmpty else { throw BuildError(gathered: errors) }
    }

    /// Every field there is, in lower case.
    private static let fieldNames: Set<String> = [
        "apiversion", "kind", "metadata", "resources", "bases", "components", "images", "imagetags", "replicas",
        "namespace", "nameprefix", "namesuffix", "labels", "commonlabels", "commonannotations", "patches",
        "patchesstrategicmerge", "patchesjson6902", "generatoroptions", "configmapgenerator", "secretgenerator",
        "replacements", "vars", "configurations", "crds", "openapi", "generators", "transformers", "validators",
        "buildmetadata", "sortoptions", "helmglobals", "helmcharts", "helmchartinflationgenerator",
    ]

    private mutating func readHeader(_ reader: inout FieldReader) throws {
        let given = try reader.string("kind") ?? ""
        let kind = given.isEmpty ? "Kustomization" : given
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
        if var globals = try reader.map("helmGlobals") {
            for field in ["chartHome", "configHome"] { _ = try globals.string(field) }
            try globals.finish()
        }
        for field in Self.chartFields {
            let charts = try reader.list(field)
            if charts.isEmpty { continue }
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
        let choices = try reader.pairs("openapi")
        let path = choices.first { $0.key == "path" }?.value
        let version = choices.first { $0.key == "version" }?.value ?? ""
        guard path != nil || !version.isEmpty else { return }
        openAPI = OpenAPIChoice(path: path, version: version.isEmpty ? nil : version)
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
        images = try BuildError.mapping(reader.maps("images")) { try Self.image($0) }
        if reader.has("imageTags") { warn("imageTags", "images") }
        images += try BuildError.mapping(reader.maps("imageTags")) { try Self.image($0) }
    }

    private mutating func readReplicas(_ reader: inout FieldReader) throws {
        replicas = try BuildError.mapping(reader.maps("replicas")) { entry in
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
        labels = try BuildError.mapping(reader.maps("labels"), Self.labelEntry)
        if reader.has("commonLabels") { warn("commonLabels", "labels") }
        commonLabels = try reader.pairs("commonLabels")
        commonAnnotations = try reader.pairs("commonAnnotations")
    }

    private mutating func readPatches(_ reader: inout FieldReader) throws {
        patches = try BuildError.mapping(reader.maps("patches")) { try Self.patchEntry($0) }
        if reader.has("patchesStrategicMerge") { warn("patchesStrategicMerge", "patches") }
        patchesStrategicMerge = try reader.strings("patchesStrategicMerge")
        if reader.has("patchesJson6902") { warn("patchesJson6902", "patches") }
        patchesJSON6902 = try BuildError.mapping(reader.maps("patchesJson6902")) { try Self.patchEntry($0) }
    }

    private mutating func readGenerators(_ reader: inout FieldReader) throws {
        var global = GeneratorOptions()
        if var options = try reader.map("generatorOptions") { global = try Self.generatorOptions(&options) }
        configMapGenerators = try BuildError.mapping(reader.maps("configMapGenerator")) {
            try Self.generator($0, global, isSecret: false)
        }
        secretGenerators = try BuildError.mapping(reader.maps("secretGenerator")) {
            try Self.generator($0, global, isSecret: true)
        }
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
        // As in kustomize, what is none of its words says nothing.
        let behavior = GeneratorBehavior(rawValue: try entry.string("behavior") ?? "") ?? .create
        var envs = try entry.strings("envs")
        if let env = try entry.string("env"), !env.isEmpty { envs.append(env) }
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
