import ArgumentParser
import OCIDistribution

/// `sluice tag artifact`
struct TagArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "artifact", abstract: "Give an artifact more tags.")

    @Argument(help: "oci://registry/repository:tag or @digest, or oci-layout:PATH:tag")
    var url: String

    @Option(help: "A tag to set; may be given several times, or with commas.")
    var tag: [String] = []

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required()
        let location = try ArtifactLocation(url)
        guard !tag.commaSeparated.isEmpty else {
            throw ToolError(.usage, "--tag is missing; name at least one tag to set")
        }
        // Checked before the first is set.
        let targets = try tag.commaSeparated.map { try location.tagged($0) }
        context.action("tagging artifact")
        let repository = try location.repository(registry, context)
        try await registry.withinTimeout {
            let found = try await repository.manifest(location.target)
            for target in targets {
                try await repository.pushManifest(found.bytes, mediaType: found.document.mediaType, tag: target.tag)
                context.success("artifact tagged as \(target)")
            }
        }
    }
}
