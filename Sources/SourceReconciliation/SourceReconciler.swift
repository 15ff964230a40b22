package import ArtifactStore
package import ControllerRuntime
package import CoreModel
package import KubeClient
package import KubeModel
package import Logging
package import OCIDistribution
import SafeFiles
import SluiceAPI

/// What the reconciliation of sources works with.
package struct SourceContext: Sendable {
    package var client: KubeClient
    package var cache: ObjectCache
    package var registry: RegistryClient
    package var cloud: CloudAccess
    package var store: ContentStore
    package var recorder: EventRecorder
    package var clock: any WallClock
    package var logger: Logger
    package var settings: Settings
    /// What sources name; whoever runs reconciles runs its watchers too.
    package let references: SourceReferences
    /// The policies that sources have to satisfy besides their own.
    package let policies = SourcePolicies()
    /// The controller's own root for keyless signatures.
    package var trustedRoot = SharedTrustedRoot(nil)
    /// The roots that Secrets name TUF repositories for; nil where no folder remembers what was trusted of them.
    package var mirrors: MirroredRoots?
    let trustMemo = TrustMemo()
    let firstSeen = FirstSeenMemory()
    let shared = SharedContent()
    let outages = RegistryOutages()

    package struct Settings: Sendable {
        /// `host[:port]` or a URL, put before the path of every artifact.
        package var advertisedAddress: String
        package var retention = Retention()
        package var jitter = IntervalJitter(percent: 5)

        package init(advertisedAddress: String) {
            self.advertisedAddress = advertisedAddress
        }
    }

    package init(
        client: KubeClient,
        cache: ObjectCache,
        registry: RegistryClient,
        cloud: CloudAccess,
        store: ContentStore,
        recorder: EventRecorder,
        clock: any WallClock,
        logger: Logger,
        settings: Settings
    ) {
        (self.client, self.cache, self.registry, self.store) = (client, cache, registry, store)
        self.cloud = cloud
        (self.recorder, self.clock, self.logger, self.settings) = (recorder, clock, logger, settings)
        references = SourceReferences(client: client)
    }
}

/// Keeps one stored artifact for every OCIRepository.
package struct SourceReconciler: Sendable {
    private let context: SourceContext
    private let writer: ObjectWriter
    private let pipeline: SourcePipeline

    package init(_ context: SourceContext) {
        self.context = context
        writer = ObjectWriter(client: context.client, type: OCIRepository.type, cache: context.cache)
        pipeline = SourcePipeline(context)
    }

    /// Brings one object to where it should be. Never throws: what failed is in the status, or is logged where the
    /// status itself could not be written.
    package func reconcile(_ key: ObjectKey) async -> ReconcileOutcome {
        guard let object = context.cache[key] else {
            forget(key)
            return .settled
        }
        do {
            return try await reconcile(OCIRepository(object))
        } catch {
            if Task.isCancelled { return .settled }
            context.logger.error(
                "the OCIRepository could not be written",
                metadata: ["error": "\(error)", "name": "\(key.name)", "namespace": "\(key.namespace)"]
            )
            return .failed(atLeast: .zero)
        }
    }

    private func reconcile(_ source: OCIRepository) async throws -> ReconcileOutcome {
        var object = source.object
        if object.isBeingDeleted {
            try await remove(source)
            try await writer.removeFinalizer(from: object)
            return .settled
        }
        if !object.finalizers.contains(ObjectWriter.finalizer) { object = try await writer.addFinalizer(to: object) }
        let source = OCIRepository(object)
        if source.isSuspended { return try await holdBack(source) }
        let started = context.clock.now()
        let outcome = await pipeline.run(source)
        // Work that was cut off by a shutdown has nothing to tell.
        if Task.isCancelled { return .settled }
        return try await settle(source, outcome, started: started)
    }

    /// A suspended source is left as it is, but for the claim that it is verified where that holds no longer.
    private func holdBack(_ source: OCIRepository) async throws -> ReconcileOutcome {
        let failure: StageFailure?
        do {
            failure = try await pipeline.lostTrust(ofSuspended: source)
        } catch {
            if Task.isCancelled { return .settled }
            context.logger.error(
                "it cannot be told whether the suspended source is still to be trusted",
                metadata: [
                    "error": "\(error)", "name": "\(source.object.name)", "namespace": "\(source.object.namespace)",
                ]
            )
            return .failed(atLeast: .zero)
        }
        guard let failure, !Task.isCancelled else { return .settled }
        let (status, event) = SourceStatusReducer.distrust(source, failure, now: context.clock.now())
        _ = try await writer.write(status: status, of: source.object)
        context.recorder.record(event)
        return .settled
    }

    /// Ends every interest in an object that is gone.
    package func forget(_ key: ObjectKey) {
        context.references.forget(key)
        context.trustedRoot.forget(key)
        context.mirrors?.keep(only: [], for: key)
        context.firstSeen.forget(key)
        context.outages.forget(key)
    }

    /// Nobody is served the artifacts of an object that is gone.
    private func remove(_ source: OCIRepository) async throws {
        let owner = try ArtifactOwner(source)
        let store = context.store
        try await BlockingPool.shared.run { try store.removeObject(owner) }
    }

    private func settle(_ source: OCIRepository, _ outcome: SourceOutcome, started: Timestamp) async throws
        -> ReconcileOutcome
    {
        let interval = (try? source.spec().interval) ?? .seconds(60)
        let reducer = SourceStatusReducer(interval: context.settings.jitter.apply(to: interval), retryAfter: .zero)
        let now = context.clock.now()
        let reduction = reducer.reduce(source, outcome, now: now)
        log(source, outcome, took: now - started)
        if let status = reduction.status { _ = try await writer.write(status: status, of: source.object) }
        for event in context.outages.filter(reduction.events, of: source, outcome, now: now) {
            context.recorder.record(event)
        }
        ReconcileMetrics.record(source.object, kind: OCIRepository.kind, took: now - started)
        return reduction.outcome
    }

    private func log(_ source: OCIRepository, _ outcome: SourceOutcome, took: Duration) {
        var metadata: Logger.Metadata = [
            "controllerKind": "OCIRepository", "name": "\(source.object.name)",
            "namespace": "\(source.object.namespace)",
        ]
        switch outcome {
        case .unchanged(let facts):
            context.logger.debug(
                "artifact up-to-date with remote revision: '\(facts.artifact.revision)'",
                metadata: metadata
            )
        case .published(let facts):
            context.logger.info(
                "stored artifact with revision '\(facts.artifact.revision)' in \(took)",
                metadata: metadata
            )
        case .held(let held):
            context.logger.info("\(held.message)", metadata: metadata)
        case .failed(let failure, _):
            metadata["error"] = "\(failure.message)"
            context.logger.error("reconciliation failed at the stage \(failure.stage.rawValue)", metadata: metadata)
        }
    }
}

extension ArtifactOwner {
    /// The owner of a source's artifacts.
    init(_ source: OCIRepository) throws {
        try self.init(kind: OCIRepository.kind, namespace: source.object.namespace, name: source.object.name)
    }
}
