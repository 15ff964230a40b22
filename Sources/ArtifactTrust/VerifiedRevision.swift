package import OCIDistribution

/// A revision that may be fetched: it was verified, or nobody asked for that.
///
/// Only this module makes one: from a verdict, which only verification makes, or on the record without a policy.
package struct VerifiedRevision: Hashable, Sendable {
    /// What the revision rests on.
    package enum Basis: Hashable, Sendable {
        /// No policy applied.
        case noPolicy
        /// A policy was satisfied.
        case verdict(TrustVerdict)
        /// A policy lets the revision pass without having verified it; it must not be presented as verified.
        case notEnforced(TrustVerdict)
    }

    package let resolved: ResolvedRevision
    package let basis: Basis

    /// The revision of a verdict that lets it pass; nil for a refusal, and for what no registry resolved.
    package init?(_ verdict: TrustVerdict) {
        guard let resolved = verdict.subject.resolved else { return nil }
        self.resolved = resolved
        switch verdict.outcome {
        case .verified: basis = .verdict(verdict)
        case .notEnforced: basis = .notEnforced(verdict)
        case .refused: return nil
        }
    }

    private init(unverified resolved: ResolvedRevision) {
        self.resolved = resolved
        basis = .noPolicy
    }

    /// Lets a revision pass because no policy applies to it, and records just that.
    package static func withoutPolicy(_ resolved: ResolvedRevision) -> VerifiedRevision {
        VerifiedRevision(unverified: resolved)
    }
}
