import ArtifactTrust

/// What artifacts are held against.
enum ChosenPolicy: Sendable {
    /// One policy for all of them.
    case same(TrustPolicy)
    /// Those of a file's that are about the artifact.
    case file(PolicyFile, path: String)

    /// What lies in a layout belongs to no repository, and has to meet every policy of a file.
    /// - Throws: `ToolError.notVerified` where no policy is about the artifact; `TrustError` for one that is not valid.
    func policy(for location: ArtifactLocation) async throws -> TrustPolicy {
        switch self {
        case .same(let policy): return policy
        case .file(let file, let path):
            var rules: [TrustRule]
            if let repository = location.repository {
                rules = try await file.rules(for: repository)
            } else {
                rules = try await file.rules()
            }
            guard !rules.isEmpty else {
                throw ToolError(
                    .notVerified,
                    "\(location): no policy in '\(path)' is about this repository; add it to one's repositories"
                )
            }
            return try TrustPolicy(rules: rules)
        }
    }
}
