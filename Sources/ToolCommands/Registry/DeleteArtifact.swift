import ArgumentParser
import OCIDistribution

/// `sluice delete artifact`
struct DeleteArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Take a tag away, or an artifact with every tag on it.",
        discussion: "The registry frees the space of the content when it collects its garbage."
    )

    @Argument(help: "oci://registry/repository:tag for the tag, or @digest for the artifact; or oci-layout:PATH:tag")
    var url: String

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required()
        let location = try ArtifactLocation(url)
        guard location.tag != nil || location.digest != nil else {
            throw ToolError(.usage, "The URL '\(url)' names no tag and no digest; say which artifact is meant")
        }
        context.action("deleting \(location.url)")
        let repository = try location.repository(registry, context)
        try await registry.withinTimeout { try await repository.delete(location.target) }
        context.success("deleted \(location)")
    }
}
