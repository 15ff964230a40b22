import ArtifactStore
import ArtifactTrust
import ControllerRuntime
import CoreModel
import KubeClient
import KubeModel
import OCIDistribution
import SafeFiles
import SluiceAPI
import Synchronization

/// The walk of one source from its spec to a stored artifact: plan, resolve, verify, fetch, unpack, publish.
///
/// Each stage takes what the one before it has proven. A failure leaves the stored artifact as it was.
struct SourcePipeline: Sendable {
    private let context: SourceContext

    init(_ context: SourceContext) { self.context = context }

    /// Walks as far as it goes, within the spec's timeout.
    func run(_ source: OCIRepository) async -> SourceOutcome {
        let progress = WalkProgress()
        var stored: OCIRepository.Artifact?
        do {
            stored = try await intactArtifact(of: source, progress)
            progress.enter(.plan)
            let plan = try SourcePlan(source, stored: stored)
            try context.cloud.check(plan.spec)
            let limit = plan.spec.timeout
            return try await Deadline.run(within: limit, message: late(progress, limit)) {
                try await walk(plan, progress)
            }
        } catch {
            var failure = progress.failure(error)
            // A full disk ends a fetch, but is not the registry's doing.
            if error is FileError { failure.stage = .store }
            return .failed(failure, artifact: stored)
        }
    }

    /// Whether what is stored of a suspended source is still what its status calls verified. Secrets, roots and
    /// policies are looked at; the registry is not asked.
    /// - Returns: nil where it is; why it is not.
    /// - Throws: `KubeError` and others, where that cannot be told now.
    func lostTrust(ofSuspended source: OCIRepository) async throws -> StageFailure? {
        guard source.object.conditions.isTrue(SourceCondition.sourceVerified) else { return nil }
        let progress = WalkProgress()
        let stored = try await intactArtifact(of: source, progress)
        guard let plan = try? SourcePlan(source, stored: stored), plan.isVerified else { return nil }
        let limit = plan.spec.timeout
        return try await Deadline.run(within: limit, message: late(progress, limit)) {
            let secrets = SecretReader(context.references, for: plan.key)
            defer { secrets.finish() }
            progress.enter(.trust)
            do {
                _ = try await trust(plan, secrets, progress)
                guard progress.state.isTrustOpen else { return nil }
                return progress.failure(ChangedTrust(revision: stored?.revision ?? ""))
            } catch let error as UndecidedTrust {
                return progress.failure(error)
            }
        }
    }

    private func late(_ progress: WalkProgress, _ limit: Duration) -> String {
        guard context.policies.areListed else {
            return "failed to verify the signature using provider 'cosign': the verification policies of the cluster "
                + "could not be listed within spec.timeout (\(GoDuration.format(limit))), so nobody knows what has to "
                + "hold; look at the controller's log and its right to list \(VerificationPolicy.group)"
        }
        return
            "The stage \(progress.state.stage.rawValue) did not end within spec.timeout (\(GoDuration.format(limit))); "
            + "raise it or look at the registry"
    }

    private func walk(_ plan: SourcePlan, _ progress: WalkProgress) async throws -> SourceOutcome {
        let secrets = SecretReader(context.references, for: plan.key)
        defer { secrets.finish() }
        // Whom to trust comes first: whatever else is missing, an artifact that nobody vouches for any more is not
        // called verified.
        progress.enter(.trust)
        let trust = try await trust(plan, secrets, progress)
        progress.enter(.credentials)
        var registry = try await SourceAccess.registry(plan, from: secrets, context.cloud)
        registry.maximumAge = plan.tolerance

        progress.enter(.resolve)
        let resolved = try await resolve(plan, registry)
        progress.revision = resolved.revision
        let check = SourceVerification(context, plan, registry, trust)
        let seen = check.firstSeen(resolved)
        progress.firstSeen = seen
        let seal = TrustSeal(context.store)
        if let artifact = plan.stored(at: resolved.revision), let kept = plan.keptTrust(under: trust, seal) {
            return .unchanged(facts(plan, artifact, kept.verification, seen))
        }

        progress.enter(.verify)
        let (verified, verification): (VerifiedRevision, SourceFacts.Verification?)
        switch try await check.check(resolved, seen) {
        case .passes(let revision, let facts): (verified, verification) = (revision, facts)
        case .waits(let verdict, let until): return try await wait(verdict, until, check, plan, seen)
        }
        if let artifact = plan.stored(at: resolved.revision) {
            return .unchanged(facts(plan, artifact, verification, seen))
        }

        let (published, metadata) = try await SourceFetch(context, plan, registry).run(verified, progress)
        let artifact = OCIRepository.Artifact(
            digest: published.digest,
            path: published.path.description,
            size: published.size,
            url: url(of: published.path.description),
            revision: resolved.revision.description,
            lastUpdateTime: context.clock.now(),
            metadata: metadata
        )
        return .published(facts(plan, artifact, verification, seen))
    }

