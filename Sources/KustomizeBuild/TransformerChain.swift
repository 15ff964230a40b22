import CoreModel
import ManifestTree

/// The transformers of one kustomization in the order in which kustomize runs them.
struct TransformerChain {
    private let kustomization: Kustomization
    private let configuration: TransformerConfiguration
    private let schema: MergeSchemaSource
    let pace: BuildPace

    /// A transformer by the name that it has as a plugin.
    struct Link {
        let kind: String
        let transformer: any Transformer

        init(_ kind: String, _ transformer: any Transformer) {
            self.kind = kind
            self.transformer = transformer
        }
    }

    /// - Parameters:
    ///   - configuration: the fields that are written.
    ///   - schema: how lists merge.
    init(
        _ kustomization: Kustomization,
        _ configuration: TransformerConfiguration,
        _ schema: MergeSchemaSource,
        _ pace: BuildPace
    ) {
        self.kustomization = kustomization
        self.configuration = configuration
        self.schema = schema
        self.pace = pace
    }

    /// - Throws: `BuildError` when a patch cannot be read or an entry is wrong; all that are at once.
    func links(_ reader: inout SourceReader) throws -> [Link] {
        let sections: [(inout SourceReader) throws -> [Link]] = [
            mergeLinks, patchLinks, { _ in nameLinks() }, { _ in try metadataLinks() }, exactLinks,
            { _ in replicaLinks() }, imageLinks, replacementLinks,
        ]
        var links: [Link] = []
        try BuildError.gathering(sections) { links += try $0(&reader) }
        return links
    }

    private func exactLinks(_ reader: inout SourceReader) throws -> [Link] {
        try gather(kustomization.patchesJSON6902, &reader) {
            Link("PatchJson6902Transformer", try exactPatch($0, &$1))
        }
    }

    private func imageLinks(_ reader: inout SourceReader) throws -> [Link] {
        try gather(kustomization.images, &reader) { entry, _ in
            var image = try Self.image(entry)
            image.fields = configuration.images
            return Link("ImageTagTransformer", image)
        }
    }

    /// Makes one link of each entry, and throws the errors of all entries together.
    private func gather<Entry>(
        _ entries: [Entry],
        _ reader: inout SourceReader,
        _ make: (Entry, inout SourceReader) throws -> Link
    ) throws -> [Link] {
        var links: [Link] = []
        try BuildError.gathering(entries) { links.append(try make($0, &reader)) }
        return links
    }

    private func mergeLinks(_ reader: inout SourceReader) throws -> [Link] {
        var merges: [any Transformer] = []
        try BuildError.gathering(kustomization.patchesStrategicMerge.enumerated()) { index, text in
            merges.append(try strategicMerge(text, field: "patchesStrategicMerge[\(index)]", &reader))
        }
        return merges.isEmpty ? [] : [Link("PatchStrategicMergeTransformer", TransformerSequence(merges))]
    }

    private func patchLinks(_ reader: inout SourceReader) throws -> [Link] {
        try gather(kustomization.patches, &reader) { Link("PatchTransformer", try patch($0, &$1)) }
    }

    private func nameLinks() -> [Link] {
        var links: [Link] = []
        if !kustomization.namespace.isEmpty {
            let transformer = NamespaceTransformer(namespace: kustomization.namespace, fields: configuration.namespace)
            links.append(Link("NamespaceTransformer", transformer))
        }
        if !kustomization.namePrefix.isEmpty {
            let affix = NameAffixTransformer.Affix.prefix(kustomization.namePrefix)
            links.append(
                Link("PrefixTransformer", NameAffixTransformer(affix: affix, fields: configuration.namePrefix))
            )
        }
        if !kustomization.nameSuffix.isEmpty {
            let affix = NameAffixTransformer.Affix.suffix(kustomization.nameSuffix)
            links.append(
                Link("SuffixTransformer", NameAffixTransformer(affix: affix, fields: configuration.nameSuffix))
            )
        }
        return links
    }

    private func metadataLinks() throws -> [Link] {
        var links = try kustomization.labels.map { entry in
            Link("LabelTransformer", MetadataTransformer(pairs: entry.pairs, fields: try labelFields(entry)))
        }
        if !kustomization.labels.isEmpty || !kustomization.commonLabels.isEmpty {
            let fields = configuration.commonLabels
            let transformer = MetadataTransformer(pairs: kustomization.commonLabels, fields: fields)
            links.append(Link("LabelTransformer", transformer))
        }
        if !kustomization.commonAnnotations.isEmpty {
            let fields = configuration.commonAnnotations
            let transformer = MetadataTransformer(pairs: kustomization.commonAnnotations, fields: fields)
            links.append(Link("AnnotationsTransformer", transformer))
        }
        return links
    }

