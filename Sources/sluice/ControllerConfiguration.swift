import ApplyReconciliation
import ArtifactStore
import ControllerRuntime
import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import Logging
import RegistryLogin
import SourceReconciliation
import ToolCommands

/// The controller's settings after flags, environment and defaults have been put together, each judged once.
struct ControllerConfiguration: Sendable {
    /// Which objects are watched.
    struct Watch: Sendable {
        /// Nil for all namespaces.
        let namespace: String?
        let labels: LabelSelector

        /// Nothing is left out, so that what is not seen does not exist.
        var isWhole: Bool { namespace == nil && labels == LabelSelector() }
    }

    let storagePath: String
    let storageAddress: String
    let advertisedAddress: String
    let metricsAddress: String
    let healthAddress: String
    let limits: ArtifactLimits
    let retention: Retention
    let jitter: IntervalJitter
    let concurrency: Int
    /// Between the attempts of what fails.
    let backoff: Backoff
    let apply: ApplyContext.Settings
    let watch: Watch
    let usesLeaderElection: Bool
    let election: LeaderElector.Settings
    let events: EventRecorder.Settings
    private let trust: TrustOptions
    private let login: LoginOptions
    private let environment: LoginEnvironment
    private let cluster: ClusterConfig.Source
    private let requestsInFlight: Int

    /// - Throws: `KubeModelError` for a bad selector, `ControllerConfigurationError` for a bad address.
    init(_ command: ControllerCommand, environment: [String: String]) throws {
        storagePath = command.storage.storagePath ?? environment["STORAGE_PATH"] ?? "/data"
        storageAddress = command.storage.storageAddr ?? environment["STORAGE_ADDRESS"] ?? ":9090"
        let advertised = command.storage.storageAdvAddr ?? environment["STORAGE_ADV_ADDR"] ?? ""
        advertisedAddress = Self.advertisedAddress(advertised, storageAddress, environment)
        metricsAddress = command.telemetry.metricsAddr ?? environment["METRICS_ADDR"] ?? ":8080"
        healthAddress = command.telemetry.healthAddr
        limits = ArtifactLimits(
            compressedBytes: command.storage.artifactMaxSize.bytes,
            uncompressedBytes: command.storage.artifactMaxUnpackedSize.bytes,
            entries: command.storage.artifactMaxFiles,
            ratio: command.storage.artifactMaxRatio
        )
        retention = Retention(
            age: command.storage.artifactRetentionTtl.duration,
            records: command.storage.artifactRetentionRecords
        )
        jitter = IntervalJitter(percent: command.reconciliation.intervalJitterPercentage)
        concurrency = command.reconciliation.concurrent
        let least = command.reconciliation.minRetryDelay.duration
        backoff = Backoff(least: least, most: max(command.reconciliation.maxRetryDelay.duration, least))
        apply = try Self.applySettings(command.reconciliation)
        let namespace = command.cluster.runtimeNamespace ?? environment["RUNTIME_NAMESPACE"] ?? "sluice-system"
        watch = Watch(
            namespace: command.cluster.watchAllNamespaces.isOn ? nil : namespace,
            labels: try LabelSelector(parsing: command.cluster.watchLabelSelector)
        )
        usesLeaderElection = command.election.enableLeaderElection.isOn
        let pod = environment["POD_NAME"] ?? environment["HOSTNAME"] ?? "sluice"
        election = Self.election(command.election, namespace: namespace, pod: pod)
        events = EventRecorder.Settings(
            controller: "sluice",
            instance: pod,
            address: try Self.eventsAddress(command.telemetry.eventsAddr ?? environment["EVENTS_ADDR"] ?? "")
        )
        trust = command.trust
        login = command.login
        self.environment = LoginEnvironment(environment)
        cluster = ClusterConfig.Source(
            kubeconfig: command.cluster.kubeconfig,
            context: command.cluster.context,
            environment: environment
        )
        requestsInFlight = command.reconciliation.kubeApiBurst
    }

