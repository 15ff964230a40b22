package import OCIDistribution

/// Verifies artifacts against trust policies.
package struct ArtifactVerifier: Sendable {
    private let source: any SignatureSource

    package init(source: any SignatureSource) { self.source = source }

    /// Finds the artifact's signatures and holds them against the policy.
    ///
    /// Signatures are examined until every rule of the policy holds. Whatever the registry holds, a missing, malformed
    /// or wrong signature is a refusal with its reason.
    /// - Throws: `TrustError.undecided` when something failed that could have hidden the signature that counts.
    package func verify(_ subject: TrustSubject, policy: TrustPolicy, at context: TrustContext) async throws
        -> TrustVerdict
    {
        try await TrustVerification(source: source, subject: subject, policy: policy, context: context).verdict()
    }

    /// Verifies what a registry's reference led to.
    package func verify(_ resolved: ResolvedRevision, policy: TrustPolicy, at context: TrustContext) async throws
        -> TrustVerdict
    {
        try await verify(TrustSubject(resolved), policy: policy, at: context)
    }
}
