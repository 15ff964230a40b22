import ArgumentParser
import SafeFiles

/// `sluice build artifact`: packs what `push artifact` would push, byte for byte.
struct BuildArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Pack a directory, a file or standard input into a tarball, as push artifact would push it."
    )

    @Option(name: .shortAndLong, help: "The directory or file, or - for standard input.")
    var path: String?

    @Option(name: .shortAndLong, help: "The file to write.")
    var output = "artifact.tgz"

    @OptionGroup var packing: PackingOptions

    func run() async throws {
        let context = try ToolContext.required()
        let source = try packing.source(path)
        let target = LocalPath(output)
        context.action("building artifact from \(source.path)")
        try await BlockingPool.shared.run {
            // Elsewhere first: the output may lie in the directory that is packed.
            let layer = try source.pack(context)
            try target.write(layer.file)
        }
        context.success("artifact created at \(output)")
    }
}
