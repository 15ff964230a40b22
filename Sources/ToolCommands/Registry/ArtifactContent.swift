import ArchiveIO
import ArtifactStore
import CoreModel
import OCIDistribution
import SafeFiles

/// The layers of an artifact that a command takes, brought here and checked; nothing of them is unpacked yet.
struct ArtifactContent: Sendable {
    struct Layer: Sendable {
        let descriptor: Descriptor
        let blob: IngestedBlob
    }

    let selected: SelectedManifest
    let layers: [Layer]

    /// Brings the layers that the flags select.
    /// - Throws: `ToolError`, `RegistryError`, `FileError`.
    static func fetch(
        _ target: ManifestTarget,
        of repository: any ArtifactRepository,
        _ options: LayerOptions,
        _ context: ToolContext
    ) async throws -> ArtifactContent {
        let selected = try await repository.manifest(target, options.manifestSelector)
        let subject = "\(repository.name)@\(selected.fetched.digest)"
        let descriptors = try options.layerSelector.layers(of: selected.manifest, subject: subject)
        let progress = TransferProgress("pulling", total: descriptors.reduce(0) { $0 + $1.size }, context)
        defer { progress.finish() }
        var layers: [Layer] = []
        var done: Int64 = 0
        for descriptor in descriptors {
            let download = BlobDownload(
                directory: context.temporaryDirectory,
                limit: ArtifactLimits().compressedBytes - done,
                progress: { [done] in progress.update(done + $0) }
            )
            layers.append(Layer(descriptor: descriptor, blob: try await download.fetch(descriptor, from: repository)))
            done += descriptor.size
        }
        return ArtifactContent(selected: selected, layers: layers)
    }

    /// Unpacks the layers in order into a directory, so that later ones go over earlier ones. A layer that is no
    /// archive becomes a file of its own. Blocks.
    /// - Throws: `StoreError`, `ArchiveError`, `FileError`; the directory then holds a part.
    func unpack(into directory: Directory) throws -> ExtractionSummary {
        let layers = layers.map { SourceLayer($0.blob, title: $0.isCalledArchive ? nil : $0.name) }
        return try LayerUnpacker(limits: ArtifactLimits()).unpack(layers, into: directory)
    }

    /// Writes each layer as it is, as a file of its own. Blocks.
    /// - Throws: `ToolError` where two have the same name; `StoreError`, `FileError`.
    func copy(into directory: Directory) throws {
        var names: Set<String> = []
        for layer in layers {
            guard names.insert(layer.name).inserted else {
                throw ToolError(
                    .artifact,
                    "Two layers of the artifact have the name '\(layer.name)'; select one, see --layer-index"
                )
            }
            try LayerUnpacker(limits: ArtifactLimits()).keep(layer.blob, as: layer.name, in: directory)
        }
    }
}

extension ArtifactContent.Layer {
    /// As the layer says of itself, or by its digest.
    fileprivate var name: String {
        guard let title = descriptor.annotations[LayerSelector.title], !title.isEmpty else {
            return descriptor.digest.description.replacing(":", with: "-")
        }
        return title
    }

    /// One that says of itself that it is an archive has to be one. A name says more than the type: oras gives the
    /// type of an archive to every file.
    fileprivate var isCalledArchive: Bool {
        descriptor.annotations[LayerSelector.title] == nil && descriptor.mediaType.contains("tar")
    }
}