    private func labelFields(_ entry: Kustomization.LabelEntry) throws -> [FieldSpec] {
        var fields = FieldSpecTable(entry.fields)
        do {
            var more = configuration.labels
            if entry.includesSelectors {
                more = configuration.commonLabels + more
            } else if entry.includesTemplates {
                more = configuration.templateLabels + more
            }
            for field in more { try fields.add(field) }
            return fields.fields
        } catch {
            throw invalid(entry.place, "failed to merge labels: conflicting fieldspecs for \(error.field.path)")
        }
    }

    private func replicaLinks() -> [Link] {
        kustomization.replicas.enumerated().map { index, entry in
            let transformer = ReplicaTransformer(
                name: entry.name,
                count: entry.count,
                fields: configuration.replicas,
                place: .init(file: kustomization.file, field: "replicas[\(index)]")
            )
            return Link("ReplicaCountTransformer", transformer)
        }
    }

    private func replacementLinks(_ reader: inout SourceReader) throws -> [Link] {
        guard !kustomization.replacements.isEmpty else { return [] }
        let replacements = try replacements(kustomization.replacements, isStrict: true, &reader)
        return [Link("ReplacementTransformer", ReplacementTransformer(replacements: replacements, pace: pace))]
    }

    /// Entries of `replacements`, those of files in their place.
    func replacements(_ entries: [FieldReader], isStrict: Bool, _ reader: inout SourceReader) throws -> [Replacement] {
        var read: [Replacement] = []
        try BuildError.gathering(entries) { entry in
            var entry = entry
            guard let path = try entry.string("path"), !path.isEmpty else {
                read.append(try Replacement(entry, isStrict: isStrict))
                return
            }
            guard !entry.has("source"), !entry.has("targets"), !entry.has("sourceValue") else {
                throw entry.problem("path", "cannot specify both path and inline replacement")
            }
            let bytes = try reader.load(path, in: kustomization.directory, field: entry.at("path"), file: entry.file)
            // Only the first document counts.
            guard let tree = try SourceReader.parse(bytes, source: path, .settings).first?.tree else { return }
            read += try (tree.list ?? [tree]).map { try Replacement(FieldReader($0, file: path), isStrict: false) }
        }
        return read
    }

    /// One entry of `images`.
    static func image(_ entry: Kustomization.ImageEntry) throws -> ImageTransformer {
        do {
            return try ImageTransformer(
                name: entry.name,
                newName: entry.newName,
                newTag: entry.newTag,
                digest: entry.digest,
                tagSuffix: entry.tagSuffix
            )
        } catch {
            let place = entry.place
            throw BuildError(
                .invalid,
                "\(place.file ?? ""): \(place.field ?? ""): the image name '\(entry.name)' is taken for a pattern, "
                    + "and it \(error.phrase)",
                at: place
            )
        }
    }

    private func invalid(_ place: BuildError.Place, _ reason: String, cause: (any Error)? = nil) -> BuildError {
        BuildError(.invalid, "\(place.file ?? ""): \(place.field ?? ""): \(reason)", at: place, cause: cause)
    }

    /// An entry of `patchesStrategicMerge`: a file where there is one, otherwise the patch itself.
    func strategicMerge(_ text: String, field: String, _ reader: inout SourceReader) throws -> PatchTransformer {
        let place = BuildError.Place(file: kustomization.file, field: field)
        let trees: [Tree]
        if !text.contains("\n"), let path = SourcePath.resolve(text, from: kustomization.directory),
            try reader.kind(path) == .file
        {
            let bytes = try reader.load(text, in: kustomization.directory, field: field, file: kustomization.file)
            trees = try SourceReader.parse(bytes, source: path).map(\.tree)
        } else {
            trees = try SourceReader.parse(Array(text.utf8), source: "\(kustomization.file): \(field)").map(\.tree)
        }
        guard trees.contains(where: { !$0.isNull }) else { throw invalid(place, "there is no patch in it") }
        return PatchTransformer(
            change: .merge(try objects(trees, place)),
            target: .addressed,
            schema: schema,
            place: place
        )
    }

    func patch(_ entry: Kustomization.PatchEntry, _ reader: inout SourceReader) throws -> PatchTransformer {
        let change = try change(entry, trimmed: true, &reader)
        var target = PatchTransformer.Target.named
        if var selector = entry.target { target = .selected(try ObjectSelector(&selector)) }
        switch (change, target) {
        case (.operations, .named): throw invalid(entry.place, "must specify a target for JSON patch. Add one")
        case (.merge(let patches), .selected) where patches.count > 1:
            throw invalid(entry.place, "a patch of several documents takes no target. Remove it, or divide the patch")
        default: break
        }
        return PatchTransformer(
            change: change,
            target: target,
            schema: schema,
            allowsNameChange: entry.allowsNameChange,
            allowsKindChange: entry.allowsKindChange,
            place: entry.place
        )
    }

