import ArgumentParser
import Logging
import ToolCommands

/// `sluice controller`: both reconcilers, the artifact server and their telemetry in one process.
///
/// Flags have the names and defaults of source-controller's and kustomize-controller's, so that a Deployment's
/// arguments can stay as they are.
struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Reconcile OCIRepositories and Kustomizations of a cluster."
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var storage: StorageOptions
    @OptionGroup var reconciliation: ReconciliationOptions
    @OptionGroup var login: LoginOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var election: ElectionOptions
    @OptionGroup var telemetry: TelemetryOptions
    @OptionGroup var compatibility: CompatibilityOptions

    /// The flags that may stand without a value.
    static let booleanFlags: Set<String> = [
        "watch-all-namespaces", "no-cross-namespace-refs", "no-remote-bases", "enable-leader-election",
        "leader-election-release-on-cancel", "insecure-kubeconfig-exec", "insecure-kubeconfig-tls",
    ]

    mutating func run() async throws {
        let logger = telemetry.bootstrap()
        for flag in compatibility.given { logger.info("--\(flag) is taken for compatibility and has no effect") }
        for gate in login.featureGates.ignored { logger.info("the feature gate \(gate) has no effect") }
        let configuration = try ControllerConfiguration(self, environment: ProcessEnvironment.all)
        let context = try ToolContext.required()
        let installation = try ControllerInstallation(configuration, transport: context.transport, logger: logger)
        try await installation.run()
    }
}

/// Which cluster, and what of it.
struct ClusterOptions: ParsableArguments {
    @Option(help: "Path of a kubeconfig; in a pod, its service account is used.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use.")
    var context: String?

    @Option(help: "Namespace to watch where --watch-all-namespaces is false, and that of the leader election's Lease.")
    var runtimeNamespace: String?

    @Option(help: "Watch every namespace.")
    var watchAllNamespaces: GoFlag = true

    @Option(help: "Watch only objects with these labels.")
    var watchLabelSelector = ""
}

/// Where artifacts are kept and how they are served.
struct StorageOptions: ParsableArguments {
    @Option(help: "Folder of the store (STORAGE_PATH).")
    var storagePath: String?

    @Option(help: "Address that artifacts are served on (STORAGE_ADDRESS).")
    var storageAddr: String?

    @Option(help: "Address in the URLs of artifacts (STORAGE_ADV_ADDR).")
    var storageAdvAddr: String?

    @Option(help: "Time for which old artifacts stay.")
    var artifactRetentionTtl: GoDurationOption = "1m"

    @Option(help: "Number of artifacts of one object that stay, the current one counted.")
    var artifactRetentionRecords = 2

    @Option(help: "Digest algorithm of artifacts: sha256.")
    var artifactDigestAlgo = "sha256"

    @Option(help: "Most bytes of one artifact as it is pulled; spec.limits can only tighten this and the next two.")
    var artifactMaxSize: ByteCountOption = "1Gi"

    @Option(help: "Most bytes of one artifact once it is unpacked.")
    var artifactMaxUnpackedSize: ByteCountOption = "4Gi"

    @Option(help: "Most files, directories and links of one artifact.")
    var artifactMaxFiles = 200_000

    @Option(help: "Most unpacked bytes of an artifact for each packed one; judged from 16 MiB on.")
    var artifactMaxRatio = 200

    func validate() throws {
        guard artifactDigestAlgo == "sha256" else {
            throw ValidationError("--artifact-digest-algo is \(artifactDigestAlgo); this version stores by sha256 only")
        }
        guard artifactMaxFiles >= 1, artifactMaxRatio >= 1 else {
            throw ValidationError("--artifact-max-files and --artifact-max-ratio have to be 1 or more")
        }
        guard artifactRetentionRecords >= 1 else {
            throw ValidationError("--artifact-retention-records has to be 1 or more")
        }
    }
}

/// How often and how much at once.
struct ReconciliationOptions: ParsableArguments {
    @Option(help: "Objects of each kind that are reconciled at once.")
    var concurrent = 8

    @Option(help: "Objects of one Kustomization that are applied at once.")
    var concurrentSsa = 8

    @Option(help: "Time after which a missing dependency is looked for again; its change is noticed at once.")
    var requeueDependency: GoDurationOption = "30s"

    @Option(help: "Delay after the first failure in a row.")
    var minRetryDelay: GoDurationOption = "750ms"

    @Option(help: "Longest delay after failures.")
    var maxRetryDelay: GoDurationOption = "15m"

    @Option(help: "Percentage by which intervals vary.")
    var intervalJitterPercentage = 5

    @Option(
        help: """
            Service account that Kustomizations without one act as, and that OCIRepositories without one log in to \
            clouds as where the gate ObjectLevelWorkloadIdentity is on.
            """
    )
    var defaultServiceAccount = ""

    @Option(help: "Refuse sources in other namespaces.")
    var noCrossNamespaceRefs: GoFlag = false

    @Option(help: "Refuse remote bases; they are refused in any case by this version.")
    var noRemoteBases: GoFlag = false

    @Option(help: "A field manager whose fields are taken over besides kubectl's; may be repeated.")
    var overrideManager: [String] = []

    @Option(help: "Kinds that are applied before the rest, as group/Kind, with commas between them.")
    var customApplyStageKinds = ""

    @Option(help: "Requests to the API server at once.")
    var kubeApiBurst = 32

    func validate() throws {
        guard (1...1000).contains(concurrent), (1...1000).contains(concurrentSsa) else {
            throw ValidationError("--concurrent and --concurrent-ssa have to be from 1 to 1000")
        }
        guard (0..<100).contains(intervalJitterPercentage) else {
            throw ValidationError("--interval-jitter-percentage has to be from 0 to 99")
        }
    }
}

/// Whether one of several replicas leads.
struct ElectionOptions: ParsableArguments {
    @Option(help: "Reconcile only while holding the Lease.")
    var enableLeaderElection: GoFlag = false

    @Option(help: "How long a Lease lasts.")
    var leaderElectionLeaseDuration: GoDurationOption = "35s"

    @Option(help: "The leader steps down when it could not renew for so long.")
    var leaderElectionRenewDeadline: GoDurationOption = "30s"

    @Option(help: "Time between two tries.")
    var leaderElectionRetryPeriod: GoDurationOption = "5s"

    @Option(help: "Give the Lease back on shutdown.")
    var leaderElectionReleaseOnCancel: GoFlag = true
}

/// Logs, events, metrics and health.
struct TelemetryOptions: ParsableArguments {
    @Option(help: "Address of /metrics (METRICS_ADDR).")
    var metricsAddr: String?

    @Option(help: "Address of /healthz and /readyz.")
    var healthAddr = ":9440"

    @Option(help: "Address of the notification controller (EVENTS_ADDR).")
    var eventsAddr: String?

    @Option(help: "trace, debug, info or error.")
    var logLevel = "info"

    @Option(help: "json or console.")
    var logEncoding = "json"

    func validate() throws {
        guard ["trace", "debug", "info", "error"].contains(logLevel) else {
            throw ValidationError("--log-level is \(logLevel); it has to be trace, debug, info or error")
        }
        guard ["json", "console"].contains(logEncoding) else {
            throw ValidationError("--log-encoding is \(logEncoding); it has to be json or console")
        }
    }
}
