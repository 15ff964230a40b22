package import ArtifactStore
import ClusterApply
package import ControllerRuntime
package import CoreModel
package import KubeClient
package import KubeModel
package import Logging
import SluiceAPI

/// What the reconciliation of Kustomizations works with.
package struct ApplyContext: Sendable {
    package var client: KubeClient
    package var kustomizations: ObjectCache
    /// The OCIRepositories.
    package var sources: ObjectCache
    package var store: ContentStore
    package var recorder: EventRecorder
    package var clock: any WallClock
    package var logger: Logger
    package var settings = Settings()
    /// What Kustomizations take variables from; whoever runs reconciles runs its watchers too.
    package let variables: VariableReferences
    /// Whether a Kustomization that is being reconciled has changed, or what it depends on, so that to wait on for the
    /// health of what is outdated is in vain.
    package var isCalledAgain: @Sendable (ObjectKey) -> Bool = { _ in false }

    package struct Settings: Sendable {
        /// Objects of one Kustomization that are applied at once.
        package var concurrency = 8
        package var dependencyInterval: Duration = .seconds(30)
        package var jitter = IntervalJitter(percent: 5)
        /// Acts for Kustomizations that name no service account; empty for the controller itself.
        package var defaultServiceAccount = ""
        package var allowsCrossNamespaceReferences = true
        /// Field managers whose fields are taken over besides kubectl's.
        package var overriddenManagers: [String] = []
        /// Whether a variable of `spec.postBuild` that is not set and has no default is an error, and not empty.
        package var substitutesStrictly = true
        /// Kinds that are applied before the rest.
        package var customStage: Set<GroupKind> = []

        package init() {}
    }

    package init(
        client: KubeClient,
        kustomizations: ObjectCache,
        sources: ObjectCache,
        store: ContentStore,
        recorder: EventRecorder,
        clock: any WallClock,
        logger: Logger
    ) {
        (self.client, self.kustomizations, self.sources, self.store) = (client, kustomizations, sources, store)
        (self.recorder, self.clock, self.logger) = (recorder, clock, logger)
        variables = VariableReferences(client: client)
    }
}

/// Keeps the objects of every Kustomization applied.
package struct ApplyReconciler: Sendable {
    private let context: ApplyContext
    private let writer: ObjectWriter
    private let appliers: ApplierPool

    package init(_ context: ApplyContext) {
        self.context = context
        writer = ObjectWriter(client: context.client, type: Kustomization.type, cache: context.kustomizations)
        appliers = ApplierPool(client: context.client, settings: context.settings)
    }

    /// Brings one object to where it should be. Never throws: what failed is in the status, or is logged where the
    /// status itself could not be written.
    package func reconcile(_ key: ObjectKey) async -> ReconcileOutcome {
        guard let object = context.kustomizations[key] else { return .settled }
        do {
            return try await reconcile(Kustomization(object))
        } catch {
            if Task.isCancelled { return .settled }
            context.logger.error(
                "the Kustomization could not be written",
                metadata: ["error": "\(error)", "name": "\(key.name)", "namespace": "\(key.namespace)"]
            )
            return .failed(atLeast: .zero)
        }
    }

    private func reconcile(_ kustomization: Kustomization) async throws -> ReconcileOutcome {
        var object = kustomization.object
        if object.isBeingDeleted {
            let removal = ApplyRemoval(context: context, appliers: appliers, writer: writer)
            return try await removal.run(kustomization)
        }
        if !object.finalizers.contains(ObjectWriter.finalizer) { object = try await writer.addFinalizer(to: object) }
        let kustomization = Kustomization(object)
        if kustomization.isSuspended { return .settled }
        let pipeline = ApplyPipeline(context: context, appliers: appliers, writer: writer)
        let (written, outcome) = await pipeline.run(kustomization)
        // Work that was cut off by a shutdown has nothing to tell; its inventory is recorded already.
        if Task.isCancelled { return .settled }
        return try await settle(Kustomization(written), outcome)
    }

    private func settle(_ kustomization: Kustomization, _ outcome: ApplyOutcome) async throws -> ReconcileOutcome {
        let spec = try? kustomization.spec()
        let interval = spec?.interval ?? .seconds(60)
        let reducer = ApplyStatusReducer(
            interval: context.settings.jitter.apply(to: interval),
            retryInterval: spec?.retryInterval ?? interval,
            dependencyInterval: context.settings.dependencyInterval
        )
        let now = context.clock.now()
        let reduction = reducer.reduce(kustomization, outcome, now: now)
        log(kustomization, outcome, took: now - outcome.progress.started)
        if let status = reduction.status { _ = try await writer.write(status: status, of: kustomization.object) }
        for event in reduction.events { context.recorder.record(event) }
        ReconcileMetrics.record(kustomization.object, kind: Kustomization.kind, took: now - outcome.progress.started)
        return reduction.outcome
    }

    private func log(_ kustomization: Kustomization, _ outcome: ApplyOutcome, took: Duration) {
        var metadata: Logger.Metadata = [
            "controllerKind": "Kustomization", "name": "\(kustomization.object.name)",
            "namespace": "\(kustomization.object.namespace)", "revision": "\(outcome.progress.revision ?? "")",
        ]
        guard let failure = outcome.failure else {
            let changes = outcome.progress.changes.mutations.count
            let level: Logger.Level = changes == 0 ? .debug : .info
            context.logger.log(level: level, "applied in \(took), \(changes) changes", metadata: metadata)
            return
        }
        metadata["error"] = "\(failure.message)"
        let isExpected = failure.kind == .waiting || failure.kind == .cancelled
        let level: Logger.Level = isExpected ? .info : .error
        context.logger.log(
            level: level,
            "reconciliation ended at the stage \(failure.stage.rawValue)",
            metadata: metadata
        )
    }
}
