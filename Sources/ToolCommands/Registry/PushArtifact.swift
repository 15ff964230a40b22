import ArgumentParser
import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles

/// `sluice push artifact`
struct PushArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Pack a directory, a file or standard input and push it to a registry or an OCI layout."
    )

    @Argument(help: "oci://registry/repository:tag or oci-layout:PATH:tag")
    var url: String

    @Option(name: [.customShort("f"), .long], help: "The directory or file, or - for standard input.")
    var path: String?

    @Option(help: "Where the files come from, such as the repository's URL; else git's remote origin.")
    var source: String?

    @Option(help: "Their revision there, such as main@sha1:<commit>; else what git has checked out.")
    var revision: String?

    @Option(name: .shortAndLong, help: "An annotation as key=value; may be given several times.")
    var annotations: [String] = []

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @Flag(help: "Leave the time out, so that equal files give the same digest.")
    var reproducible = false

    @OptionGroup var packing: PackingOptions

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required().quiet(if: output != nil)
        let location = try target()
        let custom = try customAnnotations()
        let source = try packing.source(path)
        let annotations = try await allAnnotations(custom, source.path, context)
        if output == nil { context.action("pushing artifact to \(location.url)") }
        let layer = try await BlockingPool.shared.run { try source.pack(context) }
        let contents = try FluxArtifact.contents(
            layer: layer.descriptor,
            diffID: layer.diffID,
            created: reproducible ? Timestamp(seconds: 0) : context.clock.now(),
            annotations: annotations
        )
        let repository = try location.repository(registry, context)
        let digest = try await registry.withinTimeout { [tag = location.effectiveTag] in
            try await Self.push(contents, layer, to: repository, tag, context)
        }
        report(location, digest, context)
    }

    private static func push(
        _ contents: FluxArtifact.Contents,
        _ layer: PushSource.Layer,
        to repository: any ArtifactRepository,
        _ tag: String?,
        _ context: ToolContext
    ) async throws -> Digest {
        let progress = TransferProgress("pushing", total: layer.descriptor.size, context)
        defer { progress.finish() }
        _ = try await repository.pushBlob(layer.blobSource { progress.update($0) }, PushOptions())
        _ = try await repository.pushBlob(
            BlobSource(contents.manifest.config, bytes: contents.config),
            PushOptions()
        )
        let manifest = contents.manifest
        return try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: tag)
    }

    private func report(_ location: ArtifactLocation, _ digest: Digest, _ context: ToolContext) {
        let pinned = location.pinned(to: digest)
        guard let output else { return context.success("artifact successfully pushed to \(pinned)") }
        context.standardOutput(
            output.render([
                "url": .string(pinned.url),
                "repository": .string(location.name),
                "tag": .string(location.effectiveTag ?? ""),
                "digest": .string(digest.description),
            ])
        )
    }

    private func target() throws -> ArtifactLocation {
        let location = try ArtifactLocation(url)
        if let digest = location.digest {
            throw ToolError(.usage, "The URL names the digest \(digest), which only the push decides; name a tag")
        }
        return location
    }

    /// Custom ones win over those that the other flags make.
    private func allAnnotations(
        _ custom: [String: String],
        _ path: String,
        _ context: ToolContext
    ) async throws -> [String: String] {
        let given = ArtifactOrigin(
            source: custom[FluxArtifact.source] ?? source.flatMap { $0.isEmpty ? nil : $0 },
            revision: custom[FluxArtifact.revision] ?? revision.flatMap { $0.isEmpty ? nil : $0 }
        )
        let origin = try await BlockingPool.shared.run { try given.completed(for: path, context) }
        let ours = [FluxArtifact.source: origin.source, FluxArtifact.revision: origin.revision]
        return ours.merging(custom) { $1 }
    }

    private func customAnnotations() throws -> [String: String] {
        var result: [String: String] = [:]
        for annotation in annotations {
            let parts = annotation.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ToolError(.usage, "The annotation '\(annotation)' cannot be read; write key=value")
            }
            result[String(parts[0])] = String(parts[1])
        }
        return result
    }
}
