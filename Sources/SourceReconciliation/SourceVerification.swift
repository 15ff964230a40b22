import ArtifactTrust
import CoreModel
import KubeModel
import OCIDistribution
import SluiceAPI

/// Holds the revision that the registry has against the policy of its source.
struct SourceVerification: Sendable {
    /// What became of the revision.
    enum Result: Sendable {
        /// It may be fetched; nil where nobody asks for a signature.
        case passes(VerifiedRevision, SourceFacts.Verification?)
        /// It may be looked at again at this time, and not be used before.
        case waits(TrustVerdict, until: Timestamp)
    }

    private let context: SourceContext
    private let plan: SourcePlan
    private let access: RegistryAccess
    /// Nil where nobody asks for a signature.
    private let policy: TrustPolicy?
    private var seal: TrustSeal { TrustSeal(context.store) }

    init(_ context: SourceContext, _ plan: SourcePlan, _ access: RegistryAccess, _ policy: TrustPolicy?) {
        (self.context, self.plan, self.access, self.policy) = (context, plan, access, policy)
    }

    /// What the status has to remember of when revisions were seen, this one among them; nil where no policy asks.
    func firstSeen(_ resolved: ResolvedRevision) -> FirstSeenRevisions? {
        guard policy?.rules.contains(where: { $0.requirements.minimumAge != nil }) ?? false else {
            context.firstSeen.forget(plan.key)
            return nil
        }
        return context.firstSeen.see(resolved.digest, by: plan, now: context.clock.now())
    }

    /// The verdict on what the registry resolved.
    /// - Throws: `RefusedRevision`; `TrustError` where it cannot be decided.
    func check(_ resolved: ResolvedRevision, _ seen: FirstSeenRevisions?) async throws -> Result {
        guard let policy else { return .passes(.withoutPolicy(resolved), nil) }
        let repository = RegistryRepository(client: context.registry, repository: resolved.repository, access: access)
        let moment = TrustContext(
            now: context.clock.now(),
            firstSeen: seen?.time(of: resolved.digest),
            isInUse: plan.isStored(resolved.digest)
        )
        let verifier = ArtifactVerifier(source: RepositorySignatureSource(repository))
        let verdict = try await verifier.verify(resolved, policy: policy, at: moment)
        if let verified = VerifiedRevision(verdict) {
            try await refuseDenied(within: resolved, policy, repository)
            let message = verdict.description
            let facts = SourceFacts.Verification(
                seal: try seal.seal(plan.claim(resolved.digest, policy, message)),
                message: message,
                isEnforced: verdict.isVerified
            )
            return .passes(verified, facts)
        }
        guard let until = verdict.passesAt, until > moment.now else {
            throw RefusedRevision(message: verdict.description)
        }
        return .waits(verdict, until: until)
    }

    /// A digest that a policy denies is not taken by way of an index either.
    /// - Throws: `RefusedRevision`; `RegistryError` where it cannot be told what the index leads to.
    private func refuseDenied(
        within resolved: ResolvedRevision,
        _ policy: TrustPolicy,
        _ repository: RegistryRepository
    ) async throws {
        // What the registry says of its type proves nothing; the content by its digest does.
        guard policy.deniesDigests else { return }
        let selected = try await repository.manifest(.digest(resolved.digest), plan.content.manifestSelector)
        guard let denial = policy.denial(of: selected.fetched.digest) else { return }
        throw RefusedRevision(
            message: "revision \(resolved.revision) may not be used: \(denial), which its index leads to"
        )
    }

    /// What the stored artifact's trust rests on while a newer revision waits; nil where nothing is stored. It is
    /// verified by its digest, unless it was under the very same policy.
    /// - Throws: `RefusedRevision` where it is not to be trusted any more; `TrustError`.
    func trustInStored() async throws -> KeptTrust? {
        guard let digest = plan.storedDigest else { return nil }
        if let kept = plan.keptTrust(under: policy, seal) { return kept }
        let reference = OCIReference(repository: plan.repository, digest: digest)
        let resolved = try await context.registry.resolve(reference, access)
        switch try await check(resolved, nil) {
        case .passes(_, let verification?): return .verified(verification)
        case .passes: return .noPolicy
        case .waits(let verdict, _): throw RefusedRevision(message: verdict.description)
        }
    }
}

/// Signatures were looked at, and they do not satisfy the policy.
struct RefusedRevision: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    // Signatures may be pushed at any time.
    var kind: FailureKind { .transient }
}
