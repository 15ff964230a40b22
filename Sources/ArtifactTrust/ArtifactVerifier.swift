package import OCIDistribution

/// Verifies resolved revisions against trust policies.
package struct ArtifactVerifier: Sendable {
    private let source: any SignatureSource

    package init(source: any SignatureSource) { self.source = source }

    /// Finds the revision's signatures and holds them against the policy.
    ///
    /// The first signature that satisfies the policy decides. Whatever the registry holds, a missing, malformed or
    /// wrong signature is a refusal with its reason.
    /// - Throws: `TrustError.undecided` when something failed that could have hidden the signature that counts.
    package func verify(_ resolved: ResolvedRevision, policy: TrustPolicy) async throws -> TrustVerdict {
        switch policy {
        case .cosignKeys(let policy):
            try await CosignVerification(source: source, resolved: resolved, policy: policy).verdict()
        }
    }
}
