import ArgumentParser
import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles

/// `sluice push artifact`
struct PushArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Pack a directory, a file or standard input and push it to a registry."
    )

    @Argument(help: "oci://registry/repository:tag")
    var url: String

    @Option(name: [.customShort("f"), .long], help: "The directory or file, or - for standard input.")
    var path: String?

    @Option(help: "Where the files come from, such as the repository's URL.")
    var source: String?

    @Option(help: "Their revision there, such as main@sha1:<commit>.")
    var revision: String?

    @Option(help: "Patterns to leave out, as in .gitignore, separated by commas; replaces the defaults.")
    var ignorePaths: [String] = []

    @Option(help: "Patterns to leave out besides the others.")
    var addIgnorePaths: [String] = []

    @Option(name: .shortAndLong, help: "An annotation as key=value; may be given several times.")
    var annotations: [String] = []

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @Flag(help: "Leave the time out, so that equal files give the same digest.")
    var reproducible = false

    @OptionGroup var registry: RegistryOptions

    @OptionGroup var provider: ProviderOptions

    func run() async throws {
        let context = try ToolContext.required()
        let reference = try target()
        let annotations = try allAnnotations()
        guard let path, !path.isEmpty else {
            throw ToolError(.usage, "--path is missing; name a directory, a file or - for standard input")
        }
        if output == nil { context.action("pushing artifact to \(reference.url)") }
        let packing = PushSource(path: path, ignorePaths: patterns)
        let layer = try await BlockingPool.shared.run { try packing.pack(context) }
        let contents = try FluxArtifact.contents(
            layer: layer.descriptor,
            diffID: layer.diffID,
            created: reproducible ? Timestamp(seconds: 0) : context.clock.now(),
            annotations: annotations
        )
        let session = try registry.session(for: reference.repository, context)
        let digest = try await push(contents, layer, to: reference, session, context)
        report(reference, digest, context)
    }

    private func push(
        _ contents: FluxArtifact.Contents,
        _ layer: PushSource.Layer,
        to reference: OCIReference,
        _ session: RegistrySession,
        _ context: ToolContext
    ) async throws -> Digest {
        let repository = reference.repository
        let progress = TransferProgress("pushing", total: layer.descriptor.size, context)
        defer { progress.finish() }
        let blob = layer.blobSource { progress.update($0) }
        _ = try await session.client.pushBlob(repository, blob, session.access)
        let config = BlobSource(contents.manifest.config, bytes: contents.config)
        _ = try await session.client.pushBlob(repository, config, session.access)
        return try await session.client.pushManifest(
            repository,
            contents.manifest.encode(),
            mediaType: contents.manifest.mediaType,
            tag: reference.effectiveTag,
            session.access
        )
    }

    private func report(_ reference: OCIReference, _ digest: Digest, _ context: ToolContext) {
        let pinned = OCIReference(repository: reference.repository, digest: digest)
        guard let output else { return context.success("artifact successfully pushed to \(pinned)") }
        context.standardOutput(
            output.render([
                "url": .string(pinned.url),
                "repository": .string(reference.repository.description),
                "tag": .string(reference.effectiveTag ?? ""),
                "digest": .string(digest.description),
            ])
        )
    }

    private func target() throws -> OCIReference {
        let reference = try ArtifactURL(url).reference
        if let digest = reference.digest {
            throw ToolError(.usage, "The URL names the digest \(digest), which only the push decides; name a tag")
        }
        return reference
    }

    private var patterns: [String] {
        let defaults = IgnoreDefaults.patterns
        return (ignorePaths.isEmpty ? defaults : ignorePaths.commaSeparated) + addIgnorePaths.commaSeparated
    }

    /// Custom ones win over those that the other flags make.
    private func allAnnotations() throws -> [String: String] {
        var result = [
            FluxArtifact.source: try required(source, "source", "the URL of the repository that the files come from"),
            FluxArtifact.revision: try required(revision, "revision", "the revision, such as main@sha1:<commit>"),
        ]
        for annotation in annotations {
            let parts = annotation.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ToolError(.usage, "The annotation '\(annotation)' cannot be read; write key=value")
            }
            result[String(parts[0])] = String(parts[1])
        }
        return result
    }

    private func required(_ value: String?, _ flag: String, _ meaning: String) throws -> String {
        guard let value, !value.isEmpty else {
            let note = "this version does not take it from git"
            throw ToolError(.usage, "--\(flag) is missing; give \(meaning) (\(note))")
        }
        return value
    }
}

extension [String] {
    /// The elements of lists that are written with commas.
    var commaSeparated: [String] { flatMap { $0.split(separator: ",").map(String.init) } }
}

extension PushSource.Layer {
    /// The layer for a registry client, read from the start for each attempt.
    func blobSource(_ progress: @escaping @Sendable (Int64) -> Void) -> BlobSource {
        let file = file
        return BlobSource(descriptor) {
            let position = FilePosition()
            return {
                let offset = position.value
                let piece = try await BlockingPool.shared.run { try file.read(upTo: 256 << 10, at: offset) }
                guard !piece.isEmpty else { return nil }
                position.value = offset + Int64(piece.count)
                progress(offset)
                return piece
            }
        }
    }
}
