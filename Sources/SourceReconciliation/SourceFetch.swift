import ArtifactStore
import ArtifactTrust
import CoreModel
import OCIDistribution
import SafeFiles
import SluiceAPI
import Synchronization

/// Brings the content of a verified revision into the store, under the name of its owner.
struct SourceFetch: Sendable {
    private let context: SourceContext
    private let plan: SourcePlan
    private let access: RegistryAccess
    private let limits: ArtifactLimits

    init(_ context: SourceContext, _ plan: SourcePlan, _ access: RegistryAccess) {
        self.context = context
        self.plan = plan
        self.access = access
        limits = plan.content.limits.tightening(context.store.limits)
    }

    /// Publishes the content, and gives the annotations that go with it.
    ///
    /// The manifest is asked for with the object's own credentials every time; that is its right to the layers. Only
    /// then it may get what another object has fetched, and only from the very same place: a registry that somebody
    /// else stands in for (another proxy, another authority) could name any digest in its manifests.
    func run(_ verified: VerifiedRevision, _ progress: WalkProgress) async throws -> (
        PublishedArtifact, [String: String]
    ) {
        progress.enter(.fetch)
        let revision = verified.resolved.digest
        let source = RegistryRepository(client: context.registry, repository: plan.repository, access: access)
        let selected = try await source.manifest(.digest(revision), plan.content.manifestSelector)
        let subject = "\(plan.repository)@\(selected.fetched.digest)"
        let layers = try plan.content.layers.layers(of: selected.manifest, subject: subject)
        let recipe = ContentRecipe(
            repository: plan.repository,
            profile: access.profile,
            plainHTTP: access.plainHTTP,
            layers: layers,
            content: plan.content
        )
        let published = try await context.shared.publish(recipe) { known in
            progress.enter(.store)
            return try await publish(contentOf: known, revision)
        } makingIt: {
            progress.enter(.fetch)
            let blobs = try await fetch(layers)
            progress.enter(.unpack)
            let staged = try await stage(layers, blobs)
            progress.enter(.store)
            return try await publish(staged, revision)
        }
        return (published, selected.annotations)
    }

    private func fetch(_ layers: [Descriptor]) async throws -> [IngestedBlob] {
        var left = limits.compressedBytes
        var blobs: [IngestedBlob] = []
        for layer in layers {
            let sink = try IngestSink(context.store, ExpectedBlob(digest: layer.digest, size: layer.size), limit: left)
            try await context.registry.fetchBlob(plan.repository, layer, access, into: sink)
            blobs.append(try await BlockingPool.shared.run { try sink.finish() })
            left -= layer.size
        }
        return blobs
    }

    private func stage(_ layers: [Descriptor], _ blobs: [IngestedBlob]) async throws -> StagedArtifact {
        let (store, content, limits) = (context.store, plan.content, limits)
        return try await BlockingPool.shared.run {
            if content.layerSelector.operation == .copy, let blob = blobs.first {
                return try store.stage(copying: blob)
            }
            let layers = zip(layers, blobs).map { SourceLayer($1, title: $0.annotations[LayerSelector.title]) }
            return try store.stage(try store.unpack(layers, within: limits), ignore: content.ignore)
        }
    }

    private func publish(_ staged: StagedArtifact, _ revision: Digest) async throws -> PublishedArtifact {
        let (store, owner) = (context.store, plan.owner)
        let published = try await named { try store.publish(staged, for: owner, revision: revision) }
        try await collectGarbage(keeping: published)
        return published
    }

    private func publish(contentOf known: PublishedArtifact, _ revision: Digest) async throws -> PublishedArtifact? {
        let (store, owner) = (context.store, plan.owner)
        let published = try await named { try store.publish(contentOf: known, for: owner, revision: revision) }
        if let published { try await collectGarbage(keeping: published) }
        return published
    }

    /// A reconcile that was given up must not publish after somebody was told that it failed.
    private func named<Result: Sendable>(_ publish: @escaping @Sendable () throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        return try await BlockingPool.shared.run { try publish() }
    }

    private func collectGarbage(keeping published: PublishedArtifact) async throws {
        let (store, owner, now) = (context.store, plan.owner, context.clock.now())
        let retention = context.settings.retention
        _ = try await BlockingPool.shared.run {
            try store.collectGarbage(of: owner, keeping: published.path, retention: retention, now: now)
        }
    }
}

/// Feeds a transfer into the store; begins a new session when the registry cannot go on where the old one broke off.
private final class IngestSink: BlobSink, Sendable {
    private let store: ContentStore
    private let expected: ExpectedBlob
    private let limit: Int64
    private let session: Mutex<IngestSession>

    init(_ store: ContentStore, _ expected: ExpectedBlob, limit: Int64) throws {
        self.store = store
        self.expected = expected
        self.limit = limit
        session = Mutex(try store.ingest(expected, limit: limit))
    }

    var received: Int64 { current.received }
    func write(_ bytes: [UInt8]) throws { try current.write(bytes) }
    func reset() throws {
        let fresh = try store.ingest(expected, limit: limit)
        session.withLock { $0 = fresh }
    }
    func finish() throws -> IngestedBlob { try current.finish() }

    private var current: IngestSession { session.withLock { $0 } }
}
