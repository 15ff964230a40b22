package import CoreModel
package import OCIDistribution

/// What is verified: the digest that somebody has to have signed, and how messages speak of it.
package struct TrustSubject: Hashable, Sendable {
    package let digest: Digest
    /// What was asked for, such as `ghcr.io/acme/app:v1`.
    package let reference: String
    /// Where the artifact is; nil for one that is in no registry.
    package let repository: Repository?
    /// The tag that was asked for, with the digest.
    package let revision: Revision
    /// What a registry resolved, where it was one: only that can become a `VerifiedRevision`.
    package let resolved: ResolvedRevision?

    package init(_ resolved: ResolvedRevision) {
        digest = resolved.digest
        reference = resolved.reference.description
        repository = resolved.reference.repository
        revision = resolved.revision
        self.resolved = resolved
    }

    /// A manifest wherever it is; a verdict on it is told, and lets nothing pass.
    package init(_ digest: Digest, reference: String, repository: Repository?, tag: String?) {
        self.digest = digest
        self.reference = reference
        self.repository = repository
        revision = Revision(name: tag, digest: digest)
        resolved = nil
    }
}
