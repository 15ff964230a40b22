import ApplyReconciliation
import ArtifactServer
import ArtifactStore
import ControllerRuntime
import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import Logging
import Metrics
import OCIDistribution
import SafeFiles
import ServiceLifecycle
import SluiceAPI
import SourceReconciliation
import Synchronization
import SystemPackage
import ToolCommands
import UnixSignals

/// Everything that `sluice controller` runs, put together once at its start.
struct ControllerInstallation: Sendable, CustomStringConvertible {
    private let command: ControllerConfiguration
    private let logger: Logger
    private let client: KubeClient
    private let store: ContentStore
    private let recorder: EventRecorder
    private let sources: ReconciledKind
    private let kustomizations: ReconciledKind
    private let metrics: PrometheusRegistry
    private let transport: any HTTPTransport
    /// Whether the reconcilers run, which they do not on a standby.
    private let leads = Started()

    /// Says nothing of what it holds, which includes the environment.
    var description: String { "ControllerInstallation" }

    /// Opens the store and reads the cluster's configuration; connects to nothing yet.
    /// - Throws: `KubeError`, `StoreError` or `FileError` with what to change.
    init(_ configuration: ControllerConfiguration, transport: any HTTPTransport, logger: Logger) throws {
        command = configuration
        self.logger = logger
        metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        self.transport = transport
        client = try configuration.kubeClient(transport: transport, logger: logger)
        store = try ContentStore.open(FilePath(configuration.storagePath), limits: configuration.limits)
        recorder = EventRecorder(
            client: client,
            transport: transport,
            settings: configuration.events,
            clock: SystemWallClock(),
            logger: logger
        )
        sources = ReconciledKind(OCIRepository.type, backoff: configuration.backoff)
        kustomizations = ReconciledKind(Kustomization.type, backoff: configuration.backoff)
    }