    /// An entry of `patchesJson6902`: a JSON 6902 patch with a target.
    func exactPatch(_ entry: Kustomization.PatchEntry, _ reader: inout SourceReader) throws -> PatchTransformer {
        guard var target = entry.target else {
            throw invalid(entry.place, "must specify a target for JSON patch. Add one")
        }
        // A copy: what is read from a reader is gone from it, and the selector reads the name too.
        var named = target
        guard try named.string("name")?.isEmpty == false else {
            throw target.problem("name", "is required: must specify the target name")
        }
        let selector = try ObjectSelector(&target)
        let change = try change(entry, trimmed: false, &reader)
        guard case .operations(let patch) = change else {
            throw invalid(entry.place, "has to be a JSON 6902 patch: a list")
        }
        guard !patch.operations.isEmpty else {
            throw invalid(entry.place, "patch appears to be empty: there is no operation in it. Add one, or remove it")
        }
        return PatchTransformer(
            change: change,
            target: .selected(selector),
            schema: schema,
            remembersNames: false,
            place: entry.place
        )
    }

    /// Reads the patch: a list is JSON 6902, maps are strategic merge patches.
    private func change(_ entry: Kustomization.PatchEntry, trimmed: Bool, _ reader: inout SourceReader) throws
        -> PatchTransformer.Change
    {
        let text = entry.text ?? ""
        var bytes = Array((trimmed ? Self.trimmed(text) : text[...]).utf8)
        guard !bytes.isEmpty || entry.path?.isEmpty == false else {
            throw invalid(entry.place, "there is no patch in it: must specify one of patch and path")
        }
        if let path = entry.path, !path.isEmpty {
            bytes = try reader.load(
                path,
                in: kustomization.directory,
                field: "\(entry.place.field ?? "").path",
                file: kustomization.file
            )
        }
        let source = entry.path ?? "\(entry.place.file ?? ""): \(entry.place.field ?? "")"
        if var operations = try operations(bytes, entry) {
            operations.dropSpellings()
            do {
                return .operations(try JSONPatch(operations))
            } catch {
                throw invalid(entry.place, "is not a JSON 6902 patch", cause: error)
            }
        }
        let trees = try SourceReader.parse(bytes, source: source).map(\.tree)
        return .merge(try objects(trees, entry.place))
    }

    /// The list of a JSON 6902 patch: the first document, read as the kustomization is; nil where it is no list.
    private func operations(_ bytes: [UInt8], _ entry: Kustomization.PatchEntry) throws -> Tree? {
        // What starts like a JSON list is one to kustomize, not YAML in flow style.
        if bytes.first == UInt8(ascii: "[") { return try json(bytes, entry) }
        guard YAMLReader.startsWithList(bytes) else { return nil }
        let documents = try SourceReader.parse(bytes, source: entry.path ?? "", .settings)
        return documents.first.flatMap { $0.tree.list == nil ? nil : $0.tree }
    }

    /// Without space at both ends, as kustomize takes patches that stand in a kustomization: what ends in a block
    /// scalar loses the line break at its end.
    private static func trimmed(_ text: String) -> Substring {
        let scalars = text.unicodeScalars
        let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        let end = scalars.lastIndex { !$0.properties.isWhitespace }.map { scalars.index(after: $0) } ?? start
        return text[start..<end]
    }

    private func json(_ bytes: [UInt8], _ entry: Kustomization.PatchEntry) throws -> Tree {
        do {
            return try JSONReader.parse(bytes, text: .lenient)
        } catch {
            throw invalid(entry.place, "starts with [ and so has to be JSON", cause: error)
        }
    }

    /// Strategic merge patches have to name what they are for, even where a target chooses.
    private func objects(_ trees: [Tree], _ place: BuildError.Place) throws -> [Tree] {
        let trees = try ManifestObjects.expanded(trees, place)
        for tree in trees {
            guard tree.map != nil else {
                throw invalid(place, "a patch has to be a map or a list, not \(tree.kindName)")
            }
            guard tree["kind"]?.string?.isEmpty == false, tree["metadata"]?["name"]?.string?.isEmpty == false else {
                throw invalid(
                    place,
                    "unable to parse SM or JSON patch: a strategic merge patch needs kind and metadata.name. Add them"
                )
            }
        }
        return trees
    }
}
