import ArgumentParser
import OCIDistribution
import SafeFiles

/// `sluice pull artifact`
struct PullArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Pull an artifact and unpack it into a directory.",
        discussion: """
            Takes the layer with the content of Flux or Helm, else the first that holds something. Archives (tar, \
            plain or packed by gzip or zstd) are told by their bytes; anything else is written as a file. The output \
            is only touched once everything is here, checked and unpacked.
            """
    )

    @Argument(help: "oci://registry/repository:tag or @digest, or oci-layout:PATH:tag")
    var url: String

    @Option(name: .shortAndLong, help: "The directory to unpack into; it has to exist.")
    var output: String

    @Flag(help: "Write the layers as they are, each as a file, instead of unpacking them.")
    var copy = false

    @OptionGroup var layers: LayerOptions

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required()
        let location = try ArtifactLocation(url)
        let path = LocalPath(output)
        let target = try await BlockingPool.shared.run { try path.directory() }
        context.action("pulling artifact from \(location.url)")
        let repository = try location.repository(registry, context)
        let content = try await registry.withinTimeout { [layers] in
            try await ArtifactContent.fetch(location.target, of: repository, layers, context)
        }
        try await BlockingPool.shared.run { [copy] in
            let scratch = try TemporaryDirectory(in: target)
            if copy {
                try content.copy(into: scratch.directory)
            } else {
                _ = try content.unpack(into: scratch.directory)
            }
            try TreeMerge(tree: scratch.directory, target: target).run()
            try scratch.remove()
        }
        report(content.selected, context)
    }

    private func report(_ selected: SelectedManifest, _ context: ToolContext) {
        if let source = selected.annotations[FluxArtifact.source] { context.success("source \(source)") }
        if let revision = selected.annotations[FluxArtifact.revision] { context.success("revision \(revision)") }
        context.success("digest \(selected.fetched.digest)")
        context.success(copy ? "artifact layers written to \(output)" : "artifact content extracted to \(output)")
    }
}
