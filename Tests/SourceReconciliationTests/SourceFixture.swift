import ArchiveIO
import ArtifactStore
import CoreModel
import CurlTransport
import Glibc
import HTTPExchange
import KubeClient
import KubeModel
import Logging
import ManifestTree
import OCIDistribution
import RegistryLogin
import SafeFiles
import SignatureCrypto
import SluiceAPI
import SystemPackage
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// A controller with one OCIRepository, `apps/site`, from a registry in memory, with a store of its own. Everything in
/// between is real: libcurl, the registry's client, the store.
final class SourceFixture {
    static let path = "/apis/source.toolkit.fluxcd.io/v1/namespaces/apps/ocirepositories/site"
    static let key = ObjectKey(namespace: "apps", name: "site")
    static let repository = "acme/site"

    let registry: ScriptedRegistry
    let cluster: FakeAPIServer
    let cache = ObjectCache()
    let clock: ManualClock
    let folder: Directory
    private(set) var store: ContentStore
    private(set) var context: SourceContext
    private let temporary: TemporaryDirectory
    private var hasReconciled = false

    /// What a fixture has beyond the usual.
    struct Surroundings {
        var authentication = ScriptedRegistryAuthentication.none
        /// The name by which the registry is reached; its address where there is none.
        var registryName: String?
        /// Names of other services.
        var hosts: [String: LoopbackServer] = [:]
        /// What the controller's environment says of clouds.
        var environment: [String: String] = [:]
        var allowsObjectIdentity = false
        var defaultAccount: String?
        var clock = ManualClock()
    }

    convenience init(sign authentication: ScriptedRegistryAuthentication = .none) throws {
        try self.init(Surroundings(authentication: authentication))
    }

    init(_ surroundings: Surroundings) throws {
        registry = try ScriptedRegistry(sign: surroundings.authentication)
        clock = surroundings.clock
        let curl = try CurlTransport(userAgent: "sluice-tests")
        var hosts = surroundings.hosts
        if let name = surroundings.registryName { hosts[name] = registry.server }
        cluster = FakeAPIServer(beyond: HostMap(curl, hosts))
        temporary = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        folder = try temporary.directory.directory("data", creating: true)
        store = try ContentStore.open(folder.path, limits: ArtifactLimits())
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var options = KubeClient.Options()
        options.retry.attempts = 1
        let client = KubeClient(
            config: ClusterConfig(server: HTTPURL(scheme: .https, host: FakeAPIServer.host)),
            transport: cluster,
            options: options
        )
        context = SourceContext(
            client: client,
            cache: cache,
            registry: Self.registryClient(cluster, clock),
            cloud: CloudAccess(
                login: CloudLogin(
                    transport: cluster,
                    environment: LoginEnvironment(surroundings.environment),
                    clock: clock
                ),
                allowsObjectIdentity: surroundings.allowsObjectIdentity,
                defaultAccount: surroundings.defaultAccount
            ),
            store: store,
            recorder: EventRecorder(
                client: client,
                transport: cluster,
                settings: EventRecorder.Settings(controller: "source-controller", instance: "test"),
                clock: clock,
                logger: logger
            ),
            clock: clock,
            logger: logger,
            settings: SourceContext.Settings(advertisedAddress: "files.test")
        )
        context.settings.jitter = IntervalJitter(percent: 0)
    }

    private static func context(like context: SourceContext, cache: ObjectCache) -> SourceContext {
        SourceContext(
            client: context.client,
            cache: cache,
            registry: context.registry,
            cloud: context.cloud,
            store: context.store,
            recorder: context.recorder,
            clock: context.clock,
            logger: context.logger,
            settings: context.settings
        )
    }

    private static func registryClient(_ transport: FakeAPIServer, _ clock: ManualClock) -> RegistryClient {
        var settings = RegistryClient.Settings()
        settings.retry = RetryPolicy(attempts: 2, firstPause: .milliseconds(1), longestPause: .milliseconds(50))
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        return RegistryClient(transport: transport, clock: clock, logger: logger, settings: settings)
    }

