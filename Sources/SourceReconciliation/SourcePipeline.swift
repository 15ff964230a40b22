import ArtifactStore
import ArtifactTrust
import ControllerRuntime
import CoreModel
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

    private func late(_ progress: WalkProgress, _ limit: Duration) -> String {
        "The stage \(progress.state.stage.rawValue) did not end within spec.timeout (\(GoDuration.format(limit))); "
            + "raise it or look at the registry"
    }

    private func walk(_ plan: SourcePlan, _ progress: WalkProgress) async throws -> SourceOutcome {
        progress.enter(.credentials)
        let access = try await access(plan, progress)

        progress.enter(.resolve)
        let resolved = try await resolve(plan, access.registry)
        progress.revision = resolved.revision
        if let artifact = plan.stored(at: resolved.revision), let kept = plan.keptTrust(under: access.trust) {
            return .unchanged(facts(plan, artifact, kept.verification))
        }

        progress.enter(.verify)
        let (verified, verification) = try await verify(resolved, access)
        if let artifact = plan.stored(at: resolved.revision) { return .unchanged(facts(plan, artifact, verification)) }

        let (published, metadata) = try await SourceFetch(context, plan, access.registry).run(verified, progress)
        let artifact = OCIRepository.Artifact(
            digest: published.digest,
            path: published.path.description,
            size: published.size,
            url: url(of: published.path.description),
            revision: resolved.revision.description,
            lastUpdateTime: context.clock.now(),
            metadata: metadata
        )
        return .published(facts(plan, artifact, verification))
    }

    /// The keys come first: whatever else is missing, an artifact that they no longer stand for is not called verified.
    private func access(_ plan: SourcePlan, _ progress: WalkProgress) async throws -> SourceAccess {
        let secrets = SecretReader(context.references, for: plan.key)
        defer { secrets.finish() }
        let trust: TrustPolicy?
        do {
            trust = try await SourceAccess.trust(plan.spec, namespace: plan.key.namespace, from: secrets)
            if plan.isVerified, plan.keptTrust(under: trust) == nil { progress.openTrust() }
        } catch let error where error is SecretError || error is TrustError {
            if plan.isVerified { progress.openTrust() }
            throw error
        }
        var registry = try await SourceAccess.registry(plan, from: secrets, context.cloud)
        registry.maximumAge = plan.tolerance
        return SourceAccess(registry: registry, trust: trust)
    }

    /// The artifact that the status names, where the store still has its bytes.
    private func intactArtifact(
        of source: OCIRepository,
        _ progress: WalkProgress
    ) async throws -> OCIRepository.Artifact? {
        progress.enter(.store)
        guard var artifact = source.artifact, artifact.size >= 0, let path = try? ArtifactPath(artifact.path) else {
            return nil
        }
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

    private func verify(
        _ resolved: ResolvedRevision,
        _ access: SourceAccess
    ) async throws -> (VerifiedRevision, SourceFacts.Verification?) {
        guard let policy = access.trust else { return (.withoutPolicy(resolved), nil) }
        let repository = RegistryRepository(
            client: context.registry,
            repository: resolved.repository,
            access: access.registry
        )
        let verifier = ArtifactVerifier(source: RepositorySignatureSource(repository))
        let verdict = try await verifier.verify(resolved, policy: policy, at: TrustContext(now: context.clock.now()))
        guard let verified = VerifiedRevision(verdict) else { throw RefusedRevision(message: verdict.description) }
        return (verified, SourceFacts.Verification(policy: policy.fingerprint, message: verdict.description))
    }

    private func facts(
        _ plan: SourcePlan,
        _ artifact: OCIRepository.Artifact,
        _ verification: SourceFacts.Verification?
    ) -> SourceFacts {
        SourceFacts(
            artifact: artifact,
            latestURL: url(of: ArtifactPath.latest(of: plan.owner).description),
            content: plan.content,
            verification: verification
        )
    }

    /// As Flux composes it: an address with a scheme is taken as it is.
    private func url(of path: String) -> String {
        let address = context.settings.advertisedAddress
        let hasScheme = address.hasPrefix("http://") || address.hasPrefix("https://")
        return "\(hasScheme ? "" : "http://")\(address)/\(path)"
    }
}

/// Signatures were looked at, and they do not satisfy the policy.
struct RefusedRevision: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    // Signatures may be pushed at any time.
    var kind: FailureKind { .transient }
}

/// Where a walk is, for whoever has to tell how it ended.
final class WalkProgress: Sendable {
    struct State: Sendable {
        var stage = SourceStage.plan
        var revision: Revision?
        var isTrustOpen = false
    }

    private let held = Mutex(State())

    var state: State { held.withLock { $0 } }

    var revision: Revision? {
        get { state.revision }
        set { held.withLock { $0.revision = newValue } }
    }

    func enter(_ stage: SourceStage) { held.withLock { $0.stage = stage } }

    /// What is stored has not been verified by the keys that count now.
    func openTrust() { held.withLock { $0.isTrustOpen = true } }

    /// The end of the walk where it is.
    func failure(_ error: any Error) -> StageFailure {
        let state = state
        return StageFailure(
            stage: state.stage,
            revision: state.revision,
            isTrustOpen: state.isTrustOpen,
            underlying: error
        )
    }
}
