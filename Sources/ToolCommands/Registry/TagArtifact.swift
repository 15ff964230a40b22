import ArgumentParser
import OCIDistribution

/// `sluice tag artifact`
struct TagArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "artifact", abstract: "Give an artifact more tags.")

    @Argument(help: "oci://registry/repository:tag or @digest")
    var url: String

    @Option(help: "A tag to set; may be given several times, or with commas.")
    var tag: [String] = []

    @OptionGroup var registry: RegistryOptions

    @OptionGroup var provider: ProviderOptions

    func run() async throws {
        let context = try ToolContext.required()
        let reference = try ArtifactURL(url).reference
        let tags = tag.commaSeparated
        guard !tags.isEmpty else { throw ToolError(.usage, "--tag is missing; name at least one tag to set") }
        // Checked before the first is set.
        let targets = try tags.map { try OCIReference(repository: reference.repository, tag: $0) }
        context.action("tagging artifact")
        let session = try registry.session(for: reference.repository, context)
        for (tag, target) in zip(tags, targets) {
            try await session.client.tag(reference, as: tag, session.access)
            context.success("artifact tagged as \(target)")
        }
    }
}
