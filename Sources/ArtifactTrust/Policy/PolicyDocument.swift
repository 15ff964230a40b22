package import ManifestTree
package import OCIDistribution

/// What a `VerificationPolicy` says, before the Secrets that it names are read. The kinds in a cluster, the inline
/// policy of a source and the tool's `--policy` are all read by this.
package struct PolicyDocument: Hashable, Sendable {
    /// Which repositories it is about; empty for an inline policy.
    package let repositories: [RepositoryPattern]
    private let threshold: Int?
    private let authorities: [AuthorityDocument]
    private let requirements: TrustRequirements

    /// Whether a policy says itself which repositories it is about.
    package enum Selection: Hashable, Sendable {
        /// It has to.
        case repositories
        /// It is part of an object that has one.
        case inline
    }

    /// - Parameter path: where the document is, which messages begin with.
    /// - Throws: `TrustError.invalidPolicy` with the field's path.
    package init(parsing spec: Tree?, at path: String = "spec", _ selection: Selection = .repositories) throws {
        var known = TrustRequirements.fields.union(["threshold", "authorities"])
        if selection == .repositories { known.insert("repositories") }
        let reader = try PolicyReader(spec, at: path, known: known)
        repositories = try reader.strings("repositories", limit: 256).enumerated().map { index, text in
            do {
                return try RepositoryPattern(text)
            } catch {
                throw reader.error("repositories[\(index)]", "is no pattern: \(error)")
            }
        }
        if selection == .repositories, repositories.isEmpty {
            throw reader.error("repositories", "is empty; name at least one, as in 'ghcr.io/acme/**'")
        }
        threshold = try reader.integer("threshold")
        authorities = try reader.maps("authorities", limit: TrustRule.authorityLimit, known: AuthorityDocument.fields)
            .map { try AuthorityDocument($0) }
        var names: Set<String> = []
        for authority in authorities where !names.insert(authority.name).inserted {
            throw reader.error("authorities", "has two of the name \(authority.name.quotedForMessage)")
        }
        if let threshold, !(1...max(1, authorities.count)).contains(threshold) || authorities.isEmpty {
            throw reader.error("threshold", "is \(threshold), and there are \(authorities.count) authorities")
        }
        requirements = try TrustRequirements(reader)
        if authorities.isEmpty, requirements == TrustRequirements() {
            throw reader.error("authorities", "is empty, and the policy asks for nothing else")
        }
    }

    /// Whether it is about a repository.
    package func covers(_ repository: Repository) -> Bool { repositories.contains { $0.matches(repository) } }

    /// Reads what it names, and makes a rule of it. All authorities have to vouch where no threshold is set.
    /// - Throws: `TrustError`, and what `material` throws.
    package func rule(named name: String, with material: some PolicyMaterial) async throws -> TrustRule {
        var resolved: [TrustAuthority] = []
        for authority in authorities { resolved.append(try await authority.resolved(with: material)) }
        return try TrustRule(
            name: name,
            authorities: resolved,
            threshold: threshold ?? resolved.count,
            requirements: requirements
        )
    }
}