    /// Creates the OCIRepository, or another one; `change` edits its spec.
    func create(named name: String = key.name, _ change: (inout Tree) -> Void = { _ in }) {
        var spec: Tree = [
            "url": .string("oci://\(registry.host)/\(Self.repository)"), "interval": "10m", "insecure": true,
            "ref": ["tag": "v1"],
        ]
        change(&spec)
        cluster.put(
            Self.path(name),
            [
                "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": [:], "spec": spec,
            ]
        )
    }

    static func path(_ name: String) -> String {
        "/apis/source.toolkit.fluxcd.io/v1/namespaces/apps/ocirepositories/\(name)"
    }

    func changeSpec(_ change: (inout Tree) -> Void) {
        cluster.change(Self.path) { object in
            var spec = object["spec"] ?? [:]
            change(&spec)
            object["spec"] = spec
        }
    }

    /// One reconcile of what the API server has now, as after a watch event, and more than a tenth of the interval
    /// after the one before.
    @discardableResult
    func reconcile() async throws -> ReconcileOutcome {
        passTime()
        try refresh()
        return await SourceReconciler(context).reconcile(Self.key)
    }

    private func passTime() {
        if hasReconciled { clock.advance(by: .seconds(61)) }
        hasReconciled = true
    }

    /// The cache as a watch would have it by now.
    func refresh() throws {
        _ = cache.replace(with: try cluster.objects(of: "ocirepositories").map { try KubeObject($0) })
        try refreshPolicies()
    }

    /// The policies as their watches would have them by now.
    func refreshPolicies() throws {
        for (resource, policies) in [
            ("clusterverificationpolicies", context.policies.cluster),
            ("verificationpolicies", context.policies.namespaced),
        ] { _ = policies.replace(with: try cluster.objects(of: resource).map { try KubeObject($0) }) }
    }

    /// One reconcile of each of these, so many at once.
    @discardableResult
    func reconcile(_ names: [String], atOnce limit: Int = 8) async throws -> [String: ReconcileOutcome] {
        passTime()
        try refresh()
        let reconciler = SourceReconciler(context)
        return await withTaskGroup(of: (String, ReconcileOutcome).self) { group in
            var outcomes: [String: ReconcileOutcome] = [:]
            for (index, name) in names.enumerated() {
                if index >= limit, let (done, outcome) = await group.next() { outcomes[done] = outcome }
                group.addTask {
                    (name, await reconciler.reconcile(ObjectKey(namespace: "apps", name: name)))
                }
            }
            for await (done, outcome) in group { outcomes[done] = outcome }
            return outcomes
        }
    }

    /// A reconcile that is cut off as soon as something has happened, as by a shutdown.
    func reconcileAndCancel(when isReached: () -> Bool) async throws {
        try refresh()
        let reconciler = SourceReconciler(context)
        let task = Task { await reconciler.reconcile(SourceFixture.key) }
        while !isReached() { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        #expect(await task.value == .settled)
    }

    /// Publishes files under a tag and gives the artifact.
    @discardableResult
    func push(_ files: [String: String], tag: String? = "v1", annotations: [String: String] = [:]) throws
        -> ScriptedArtifact
    {
        try registry.addArtifact(Self.repository, tag: tag, layer: layer(files), annotations: annotations)
    }

    /// Publishes a manifest with these layers: the bytes, the media type and the title where it has one.
    @discardableResult
    func push(
        layers: [(bytes: [UInt8], type: String, title: String?)],
        tag: String? = "v1",
        type: String = MediaType.ociManifest
    ) throws -> Digest {
        var manifest = Manifest(
            config: try Descriptor(mediaType: "application/vnd.example.config", of: Array("{}".utf8)),
            layers: try layers.map { layer in
                try registry.addBlob(Self.repository, layer.bytes)
                var descriptor = try Descriptor(mediaType: layer.type, of: layer.bytes)
                descriptor.annotations["org.opencontainers.image.title"] = layer.title
                return descriptor
            }
        )
        manifest.mediaType = type
        return try registry.addManifest(Self.repository, manifest.encode(), type: type, tag: tag)
    }

    /// A tar.gz of files.
    func layer(_ files: [String: String]) throws -> [UInt8] {
        let scratch = try TemporaryDirectory(in: temporary.directory)
        for (name, text) in files { try scratch.directory.writeAtomically(name, Array(text.utf8)) }
        var bytes: [UInt8] = []
        _ = try unsafe ArchivePacker(modes: .push).pack(tree: scratch.directory) { unsafe bytes += Array($0) }
        return bytes
    }

    /// As after the death of the process, in a folder that may be another.
    func restart(inEmptyFolder isEmpty: Bool = false) throws {
        let path = isEmpty ? temporary.directory.path.appending("other") : folder.path
        context.store = try ContentStore.open(temporary.directory.path.appending("between"), limits: ArtifactLimits())
        store = context.store
        context.store = try ContentStore.open(path, limits: ArtifactLimits())
        store = context.store
    }

    /// As after the death of the process: nothing is known of what the API server has.
    func forgetEverything() {
        context = Self.context(like: context, cache: cache)
    }

    /// Gives the controller a root of its own.
    func trust(_ root: SharedTrustedRoot) { context.trustedRoot = root }

    /// Lets it ask TUF repositories, and remember in a folder what was trusted of them.
    func remember(in folder: FilePath) {
        context.mirrors = MirroredRoots(state: folder, transport: cluster, clock: clock)
    }

    func advertise(_ address: String) { context.settings.advertisedAddress = address }
}

// MARK: - What there is

extension SourceFixture {
    var object: Tree { cluster.object(Self.path) ?? .null }
    var status: Tree { object["status"] ?? .null }
    var artifact: OCIRepository.Artifact? { OCIRepository.Artifact(status["artifact"]) }

