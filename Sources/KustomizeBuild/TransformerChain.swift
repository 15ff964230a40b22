import CoreModel
import ManifestTree

/// The transformers of one kustomization in the order in which kustomize runs them.
struct TransformerChain {
    private let kustomization: Kustomization

    init(_ kustomization: Kustomization) { self.kustomization = kustomization }

    /// - Throws: `BuildError` when a patch cannot be read or an entry is wrong.
    func transformers(_ reader: inout SourceReader) throws -> [any Transformer] {
        var chain: [any Transformer] = []
        chain += try kustomization.patchesStrategicMerge.enumerated().map {
            try strategicMerge($1, field: "patchesStrategicMerge[\($0)]", &reader)
        }
        chain += try kustomization.patches.map { try patch($0, &reader) }
        if !kustomization.namespace.isEmpty {
            chain.append(NamespaceTransformer(namespace: kustomization.namespace))
        }
        if !kustomization.namePrefix.isEmpty {
            chain.append(NameAffixTransformer(affix: .prefix(kustomization.namePrefix)))
        }
        if !kustomization.nameSuffix.isEmpty {
            chain.append(NameAffixTransformer(affix: .suffix(kustomization.nameSuffix)))
        }
        for label in kustomization.labels {
            chain.append(MetadataTransformer(pairs: label.pairs, fields: label.fields))
        }
        chain.append(MetadataTransformer(pairs: kustomization.commonLabels, fields: DefaultFieldSpecs.selectorLabels))
        chain.append(MetadataTransformer(pairs: kustomization.commonAnnotations, fields: DefaultFieldSpecs.annotations))
        chain += try kustomization.patchesJSON6902.map { try exactPatch($0, &reader) }
        chain += kustomization.replicas.enumerated().map { index, entry in
            ReplicaTransformer(
                name: entry.name,
                count: entry.count,
                place: .init(file: kustomization.file, field: "replicas[\(index)]")
            )
        }
        chain += try kustomization.images.map(image)
        return chain
    }

    private func image(_ entry: Kustomization.ImageEntry) throws -> ImageTransformer {
        do {
            return try ImageTransformer(
                name: entry.name,
                newName: entry.newName,
                newTag: entry.newTag,
                digest: entry.digest,
                tagSuffix: entry.tagSuffix
            )
        } catch {
            throw invalid(entry.place, "the image name '\(entry.name)' is taken for a pattern, and it \(error.phrase)")
        }
    }

    private func invalid(_ place: BuildError.Place, _ reason: String, cause: (any Error)? = nil) -> BuildError {
        BuildError(.invalid, "\(place.file ?? ""): \(place.field ?? ""): \(reason)", at: place, cause: cause)
    }

    /// An entry of `patchesStrategicMerge`: a file where there is one, otherwise the patch itself.
    private func strategicMerge(_ text: String, field: String, _ reader: inout SourceReader) throws -> PatchTransformer
    {
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
        return PatchTransformer(change: .merge(try objects(trees, place)), target: .named, place: place)
    }

    private func patch(_ entry: Kustomization.PatchEntry, _ reader: inout SourceReader) throws -> PatchTransformer {
        let change = try change(entry, &reader)
        var target = PatchTransformer.Target.named
        if var selector = entry.target { target = .selected(try ObjectSelector(&selector)) }
        switch (change, target) {
        case (.operations, .named): throw invalid(entry.place, "a JSON 6902 patch needs a target. Add one")
        case (.merge(let patches), .selected) where patches.count > 1:
            throw invalid(entry.place, "a patch of several documents takes no target. Remove it, or divide the patch")
        default: break
        }
        return PatchTransformer(
            change: change,
            target: target,
            allowsNameChange: entry.allowsNameChange,
            allowsKindChange: entry.allowsKindChange,
            place: entry.place
        )
    }

    /// An entry of `patchesJson6902`: a JSON 6902 patch with a target.
    private func exactPatch(_ entry: Kustomization.PatchEntry, _ reader: inout SourceReader) throws -> PatchTransformer
    {
        guard var target = entry.target else { throw invalid(entry.place, "a JSON 6902 patch needs a target. Add one") }
        let selector = try ObjectSelector(&target)
        let change = try change(entry, &reader)
        guard case .operations = change else { throw invalid(entry.place, "has to be a JSON 6902 patch: a list") }
        return PatchTransformer(change: change, target: .selected(selector), place: entry.place)
    }

    /// Reads the patch: a list is JSON 6902, maps are strategic merge patches.
    private func change(_ entry: Kustomization.PatchEntry, _ reader: inout SourceReader) throws
        -> PatchTransformer.Change
    {
        var bytes = Array((entry.text ?? "").utf8)
        if let path = entry.path, !path.isEmpty {
            bytes = try reader.load(
                path,
                in: kustomization.directory,
                field: "\(entry.place.field ?? "").path",
                file: kustomization.file
            )
        }
        let source = entry.path ?? "\(entry.place.file ?? ""): \(entry.place.field ?? "")"
        // What starts like a JSON list is one to kustomize, not YAML in flow style.
        let trees =
            bytes.first == UInt8(ascii: "[")
            ? [try json(bytes, entry)] : try SourceReader.parse(bytes, source: source).map(\.tree).filter { !$0.isNull }
        if trees.count == 1, trees[0].list != nil {
            do {
                return .operations(try JSONPatch(trees[0]))
            } catch {
                throw invalid(entry.place, "is not a JSON 6902 patch", cause: error)
            }
        }
        guard !trees.isEmpty else { throw invalid(entry.place, "there is no patch in it") }
        return .merge(try objects(trees, entry.place))
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
        for tree in trees where !tree.isNull {
            guard tree.map != nil else {
                throw invalid(place, "a patch has to be a map or a list, not \(tree.kindName)")
            }
            guard tree["kind"]?.string?.isEmpty == false, tree["metadata"]?["name"]?.string?.isEmpty == false else {
                throw invalid(place, "a strategic merge patch needs kind and metadata.name. Add them")
            }
        }
        return trees.filter { !$0.isNull }
    }
}
