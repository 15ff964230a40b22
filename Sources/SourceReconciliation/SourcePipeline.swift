import ArtifactStore
import ArtifactTrust
import ControllerRuntime
import CoreModel
import OCIDistribution
import SafeFiles
import SluiceAPI
import Synchronization

/// The walk of one source from its spec to a stored artifact: plan, resolve, verify, fetch, unpack, publish.
///
/// Each stage takes what the one before it has proven. A failure leaves the stored artifact as it was.
struct SourcePipeline: Sendable {
    private let context: SourceContext
    private let secrets: SecretReader

    init(_ context: SourceContext) {
        self.context = context
        secrets = SecretReader(client: context.client)
    }

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
            var (stage, revision) = progress.state
            // A full disk ends a fetch, but is not the registry's doing.
            if error is FileError { stage = .store }
            return .failed(StageFailure(stage: stage, revision: revision, underlying: error), artifact: stored)
        }
    }

    private func late(_ progress: WalkProgress, _ limit: Duration) -> String {
        "The stage \(progress.state.stage.rawValue) did not end within spec.timeout (\(GoDuration.format(limit))); "
            + "raise it or look at the registry"
    }

    private func walk(_ plan: SourcePlan, _ progress: WalkProgress) async throws -> SourceOutcome {
        progress.enter(.credentials)
        let access = try await SourceAccess.read(plan, from: secrets, context.cloud)

        progress.enter(.resolve)
        let resolved = try await resolve(plan, access.registry)
        progress.revision = resolved.revision
        if let artifact = plan.stored(at: resolved.revision), let kept = plan.keptTrust(under: access.trust) {
            return .unchanged(facts(plan, artifact, kept.verification))
        }

        progress.enter(.verify)
        let (verified, verification) = try await verify(resolved, access)
        if let artifact = plan.stored(at: resolved.revision) { return .unchanged(facts(plan, artifact, verification)) }

        let artifact = try await fetchAndPublish(plan, verified, access.registry, progress)
        return .published(facts(plan, artifact, verification))
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
        let verdict = try await verifier.verify(resolved, policy: policy)
        guard let verified = VerifiedRevision(verdict) else { throw RefusedRevision(message: verdict.description) }
        return (verified, SourceFacts.Verification(policy: policy.fingerprint, message: verdict.description))
    }

    private func fetchAndPublish(
        _ plan: SourcePlan,
        _ verified: VerifiedRevision,
        _ access: RegistryAccess,
        _ progress: WalkProgress
    ) async throws -> OCIRepository.Artifact {
        progress.enter(.fetch)
        let (manifest, layer) = try await chooseLayer(plan, verified, access)
        let sink = try IngestSink(context.store, ExpectedBlob(digest: layer.digest, size: layer.size))
        try await context.registry.fetchBlob(plan.repository, layer, access, into: sink)
        let blob = try await BlockingPool.shared.run { try sink.finish() }

        let (store, spec) = (context.store, plan.spec)
        progress.enter(.unpack)
        let staged = try await BlockingPool.shared.run {
            guard spec.layerSelector.operation == .extract else { return try store.stage(copying: blob) }
            return try store.stage(try store.unpack(blob), ignore: spec.ignore)
        }
        progress.enter(.store)
        // A reconcile that was given up must not publish after somebody was told that it failed.
        try Task.checkCancellation()
        let revision = verified.resolved.digest
        let (retention, now) = (context.settings.retention, context.clock.now())
        let published = try await BlockingPool.shared.run {
            let published = try store.publish(staged, for: plan.owner, revision: revision)
            _ = try store.collectGarbage(of: plan.owner, keeping: published.path, retention: retention, now: now)
            return published
        }
        return OCIRepository.Artifact(
            digest: published.digest,
            path: published.path.description,
            size: published.size,
            url: url(of: published.path.description),
            revision: verified.resolved.revision.description,
            lastUpdateTime: now,
            metadata: manifest.annotations
        )
    }

    /// The manifest that is meant (an index's default one) and its layer.
    private func chooseLayer(
        _ plan: SourcePlan,
        _ verified: VerifiedRevision,
        _ access: RegistryAccess
    ) async throws -> (Manifest, Descriptor) {
        let reference = verified.resolved.reference.pinned(to: verified.resolved.digest)
        var document = try await context.registry.manifest(plan.repository, verified.resolved.digest, access).document
        if case .index(let index) = document {
            let child = try LayerChoice.child(of: index, reference: "\(reference)")
            document = try await context.registry.manifest(plan.repository, child.digest, access).document
        }
        guard case .manifest(let manifest) = document else {
            throw LayerChoice.NoLayer(
                message: "\(reference) is an index of an index; name a manifest by spec.ref.digest"
            )
        }
        return (manifest, try LayerChoice.layer(of: manifest, plan.spec.layerSelector, reference: "\(reference)"))
    }

    private func facts(
        _ plan: SourcePlan,
        _ artifact: OCIRepository.Artifact,
        _ verification: SourceFacts.Verification?
    ) -> SourceFacts {
        SourceFacts(
            artifact: artifact,
            latestURL: url(of: ArtifactPath.latest(of: plan.owner).description),
            ignore: plan.spec.ignore,
            layerSelector: plan.spec.layerSelector,
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
    private let held = Mutex<(stage: SourceStage, revision: Revision?)>((.plan, nil))

    var state: (stage: SourceStage, revision: Revision?) { held.withLock { $0 } }

    var revision: Revision? {
        get { held.withLock { $0.revision } }
        set { held.withLock { $0.revision = newValue } }
    }

    func enter(_ stage: SourceStage) { held.withLock { $0.stage = stage } }
}

/// Feeds a transfer into the store; begins a new session when the registry cannot go on where the old one broke off.
private final class IngestSink: BlobSink, Sendable {
    private let store: ContentStore
    private let expected: ExpectedBlob
    private let session: Mutex<IngestSession>

    init(_ store: ContentStore, _ expected: ExpectedBlob) throws {
        self.store = store
        self.expected = expected
        session = Mutex(try store.ingest(expected))
    }

    var received: Int64 { current.received }
    func write(_ bytes: [UInt8]) throws { try current.write(bytes) }
    func reset() throws {
        let fresh = try store.ingest(expected)
        session.withLock { $0 = fresh }
    }
    func finish() throws -> IngestedBlob { try current.finish() }

    private var current: IngestSession { session.withLock { $0 } }
}
