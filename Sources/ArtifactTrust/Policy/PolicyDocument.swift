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
        let reader = try PolicyReader(spec, at: path, known: Self.fields(selection))
        repositories = try Self.repositories(reader, selection)
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

    /// Which repositories a policy is about that cannot be read as a whole, so that a mistake in it opens nothing and
    /// closes no more than it has to; nil where that cannot be told either, and it could be about any.
    package static func repositories(ofUnreadable spec: Tree?) -> [RepositoryPattern]? {
        guard let reader = try? PolicyReader(spec, at: "spec", known: fields(.repositories)) else { return nil }
        return try? repositories(reader, .repositories)
    }

    private static func fields(_ selection: Selection) -> Set<String> {
        let known = TrustRequirements.fields.union(["threshold", "authorities"])
        return selection == .repositories ? known.union(["repositories"]) : known
    }

    private static func repositories(_ reader: PolicyReader, _ selection: Selection) throws -> [RepositoryPattern] {
        let patterns = try reader.strings("repositories", limit: 256).enumerated().map { index, text in
            do {
                return try RepositoryPattern(text)
            } catch {
                throw reader.error("repositories[\(index)]", "is no pattern: \(error)")
            }
        }
        if selection == .repositories, patterns.isEmpty {
            throw reader.error("repositories", "is empty; name at least one, as in 'ghcr.io/acme/**'")
        }
        return patterns
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
