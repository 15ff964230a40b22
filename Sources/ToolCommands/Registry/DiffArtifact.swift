import ArgumentParser
import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles

/// `sluice diff artifact`
struct DiffArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Show how local files differ from an artifact.",
        discussion: """
            The trees are compared: names, contents, and which files can be run; how they are packed makes no \
            difference. The exit status is 0 when they are the same, 1 when they differ, and 2 when that cannot be told.
            """
    )

    @Argument(help: "oci://registry/repository:tag or @digest, or oci-layout:PATH:tag")
    var url: String

    @Option(help: "The directory or file to compare with, or - for standard input.")
    var path: String?

    @Option(name: .shortAndLong, help: "json or yaml: lists of paths instead of a readable diff.")
    var output: OutputFormat?

    @OptionGroup var packing: PackingOptions

    @OptionGroup var layers: LayerOptions

    @OptionGroup var registry: RegistryOptions

    private static let cannotTell = ExitCode(2)

    func run() async throws {
        let context = try ToolContext.required().quiet(if: output != nil)
        let isSame: Bool
        do {
            isSame = try await compare(context)
        } catch let error as any ModuleError {
            context.failure(error.description)
            throw Self.cannotTell
        }
        guard isSame else {
            throw ToolError(.differs, "the remote artifact contents differs from the local one")
        }
        if output == nil { context.success("no changes detected") }
    }

    private func compare(_ context: ToolContext) async throws -> Bool {
        let source = try packing.source(path)
        let location = try ArtifactLocation(url)
        let repository = try location.repository(registry, context)
        let content = try await registry.withinTimeout { [layers] in
            try await ArtifactContent.fetch(location.target, of: repository, layers, context)
        }
        return try await BlockingPool.shared.run { [output] in
            let scratch = try TemporaryDirectory(in: Directory.open(context.temporaryDirectory))
            _ = try content.unpack(into: scratch.directory)
            let tree = try source.tree(context)
            let comparison = TreeComparison(
                artifact: try TreeListing(scratch.directory),
                local: try TreeListing(tree.directory, leavingOut: tree.rules)
            )
            let report = DifferenceReport(
                comparison: comparison,
                differences: try comparison.differences(),
                artifact: location.url,
                local: source.path
            )
            if let output {
                let digest = content.selected.fetched.digest.description
                context.standardOutput(output.render(report.tree(digest: digest)))
            } else {
                try report.writeText { context.write($0) }
            }
            return report.differences.isEmpty
        }
    }
}
