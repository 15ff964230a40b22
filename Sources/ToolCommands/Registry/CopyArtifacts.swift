import ArgumentParser
import CoreModel
import ManifestTree
import OCIDistribution

/// `sluice copy SRC DST`
struct CopyArtifacts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy an artifact, with its signatures and referrers, between registries and layouts on a disk.",
        discussion: """
            Bytes and digests stay as they are. Either place is oci://registry/repository[:tag][@digest] or \
            oci-layout:PATH[:tag][@digest]; a layout is made where there is none. Without a tag of its own, the copy \
            gets the tag of what is copied. What is there already is not sent again, and the tag is set last, so that \
            a copy that was interrupted can just be started again.
            """
    )

    @Argument(help: "What to copy.")
    var source: String

    @Argument(help: "Where to.")
    var destination: String

    @Flag(help: "Copy everything that has a tag, under the same tags.")
    var allTags = false

    @Option(help: "Of an index, copy only the manifest for os/architecture[/variant].")
    var platform: PlatformArgument?

    @Flag(inversion: .prefixedNo, help: "Copy signatures and whatever else refers to the artifact.")
    var referrers = true

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup(title: "Source and destination") var sides: CopySideOptions

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required()
        let (from, to) = (try ArtifactLocation(source), try ArtifactLocation(destination))
        try check(from, to)
        let progress = TransferProgress("copying", total: 0, context)
        var options = ArtifactCopier.Options()
        options.platform = platform?.platform
        options.includesReferrers = referrers
        options.progress = { progress.update($0.done, of: $0.total) }
        let copier = ArtifactCopier(
            from: try from.repository(sides.source(registry), context),
            to: try to.repository(sides.destination(registry), context),
            options
        )
        if output == nil { context.action("copying \(from.url) to \(to.url)") }
        defer { progress.finish() }
        let copies = try await copies(copier, from, to)
        progress.finish()
        report(copies, copier.summary, (from, to), context)
    }

    /// One artifact at its destination.
    struct Copy {
        let tag: String?
        let manifest: FetchedManifest
    }

    private func copies(
        _ copier: ArtifactCopier,
        _ from: ArtifactLocation,
        _ to: ArtifactLocation
    ) async throws -> [Copy] {
        guard !allTags else {
            return try await copier.copyAllTags().map { Copy(tag: $0.tag, manifest: $0.manifest) }
        }
        let tag = to.tag ?? from.effectiveTag
        if tag == nil, case .layout = to.place {
            throw ToolError(.usage, "The layout '\(to)' offers artifacts by their tags; write \(to):TAG")
        }
        return [Copy(tag: tag, manifest: try await copier.copy(from.target, as: tag))]
    }

    private func check(_ from: ArtifactLocation, _ to: ArtifactLocation) throws {
        if let digest = to.digest {
            throw ToolError(.usage, "The destination names the digest \(digest), which the source decides; name a tag")
        }
        guard allTags, from.tag != nil || from.digest != nil || to.tag != nil else { return }
        throw ToolError(.usage, "--all-tags copies whole repositories; leave tags and digests out of both places")
    }

    private func report(
        _ copies: [Copy],
        _ summary: CopySummary,
        _ places: (from: ArtifactLocation, to: ArtifactLocation),
        _ context: ToolContext
    ) {
        if let output {
            var tree = summary.tree
            tree["source"] = .string(places.from.url)
            tree["destination"] = .string(places.to.url)
            tree["artifacts"] = .list(copies.map(\.tree))
            return context.standardOutput(output.render(tree))
        }
        for copy in copies {
            let name = places.to.name + (copy.tag.map { ":\($0)" } ?? "")
            context.success("\(name) is \(copy.manifest.digest)")
        }
        context.success(summary.sentence)
    }
}

/// The flags that differ between the two sides of a copy.
struct CopySideOptions: ParsableArguments {
    @Option(help: "Credentials for the source, instead of --creds.")
    var srcCreds: String?

    @Option(help: "Credentials for the destination, instead of --creds.")
    var dstCreds: String?

    @Option(help: "The provider to log in to the source with, instead of --provider.")
    var srcProvider: String?

    @Option(help: "The provider to log in to the destination with, instead of --provider.")
    var dstProvider: String?

    @Flag(help: "Allow plain HTTP for the source.")
    var srcInsecure = false

    @Flag(help: "Allow plain HTTP for the destination.")
    var dstInsecure = false

    func source(_ options: RegistryOptions) -> RegistryOptions {
        Self.side(options, creds: srcCreds, provider: srcProvider, insecure: srcInsecure)
    }

    func destination(_ options: RegistryOptions) -> RegistryOptions {
        Self.side(options, creds: dstCreds, provider: dstProvider, insecure: dstInsecure)
    }

    private static func side(
        _ options: RegistryOptions,
        creds: String?,
        provider: String?,
        insecure: Bool
    ) -> RegistryOptions {
        var options = options
        if let creds { options.creds = creds }
        if let provider { options.providers = [provider] }
        if insecure { options.insecureRegistry = true }
        return options
    }
}

extension CopyArtifacts.Copy {
    fileprivate var tree: Tree {
        var tree: Tree = [
            "digest": .string(manifest.digest.description), "mediaType": .string(manifest.document.mediaType),
        ]
        tree["tag"] = tag.map { .string($0) }
        return tree
    }
}

extension CopySummary {
    fileprivate var tree: Tree {
        [
            "manifests": .number(Tree.Number(manifests)), "attachments": .number(Tree.Number(attachments)),
            "blobs": [
                "uploaded": .number(Tree.Number(uploaded)), "mounted": .number(Tree.Number(mounted)),
                "existed": .number(Tree.Number(existed)), "bytes": .number(Tree.Number(Int(uploadedBytes))),
            ],
        ]
    }

    /// `sent 3 blobs (5.0 MB) and 2 manifests; 1 blob mounted, 4 there already; 1 signature or referrer`
    fileprivate var sentence: String {
        var text =
            "sent \(Self.count(uploaded, "blob")) (\(ByteCount(uploadedBytes))) and "
            + Self.count(manifests, "manifest")
        if mounted > 0 { text += "; \(Self.count(mounted, "blob")) mounted" }
        if existed > 0 { text += "; \(Self.count(existed, "blob")) there already" }
        if attachments > 0 {
            text += "; \(Self.count(attachments, "signature or other referrer", "signatures or other referrers"))"
        }
        return text
    }

    private static func count(_ number: Int, _ word: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? word : plural ?? word + "s")"
    }
}