    /// A client of the cluster that the flags and the environment name.
    /// - Throws: `KubeError`.
    func kubeClient(transport: any HTTPTransport, logger: Logger) throws -> KubeClient {
        var options = KubeClient.Options()
        options.requestsInFlight = max(4, requestsInFlight)
        options.userAgent = "sluice/\(SluiceCommands.version)"
        options.logger = logger
        return KubeClient(config: try ClusterConfig.load(cluster), transport: transport, options: options)
    }

    /// How the registries of clouds are logged in to.
    func cloudAccess(transport: any HTTPTransport) -> CloudAccess {
        CloudAccess(
            login: CloudLogin(transport: transport, environment: environment, cache: login.cache),
            allowsObjectIdentity: login.featureGates.objectLevelWorkloadIdentity,
            defaultAccount: apply.defaultServiceAccount
        )
    }

    /// Whom keyless signatures rest on where a source does not say; nil where the controller was not told.
    func trustedRoot(transport: any HTTPTransport) -> (any TrustedRootSource)? {
        trust.source(storage: storagePath, transport: transport)
    }

    /// The roots of the TUF repositories that Secrets name.
    func mirroredRoots(transport: any HTTPTransport) -> MirroredRoots {
        MirroredRoots(state: TrustOptions.state(below: storagePath), transport: transport, clock: SystemWallClock())
    }

    /// As Flux derives it: the storage address, with a name that others can use instead of "everywhere".
    private static func advertisedAddress(_ given: String, _ storage: String, _ environment: [String: String]) -> String
    {
        guard given.isEmpty else { return given }
        guard let colon = storage.lastIndex(of: ":") else { return storage }
        let host = storage[..<colon]
        let name =
            host.isEmpty ? "localhost" : host == "0.0.0.0" ? environment["HOSTNAME"] ?? "localhost" : String(host)
        return "\(name)\(storage[colon...])"
    }

    private static func applySettings(_ options: ReconciliationOptions) throws -> ApplyContext.Settings {
        var settings = ApplyContext.Settings()
        settings.concurrency = options.concurrentSsa
        settings.dependencyInterval = options.requeueDependency.duration
        settings.jitter = IntervalJitter(percent: options.intervalJitterPercentage)
        settings.overriddenManagers = options.overrideManager.flatMap { $0.split(separator: ",").map(String.init) }
        settings.customStage = try stageKinds(options.customApplyStageKinds)
        settings.defaultServiceAccount = options.defaultServiceAccount
        settings.allowsCrossNamespaceReferences = !options.noCrossNamespaceRefs.isOn
        return settings
    }

    /// `group/Kind,group/Kind`; kinds of the core group have no group.
    private static func stageKinds(_ text: String) throws -> Set<GroupKind> {
        let kinds = try text.split(separator: ",").map { entry in
            let parts = entry.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count <= 2, let kind = parts.last, !kind.isEmpty else {
                throw ControllerConfigurationError(
                    message: "--custom-apply-stage-kinds has \"\(entry)\"; it has to be group/Kind"
                )
            }
            return GroupKind(group: parts.count == 2 ? parts[0] : "", kind: kind)
        }
        return Set(kinds)
    }

    private static func election(_ options: ElectionOptions, namespace: String, pod: String) -> LeaderElector.Settings {
        var settings = LeaderElector.Settings(
            lease: ObjectKey(namespace: namespace, name: "sluice-leader-election"),
            // A pod that restarts in place is another candidate: its old work may still be under way at the API server.
            identity: "\(pod)_\(String(UInt64.random(in: .min ... .max), radix: 16))"
        )
        settings.leaseDuration = options.leaderElectionLeaseDuration.duration
        settings.renewDeadline = options.leaderElectionRenewDeadline.duration
        settings.retryPeriod = options.leaderElectionRetryPeriod.duration
        settings.releasesOnCancel = options.leaderElectionReleaseOnCancel.isOn
        return settings
    }

    private static func eventsAddress(_ text: String) throws -> HTTPURL? {
        guard !text.isEmpty else { return nil }
        guard let url = HTTPURL(text) else {
            throw ControllerConfigurationError(
                message: "--events-addr is \"\(text)\"; it has to be an http or https URL"
            )
        }
        return url
    }
}

/// A flag or variable that cannot be used.
struct ControllerConfigurationError: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    var kind: FailureKind { .terminal }
}
