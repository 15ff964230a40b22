import ArchiveIO
import CoreModel
import OCIDistribution
import SafeFiles

/// The layers of an artifact that a command takes, brought here and checked; nothing of them is unpacked yet.
struct ArtifactContent: Sendable {
    struct Layer: Sendable {
        let descriptor: Descriptor
        /// Without a name: gone with the last reference.
        let file: ReadableFile
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
            layers.append(Layer(descriptor: descriptor, file: try await download.fetch(descriptor, from: repository)))
            done += descriptor.size
        }
        return ArtifactContent(selected: selected, layers: layers)
    }

    /// Unpacks the layers in order into a directory, so that later ones go over earlier ones. A layer that is no
    /// archive becomes a file of its own. Blocks.
    /// - Throws: `ArchiveError`, `FileError`, `ToolError`; the directory then holds a part.
    func unpack(into directory: Directory) throws -> ExtractionSummary {
        var total = ExtractionSummary()
        for layer in layers {
            var limits = ArtifactLimits()
            limits.uncompressedBytes -= total.bytes
            limits.entries -= total.files + total.directories
            let summary = try layer.unpack(into: directory, limits)
            total.files += summary.files
            total.directories += summary.directories
            total.skippedLinks += summary.skippedLinks
            total.bytes += summary.bytes
        }
        return total
    }

    /// Writes each layer as it is, as a file of its own. Blocks.
    /// - Throws: `ToolError` where two have the same name, `FileError`.
    func copy(into directory: Directory) throws {
        for layer in layers { try layer.copy(into: directory) }
    }
}

extension ArtifactContent.Layer {
    fileprivate func unpack(into directory: Directory, _ limits: ArtifactLimits) throws -> ExtractionSummary {
        do {
            return try ArchiveExtractor(limits: limits).extract(file: file, into: directory)
        } catch let error as ArchiveError where error.code == .notAnArchive && !isCalledArchive {
            try copy(into: directory)
            var summary = ExtractionSummary()
            (summary.files, summary.bytes) = (1, file.size)
            return summary
        }
    }

    fileprivate func copy(into directory: Directory) throws {
        let name = name
        do {
            if let slash = name.lastIndex(of: "/") {
                _ = try directory.directory(String(name[..<slash]), creating: true)
            }
            let copy = try directory.createFile(name)
            try unsafe file.forEachPiece { try unsafe copy.write($0) }
        } catch let error as FileError where error.code == .alreadyExists {
            throw ToolError(
                .artifact,
                "Two layers of the artifact have the name '\(name)'; select one, see --layer-index"
            )
        } catch let error as FileError where error.code == .invalidPath || error.code == .notADirectory {
            throw ToolError(
                .artifact,
                "The layer \(descriptor.digest) has the name '\(name)', which is no path below a directory; select "
                    + "another layer",
                cause: error
            )
        }
    }

    /// As the layer says of itself, or by its digest.
    private var name: String {
        guard let title = descriptor.annotations[LayerSelector.title], !title.isEmpty else {
            return descriptor.digest.description.replacing(":", with: "-")
        }
        return title
    }

    /// One that says of itself that it is an archive has to be one. A name says more than the type: oras gives the
    /// type of an archive to every file.
    private var isCalledArchive: Bool {
        descriptor.annotations[LayerSelector.title] == nil && descriptor.mediaType.contains("tar")
    }
}