    /// A revision whose time has not come leaves what is stored in its place, as long as that is trusted itself.
    private func wait(
        _ verdict: TrustVerdict,
        _ until: Timestamp,
        _ check: SourceVerification,
        _ plan: SourcePlan,
        _ seen: FirstSeenRevisions?
    ) async throws -> SourceOutcome {
        let kept = try await check.trustInStored()
        let stored = plan.intact.flatMap { artifact in kept.map { facts(plan, artifact, $0.verification, seen) } }
        return .held(HeldRevision(verdict.subject.revision, verdict.description, until: until, stored, seen))
    }

    /// Whom the revision has to satisfy; nil for nobody.
    private func trust(_ plan: SourcePlan, _ secrets: SecretReader, _ progress: WalkProgress) async throws
        -> TrustPolicy?
    {
        do {
            try await context.policies.waitUntilListed()
            let trust = try await SourceTrust(plan, context, secrets).policy()
            if plan.isVerified, plan.keptTrust(under: trust, TrustSeal(context.store)) == nil { progress.openTrust() }
            return trust
        } catch let error as KubeError {
            // What the API server does not tell now is no verdict on anything.
            progress.enter(.credentials)
            throw error
        } catch {
            if plan.isVerified { progress.openTrust() }
            throw error
        }
    }

    /// The artifact that the status names, where the store still has its bytes. It has to be one of this very object
    /// and of the revision that it is said to be of: whoever else wrote the status must not borrow another's.
    private func intactArtifact(
        of source: OCIRepository,
        _ progress: WalkProgress
    ) async throws -> OCIRepository.Artifact? {
        progress.enter(.store)
        guard var artifact = source.artifact, artifact.size >= 0, let path = try? ArtifactPath(artifact.path),
            path.owner == (try? ArtifactOwner(source)), let digest = path.revision,
            digest == Revision(artifact.revision)?.digest
        else { return nil }
        let published = PublishedArtifact(path: path, digest: artifact.digest, size: artifact.size)
        let store = context.store
        let state = try await BlockingPool.shared.run { try store.verifyStored(published) }
        guard state == .intact else { return nil }
        artifact.url = url(of: artifact.path)
        return artifact
    }

    private func resolve(_ plan: SourcePlan, _ access: RegistryAccess) async throws -> ResolvedRevision {
        let repository = plan.repository
        switch plan.spec.reference {
        case .digest(let digest):
            return try await context.registry.resolve(OCIReference(repository: repository, digest: digest), access)
        case .tag(let tag):
            return try await context.registry.resolve(try OCIReference(repository: repository, tag: tag), access)
        case .semver(let range, let filter):
            let tags = try await context.registry.tags(repository, access)
            let tag = try ReferenceSelection.highest(of: tags, in: range, filter: filter, repository: repository)
            return try await context.registry.resolve(try OCIReference(repository: repository, tag: tag), access)
        }
    }

    private func facts(
        _ plan: SourcePlan,
        _ artifact: OCIRepository.Artifact,
        _ verification: SourceFacts.Verification?,
        _ seen: FirstSeenRevisions?
    ) -> SourceFacts {
        SourceFacts(
            artifact: artifact,
            latestURL: url(of: ArtifactPath.latest(of: plan.owner).description),
            content: plan.content,
            verification: verification,
            firstSeen: seen
        )
    }

    /// As Flux composes it: an address with a scheme is taken as it is.
    private func url(of path: String) -> String {
        let address = context.settings.advertisedAddress
        let hasScheme = address.hasPrefix("http://") || address.hasPrefix("https://")
        return "\(hasScheme ? "" : "http://")\(address)/\(path)"
    }
}

/// A suspended source was verified with what is no longer there.
struct ChangedTrust: ModuleError {
    let revision: String

    var message: String {
        "revision '\(revision)' was verified with keys, roots, policies or a repository that have changed while the "
            + "source is suspended; resume it, so that it is verified anew"
    }
    var cause: (any Error)? { nil }
    var kind: FailureKind { .waiting }
}

/// Where a walk is, for whoever has to tell how it ended.
final class WalkProgress: Sendable {
    struct State: Sendable {
        var stage = SourceStage.plan
        var revision: Revision?
        var isTrustOpen = false
        var firstSeen: FirstSeenRevisions?
    }

    private let held = Mutex(State())

    var state: State { held.withLock { $0 } }

    var revision: Revision? {
        get { state.revision }
        set { held.withLock { $0.revision = newValue } }
    }

    var firstSeen: FirstSeenRevisions? {
        get { state.firstSeen }
        set { held.withLock { $0.firstSeen = newValue } }
    }

    func enter(_ stage: SourceStage) { held.withLock { $0.stage = stage } }

    /// What is stored has not been verified by the policy that counts now.
    func openTrust() { held.withLock { $0.isTrustOpen = true } }

    /// The end of the walk where it is.
    func failure(_ error: any Error) -> StageFailure {
        let state = state
        return StageFailure(
            stage: state.stage,
            revision: state.revision,
            isTrustOpen: state.isTrustOpen,
            firstSeen: state.firstSeen,
            underlying: error
        )
    }
}
