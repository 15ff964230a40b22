import ManifestTree

/// A transformer or generator that is configured by an object of `apiVersion: builtin`.
enum BuiltinPlugin {
    /// What a configuration makes.
    enum Product {
        case transformer(any Transformer)
        case generator(Kustomization.GeneratorEntry, isSecret: Bool)
        case objects([BuildObject])
    }

    /// Where a configuration stands and what it may read.
    struct Context {
        /// The kustomization that lists it.
        let kustomization: Kustomization
        let chain: TransformerChain
    }

    /// - Throws: `BuildError`.
    static func make(
        _ object: BuildObject,
        _ context: Context,
        _ reader: inout SourceReader
    ) throws -> Product {
        var fields = try FieldReader(object.tree, file: object.origin)
        if let transformer = try simpleTransformer(object.kind, &fields) { return .transformer(transformer) }
        switch object.kind {
        case "ConfigMapGenerator", "SecretGenerator":
            let isSecret = object.kind == "SecretGenerator"
            return .generator(try generator(object, &fields, isSecret: isSecret), isSecret: isSecret)
        case "IAMPolicyGenerator": return .objects([try serviceAccount(&fields, object.origin)])
        case "PatchTransformer": return .transformer(try patch(&fields, context, &reader))
        case "PatchJson6902Transformer": return .transformer(try exactPatch(&fields, context, &reader))
        case "PatchStrategicMergeTransformer": return .transformer(try merges(&fields, context, &reader))
        case "ReplacementTransformer":
            let entries = try fields.maps("replacements")
            return .transformer(
                ReplacementTransformer(
                    replacements: try context.chain.replacements(entries, isStrict: false, &reader),
                    pace: context.chain.pace
                )
            )
        case "ValueAddTransformer":
            return .transformer(try ValueAddTransformer(&fields, context.kustomization, &reader))
        case "HelmChartInflationGenerator":
            throw fields.problem(
                "kind",
                "charts are not rendered by this build. Render the chart beforehand and list the result under "
                    + "resources",
                code: .unsupported
            )
        default:
            throw BuildError(
                .invalid,
                "\(object.origin): unable to load builtin \(object.kind).builtin.[noGrp]",
                at: .init(file: object.origin, object: object.id.description)
            )
        }
    }

    /// The transformers that need nothing but their own fields.
    private static func simpleTransformer(_ kind: String, _ fields: inout FieldReader) throws -> (any Transformer)? {
        let specs = { (fields: inout FieldReader) in try FieldSpec.list("fieldSpecs", &fields) }
        switch kind {
        case "AnnotationsTransformer":
            return MetadataTransformer(pairs: try fields.pairs("annotations"), fields: try specs(&fields))
        case "LabelTransformer":
            return MetadataTransformer(pairs: try fields.pairs("labels"), fields: try specs(&fields))
        case "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer": return try affixes(kind, &fields)
        case "NamespaceTransformer": return try namespace(&fields)
        case "ReplicaCountTransformer":
            var replica = try fields.map("replica")
            return ReplicaTransformer(
                name: try replica?.string("name") ?? "",
                count: try replica?.integer("count") ?? 0,
                fields: try specs(&fields),
                place: .init(file: fields.file, field: "replica")
            )
        case "ImageTagTransformer":
            // Without one it changes nothing, and looks at every image all the same.
            let image = try fields.map("imageTag") ?? FieldReader(.map(TreeMap()), file: fields.file)
            var transformer = try TransformerChain.image(Kustomization.image(image, isStrict: false))
            transformer.fields = try specs(&fields)
            return transformer
        case "HashTransformer": return HashTransformer()
        default: return nil
        }
    }

    private static func affixes(_ kind: String, _ fields: inout FieldReader) throws -> any Transformer {
        guard fields.has("fieldSpecs") || kind == "PrefixSuffixTransformer" else {
            throw fields.problem("fieldSpecs", "fieldSpecs is not expected to be nil")
        }
        let specs = try FieldSpec.list("fieldSpecs", &fields)
        let prefix = try fields.string("prefix") ?? ""
        let suffix = try fields.string("suffix") ?? ""
        var affixes: [NameAffixTransformer] = []
        if !prefix.isEmpty, kind != "SuffixTransformer" { affixes.append(.init(affix: .prefix(prefix), fields: specs)) }
        if !suffix.isEmpty, kind != "PrefixTransformer" { affixes.append(.init(affix: .suffix(suffix), fields: specs)) }
        return TransformerSequence(affixes)
    }

    private static func namespace(_ fields: inout FieldReader) throws -> any Transformer {
        var metadata = try fields.map("metadata")
        let namespace = try metadata?.string("namespace") ?? ""
        let mode = try fields.string("setRoleBindingSubjects") ?? ""
        guard let subjects = mode.isEmpty ? .defaultOnly : NamespaceTransformer.Subjects(rawValue: mode) else {
            throw fields.problem(
                "setRoleBindingSubjects",
                "invalid value \"\(mode)\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or "
                    + "\"allServiceAccounts\""
            )
        }
        guard !namespace.isEmpty else { return TransformerSequence([]) }
        return NamespaceTransformer(
            namespace: namespace,
            fields: try FieldSpec.list("fieldSpecs", &fields),
            subjects: subjects,
            unsetOnly: try fields.bool("unsetOnly") ?? false
        )
    }
}

/// Several transformers as one.
struct TransformerSequence: Transformer {
    private let transformers: [any Transformer]

    init(_ transformers: [any Transformer]) { self.transformers = transformers }

    func mergesBySchema(_ objects: ObjectSet) -> Bool { transformers.contains { $0.mergesBySchema(objects) } }

    func transform(_ objects: inout ObjectSet) throws {
        for transformer in transformers { try transformer.transform(&objects) }
    }
}
