import ArchiveIO
import ArtifactStore
import ClusterApply
import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import Logging
import ManifestTree
import SafeFiles
import SignatureCrypto
import SluiceAPI
import SystemPackage
import TestSupport
import Testing

@testable import ApplyReconciliation
@testable import ControllerRuntime

/// A controller with one Kustomization, `apps/site`, whose source is the OCIRepository `apps/site`, an API server in
/// memory and a real store.
final class ApplyFixture {
    static let path = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/apps/kustomizations/site"
    static let sourcePath = "/apis/source.toolkit.fluxcd.io/v1/namespaces/apps/ocirepositories/site"
    static let key = ObjectKey(namespace: "apps", name: "site")
    static let healthy = ["Ready=True/ReconciliationSucceeded"]

    let cluster = FakeAPIServer()
    let clock = ManualClock()
    let store: ContentStore
    let client: KubeClient
    private let temporary: TemporaryDirectory
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private var reconciler: ApplyReconciler
    private var context: ApplyContext

    init() throws {
        temporary = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        store = try ContentStore.open(temporary.directory.path.appending("data"), limits: ArtifactLimits())
        context = Self.context(cluster, store, clock, logger)
        client = context.client
        reconciler = ApplyReconciler(context)
    }

    private static func context(
        _ cluster: FakeAPIServer,
        _ store: ContentStore,
        _ clock: ManualClock,
        _ logger: Logger
    ) -> ApplyContext {
        var options = KubeClient.Options()
        options.retry.attempts = 1
        let client = KubeClient(
            config: ClusterConfig(server: HTTPURL(scheme: .https, host: FakeAPIServer.host)),
            transport: cluster,
            options: options
        )
        var context = ApplyContext(
            client: client,
            kustomizations: ObjectCache(),
            sources: ObjectCache(),
            store: store,
            recorder: EventRecorder(
                client: client,
                transport: cluster,
                settings: EventRecorder.Settings(controller: "kustomize-controller", instance: "test"),
                clock: clock,
                logger: logger
            ),
            clock: clock,
            logger: logger
        )
        context.settings.jitter = IntervalJitter(percent: 0)
        context.settings.concurrency = 1
        return context
    }

    /// What Kustomizations take variables from.
    var variables: VariableReferences { context.variables }

    /// As after the death of the process: nothing is remembered but what the API server and the store have.
    func restart() {
        let settings = context.settings
        context = Self.context(cluster, store, clock, logger)
        context.settings = settings
        reconciler = ApplyReconciler(context)
    }

    func configure(_ change: (inout ApplyContext.Settings) -> Void) {
        change(&context.settings)
        reconciler = ApplyReconciler(context)
    }

    /// Creates the Kustomization; `change` edits its spec.
    func create(_ change: (inout Tree) -> Void = { _ in }) {
        var spec: Tree = [
            "sourceRef": ["kind": "OCIRepository", "name": "site"], "interval": "10m", "retryInterval": "2m",
            "prune": true,
        ]
        change(&spec)
        put(Self.path, spec: spec)
    }

    /// Creates another Kustomization.
    func put(_ path: String, spec: Tree, status: Tree? = nil) {
        var object: Tree = [
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": [:], "spec": spec,
        ]
        object["status"] = status
        cluster.put(path, object)
    }

    func changeSpec(_ change: (inout Tree) -> Void) {
        cluster.change(Self.path) { object in
            var spec = object["spec"] ?? [:]
            change(&spec)
            object["spec"] = spec
        }
    }

    /// Stores files as the source's artifact, and lets its status name it.
    func publish(_ files: [String: String], revision: String) throws {
        let scratch = try TemporaryDirectory(in: temporary.directory)
        for (name, text) in files { try scratch.directory.writeAtomically(name, Array(text.utf8)) }
        var bytes: [UInt8] = []
        _ = try unsafe ArchivePacker(modes: .push).pack(tree: scratch.directory) { unsafe bytes += Array($0) }
        let session = try store.ingest(ExpectedBlob(digest: Digest.of(bytes), size: Int64(bytes.count)))
        try session.write(bytes)
        let owner = try ArtifactOwner(kind: "OCIRepository", namespace: "apps", name: "site")
        let digest = try Digest.of(revision.utf8)
        let staged = try store.stage(copying: session.finish())
        let published = try store.publish(staged, for: owner, revision: digest)
        let artifact = OCIRepository.Artifact(
            digest: published.digest,
            path: published.path.description,
            size: published.size,
            url: "http://files.test/\(published.path)",
            revision: "v1@\(digest)",
            lastUpdateTime: clock.now(),
            metadata: ["org.opencontainers.image.revision": revision]
        )
        putSource(status: ["artifact": artifact.tree])
    }

    func putSource(status: Tree?) {
        var source: Tree = [
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": [:],
            "spec": ["url": "oci://registry.test/acme/site"],
        ]
        source["status"] = status
        cluster.put(Self.sourcePath, source)
    }

    /// A reconcile that knows of the API server only what it was told before, since no watch event has come.
    @discardableResult
    func reconcileBlindly() async -> ReconcileOutcome { await reconciler.reconcile(Self.key) }

    /// One reconcile of what the API server has now, as after watch events.
    @discardableResult
    func reconcile() async throws -> ReconcileOutcome {
        let kustomizations = try cluster.objects(of: "kustomizations").map { try KubeObject($0) }
        _ = context.kustomizations.replace(with: kustomizations)
        _ = context.sources.replace(with: try cluster.objects(of: "ocirepositories").map { try KubeObject($0) })
        return await reconciler.reconcile(Self.key)
    }
}

// MARK: - What there is

extension ApplyFixture {
    var object: Tree { cluster.object(Self.path) ?? .null }
    var status: Tree { object["status"] ?? .null }
    var conditions: [String] { Self.conditions(status) }
    var inventory: [String] { Self.inventory(status) }

    /// Every condition as `Type=Status/Reason`, sorted.
    static func conditions(_ status: Tree?) -> [String] {
        ConditionList(status?["conditions"]).map { "\($0.type)=\($0.status.rawValue)/\($0.reason)" }.sorted()
    }

    /// The identifiers of an inventory, sorted.
    static func inventory(_ status: Tree?) -> [String] {
        (status?[path: ["inventory", "entries"]]?.list ?? []).compactMap { $0["id"]?.string }.sorted()
    }

    func message(_ type: String) -> String { ConditionList(status["conditions"])[type]?.message ?? "" }

    /// The names of the ConfigMaps in the cluster.
    var maps: [String] { cluster.objects(of: "configmaps").compactMap { $0[path: ["metadata", "name"]]?.string } }

    /// A file with one ConfigMap.
    static func map(_ name: String, _ value: String = "1", annotations: String = "{}") -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), namespace: web, annotations: \(annotations)}
        data: {key: "\(value)"}
        """
    }

    static func mapPath(_ name: String) -> String { "/api/v1/namespaces/web/configmaps/\(name)" }
}
