import ArchiveIO
import ArgumentParser
import CoreModel
import OCIDistribution
import SafeFiles

/// `sluice pull artifact`
struct PullArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Pull an artifact and unpack it into a directory."
    )

    @Argument(help: "oci://registry/repository:tag or @digest")
    var url: String

    @Option(name: .shortAndLong, help: "The directory to unpack into; it has to exist.")
    var output: String

    @OptionGroup var registry: RegistryOptions

    @OptionGroup var provider: ProviderOptions

    func run() async throws {
        let context = try ToolContext.required()
        let reference = try ArtifactURL(url).reference
        let path = LocalPath(output)
        let target = try await BlockingPool.shared.run { try path.directory() }
        context.action("pulling artifact from \(reference.url)")
        let session = try registry.session(for: reference.repository, context)
        var fetched = try await session.manifest(reference)
        if case .index(let index) = fetched.document, let child = index.defaultManifest {
            fetched = try await session.manifest(reference.pinned(to: child.digest))
        }
        let layer = try Self.layer(of: fetched.document, reference)
        let limits = ArtifactLimits()
        let progress = TransferProgress("pulling", total: layer.size, context)
        let download = BlobDownload(
            directory: context.temporaryDirectory,
            limit: limits.compressedBytes,
            progress: { progress.update($0) }
        )
        let file = try await download.fetch(layer, of: reference.repository, session)
        progress.finish()
        _ = try await BlockingPool.shared.run {
            try ArchiveExtractor(limits: limits).extract(file: file, into: target)
        }
        report(fetched, context)
    }

    private func report(_ fetched: FetchedManifest, _ context: ToolContext) {
        let annotations = fetched.document.annotations
        if let source = annotations[FluxArtifact.source] { context.success("source \(source)") }
        if let revision = annotations[FluxArtifact.revision] { context.success("revision \(revision)") }
        context.success("digest \(fetched.digest)")
        context.success("artifact content extracted to \(output)")
    }

    /// The layer with Flux's content, else with a Helm chart, else the first.
    static func layer(of document: ManifestDocument, _ reference: OCIReference) throws -> Descriptor {
        guard case .manifest(let manifest) = document else {
            throw ToolError(
                .artifact,
                "The artifact \(reference) is an index, and not exactly one of its manifests is for linux/amd64; "
                    + "name one of them by its digest"
            )
        }
        let known = [MediaType.fluxContent, MediaType.helmContent].lazy.compactMap { type in
            manifest.layers.first { $0.mediaType == type }
        }
        guard let layer = known.first ?? manifest.contentLayers.first else {
            throw ToolError(
                .artifact,
                "The artifact \(reference) has no layers with content, so there is nothing to unpack"
            )
        }
        return layer
    }
}
