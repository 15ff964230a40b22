import OCIDistribution
import OCILayout

/// The places that a command with many artifacts reads: one client for all of them, so that what it learns of a
/// registry is learnt once, and one login for each registry.
struct RepositoryAccess: Sendable {
    private let client: RegistryClient
    private let accesses: [String: RegistryAccess]

    /// - Throws: as `RegistryOptions.session`.
    init(_ locations: [ArtifactLocation], _ options: RegistryOptions, _ context: ToolContext) throws {
        client = options.client(context)
        var accesses: [String: RegistryAccess] = [:]
        for location in locations {
            guard let repository = location.repository, accesses[repository.registry] == nil else {
                continue
            }
            accesses[repository.registry] = try options.access(to: repository, context)
        }
        self.accesses = accesses
    }

    /// - Throws: `ToolError` for a place that was not named at the beginning.
    func repository(_ location: ArtifactLocation) throws -> any ArtifactRepository {
        switch location.place {
        case .layout(let path): return ImageLayout(path)
        case .registry(let repository):
            guard let access = accesses[repository.registry] else {
                throw ToolError(
                    .usage,
                    "Nothing was set up for the registry of '\(location)'; name it at the beginning"
                )
            }
            return RegistryRepository(client: client, repository: repository, access: access)
        }
    }
}