    /// Serves and reconciles until SIGTERM or SIGINT, or until leadership is lost.
    func run() async throws {
        logger.info("sluice \(SluiceCommands.version) starts", metadata: ["storage": "\(command.storagePath)"])
        let servers = try servers()
        var configuration = ServiceGroupConfiguration(
            services: servers.map { .init(service: $0) } + [
                .init(service: recorder),
                // When the work ends, by shutdown or since the lease was lost, the process ends: a new one starts
                // clean.
                .init(
                    service: LeadingWork(installation: self),
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                ),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // Below a pod's usual grace period: what does not stop by itself is cut off while the Lease can be given back.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        configuration.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func servers() throws -> [any Service] {
        let served = ServedStore(store: store, sources: sources.cache)
        return [
            ListeningServer.artifacts(from: served, at: try ListenAddress(command.storageAddress), logger: logger),
            ListeningServer.metrics(at: try ListenAddress(command.metricsAddress), logger: logger) { metrics.render() },
            ListeningServer.health(
                at: try ListenAddress(command.healthAddress),
                logger: logger,
                liveness: { .healthy },
                // A standby that does not lead is as ready as it can be.
                readiness: {
                    !leads.isTrue || sources.cache.isFilled ? .healthy : .unhealthy("the first list is not read yet")
                }
            ),
        ]
    }

    /// The work of the leader.
    fileprivate func lead() async throws {
        guard command.usesLeaderElection else { return try await reconcile() }
        let elector = LeaderElector(
            client: client,
            settings: command.election,
            clock: SystemWallClock(),
            logger: logger
        )
        guard try await elector.lead({ try await reconcile() }) else { throw LostLeadership() }
    }

    private func reconcile() async throws {
        leads.set()
        let services: [any Service] = sourceServices() + applyServices()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            group.addTask { try await cancelWhenGracefulShutdown { try await removeOrphans() } }
            try await group.waitForAll()
        }
    }

    private func sourceServices() -> [any Service] {
        var settings = SourceContext.Settings(advertisedAddress: command.advertisedAddress)
        settings.retention = command.retention
        settings.jitter = command.jitter
        var context = SourceContext(
            client: client,
            cache: sources.cache,
            registry: RegistryClient(transport: transport, logger: logger),
            cloud: command.cloudAccess(transport: transport),
            store: store,
            recorder: recorder,
            clock: SystemWallClock(),
            logger: logger,
            settings: settings
        )
        context.trustedRoot = SharedTrustedRoot(command.trustedRoot(transport: transport))
        let mirrors = command.mirroredRoots(transport: transport)
        context.mirrors = mirrors
        let reconciler = SourceReconciler(context)
        let index = kustomizations.index
        let wake: @Sendable (ObjectKey) -> Void = { source in sources.queue.add(source) }
        let policies = PolicyServices(context, backoff: command.backoff, wake: wake)
        let watcher = sources.watcher(client, command.watch, logger) { change in
            guard let key = change.new?.key ?? change.old?.key else { return }
            policies.sourceChanged(change)
            if RequestedReconcile.isCalled(for: change) { sources.queue.add(key) }
            if change.new == nil {
                forget(key, sources, OCIRepository.kind)
                reconciler.forget(key)
            }
            if change.changesArtifact {
                for dependent in index.dependents(onSource: key) { kustomizations.queue.add(dependent) }
            }
        }
        let controller = Controller(
            queue: sources.queue,
            concurrency: command.concurrency,
            logger: logger,
            reconcile: reconciler.reconcile
        )
        let namespace = command.watch.namespace
        let references = context.references.watchers(namespace: namespace, logger: logger, onChange: wake)
        let roots = [
            context.trustedRoot.watcher(logger: logger, onChange: wake),
            mirrors.watcher(logger: logger, onChange: wake),
        ]
        return [watcher, controller] + references + policies.services(namespace: namespace) + roots.compactMap(\.self)
    }

    private func applyServices() -> [any Service] {
        var context = ApplyContext(
            client: client,
            kustomizations: kustomizations.cache,
            sources: sources.cache,
            store: store,
            recorder: recorder,
            clock: SystemWallClock(),
            logger: logger
        )
        context.settings = command.apply
        context.isCalledAgain = kustomizations.queue.isCalledAgain
        let (index, variables) = (kustomizations.index, context.variables)
        let watcher = kustomizations.watcher(client, command.watch, logger) { change in
            guard let key = change.new?.key ?? change.old?.key else { return }
            index.update(key, change.new.map(Kustomization.init))
            if RequestedReconcile.isCalled(for: change) { kustomizations.queue.add(key) }
            if change.new == nil {
                forget(key, kustomizations, Kustomization.kind)
                variables.forget(key)
            }
            if change.changesReadiness {
                for dependent in index.dependents(onKustomization: key) { kustomizations.queue.add(dependent) }
            }
        }
        let reconciler = ApplyReconciler(context)
        let controller = Controller(
            queue: kustomizations.queue,
            concurrency: command.concurrency,
            logger: logger
        ) { key in
            // What a Kustomization takes its artifact from has to be known before it is judged to be missing.
            guard (try? await sources.cache.waitUntilFilled()) != nil else { return .settled }
            return await reconciler.reconcile(key)
        }
        let references = variables.watchers(namespace: command.watch.namespace, logger: logger) { dependent in
            kustomizations.queue.add(dependent)
        }
        return [watcher, controller] + references
    }

    private func forget(_ key: ObjectKey, _ kind: ReconciledKind, _ name: String) {
        kind.queue.forget(key)
        metrics.remove(labels: [("kind", name), ("name", key.name), ("namespace", key.namespace)])
    }

    /// Artifacts of objects that were deleted while nobody watched.
    private func removeOrphans() async throws {
        guard command.watch.isWhole, (try? await sources.cache.waitUntilFilled()) != nil else { return }
        let live = Set(
            sources.cache.all.compactMap { object in
                try? ArtifactOwner(kind: OCIRepository.kind, namespace: object.namespace, name: object.name)
            }
        )
        let store = store
        let removed = try await BlockingPool.shared.run { try store.removeOrphans(live: live) }
        if !removed.isEmpty { logger.info("removed the artifacts of \(removed.count) objects that are gone") }
    }
}

/// The leader's work as one service of the process.
private struct LeadingWork: Service, CustomStringConvertible {
    let installation: ControllerInstallation

    /// The service group logs its services: they must not spill the configuration, and with it the environment.
    var description: String { "LeadingWork" }

    func run() async throws { try await installation.lead() }
}

/// Another process has the Lease now: whatever this one still does is not its to do.
struct LostLeadership: ModuleError {
    var message: String { "The lease was lost to another replica; this process ends so that a new one can stand by" }
    var cause: (any Error)? { nil }
    var kind: FailureKind { .transient }
}

/// Whether something has begun.
private final class Started: Sendable {
    private let value = Atomic(false)

    var isTrue: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