    /// Every condition as `Type=Status/Reason`, sorted.
    var conditions: [String] { Self.conditions(status) }

    static func conditions(_ status: Tree?) -> [String] {
        ConditionList(status?["conditions"]).map { "\($0.type)=\($0.status.rawValue)/\($0.reason)" }.sorted()
    }

    func message(_ type: String) -> String { ConditionList(status["conditions"])[type]?.message ?? "" }

    func status(of name: String) -> Tree { cluster.object(Self.path(name))?["status"] ?? .null }

    /// The events that would be written, as `name: reason`.
    var events: [String] { context.recorder.waiting.map { "\($0.object.name): \($0.reason)" } }

    /// The bytes that would be served for the status' artifact, checked against its digest.
    func servedBytes() throws -> [UInt8] {
        let artifact = try #require(artifact)
        let bytes = try store.lease(ArtifactPath(artifact.path)).file.readAll(limit: 1 << 24)
        #expect(try Digest.of(bytes) == artifact.digest)
        #expect(Int64(bytes.count) == artifact.size)
        return bytes
    }

    /// The names of the files in the artifact that is served.
    func servedFiles() throws -> [String] {
        _ = try servedBytes()
        let artifact = try #require(artifact)
        let published = PublishedArtifact(
            path: try ArtifactPath(artifact.path),
            digest: artifact.digest,
            size: artifact.size
        )
        return try store.unpackedTree(of: published).directory.entries().map(\.name)
    }

    /// What lies in the folder for temporary files.
    func leftovers() throws -> [String] { try folder.entries(".tmp").map(\.name) }

    /// The contents in the store.
    func pooledNames() throws -> [String] { try folder.entries(".blobs").map(\.name) }

    /// The files of the object.
    func storedNames() throws -> [String] {
        let path = "ocirepository/apps/site"
        guard try folder.status(path) != nil else { return [] }
        return try folder.entries(path).map(\.name)
    }

    /// Writes other bytes into the stored file.
    func corrupt() throws {
        let path = try #require(artifact).path
        let file = unsafe open("\(folder.path)/\(path)", O_WRONLY | O_TRUNC)
        defer { close(file) }
        let bytes: [UInt8] = Array("rubbish".utf8)
        #expect(unsafe write(file, bytes, bytes.count) == bytes.count)
        // The kernel's clock for files is coarse; two writes within one tick look alike.
        let epoch = [timespec(), timespec()]
        unsafe futimens(file, epoch)
    }

    /// The requests to the registry since a count, as `METHOD path`.
    func registryRequests(after count: Int) -> [String] {
        registry.requests().dropFirst(count).map { "\($0.method) \($0.path)" }
    }
}
