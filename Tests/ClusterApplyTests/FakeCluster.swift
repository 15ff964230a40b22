import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Synchronization

@testable import ClusterApply

/// An API server in memory, at the level of HTTP: just enough of lists, reads, applies and deletes, with every request
/// on record. What it stores is what was applied.
final class FakeCluster: HTTPTransport {
    private struct State {
        var objects: [String: Tree] = [:]
        var version = 100
        var requests: [String] = []
        var refusals: [String: [Tree]] = [:]
    }

    private let state = Mutex(State())

    static let groups: [String: Tree] = [
        "/api/v1": [
            "resources": [
                ["name": "configmaps", "kind": "ConfigMap", "namespaced": true],
                ["name": "secrets", "kind": "Secret", "namespaced": true],
                ["name": "namespaces", "kind": "Namespace", "namespaced": false],
            ]
        ],
        "/apis/apps/v1": ["resources": [["name": "deployments", "kind": "Deployment", "namespaced": true]]],
        "/apis/rbac.authorization.k8s.io/v1": [
            "resources": [["name": "clusterroles", "kind": "ClusterRole", "namespaced": false]]
        ],
    ]

    /// `METHOD path` of each request since the last call, without discovery.
    func takeRequests() -> [String] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    func object(_ path: String) -> Tree? { state.withLock { $0.objects[path] } }

    /// Changes an object as another writer would.
    func change(_ path: String, _ edit: (inout Tree) -> Void) {
        state.withLock { state in
            var tree = state.objects[path] ?? [:]
            edit(&tree)
            state.version += 1
            tree[path: ["metadata", "resourceVersion"]] = .string(String(state.version))
            state.objects[path] = tree
        }
    }

    /// Answers the next requests to `METHOD path` with these statuses instead.
    func refuse(_ line: String, _ answers: Tree...) { state.withLock { $0.refusals[line, default: []] += answers } }

    var client: KubeClient {
        var options = KubeClient.Options()
        options.retry.attempts = 1
        return KubeClient(
            config: ClusterConfig(server: HTTPURL(scheme: .https, host: "kube")),
            transport: self,
            options: options
        )
    }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let (status, tree) = try state.withLock { try Self.answer(request, &$0) }
        let head = HTTPResponseHead(status: status, headers: [:])
        return try await body(head, HTTPResponseBody(bytes: tree.jsonBytes()))
    }

    private static func answer(_ request: HTTPRequest, _ state: inout State) throws -> (Int, Tree) {
        let path = request.url.path
        if let group = groups[path] { return (200, group) }
        let line = "\(request.method.rawValue) \(path)"
        state.requests.append(line)
        if let refusal = state.refusals[line]?.first {
            state.refusals[line]?.removeFirst()
            return (Int(refusal["code"]?.integer ?? 500), refusal)
        }
        let sent: Tree = if case .bytes(let bytes) = request.body { try JSONReader.parse(bytes) } else { .null }
        let isObject = state.objects[path] != nil
        switch request.method {
        case .get where isObject: return (200, state.objects[path] ?? .null)
        case .get where (request.url.query ?? "").contains("labelSelector"): return (200, list(request, state))
        case .patch: return apply(sent, path, &state)
        case .delete where isObject:
            state.objects[path] = nil
            return (200, ["kind": "Status", "status": "Success"])
        default: return (404, FakeCluster.status(404, "NotFound", "\(path) not found"))
        }
    }

    private static func list(_ request: HTTPRequest, _ state: State) -> Tree {
        let query = request.url.query ?? ""
        let owner = query.contains("name%3Dapp")
        let items = state.objects.filter { path, tree in
            path.hasPrefix(request.url.path + "/") && owner
                && tree["metadata"]?["labels"]?["kustomize.toolkit.fluxcd.io/name"] == "app"
        }
        return ["items": .list(items.map(\.value)), "metadata": ["resourceVersion": .string(String(state.version))]]
    }

    private static func apply(_ sent: Tree, _ path: String, _ state: inout State) -> (Int, Tree) {
        let held = state.objects[path]
        var new = sent
        for key in ["uid", "resourceVersion", "generation"] { new[path: ["metadata", key]] = held?["metadata"]?[key] }
        new["status"] = held?["status"]
        if let held, held == new { return (200, held) }
        state.version += 1
        new[path: ["metadata", "resourceVersion"]] = .string(String(state.version))
        if held == nil { new[path: ["metadata", "uid"]] = .string("uid-\(state.version)") }
        state.objects[path] = new
        return (held == nil ? 201 : 200, new)
    }

    static func status(_ code: Int, _ reason: String, _ message: String, causes: [String] = []) -> Tree {
        [
            "kind": "Status", "code": .number(.init(code)), "reason": .string(reason), "message": .string(message),
            "details": ["causes": .list(causes.map { ["message": .string($0), "field": "spec"] })],
        ]
    }
}

/// What most tests apply, for whom and with what.
enum Sample {
    static let owner = ApplyOwner(ObjectKey(namespace: "flux-system", name: "app"))
    static let mapPath = "/api/v1/namespaces/ns/configmaps/a"

    static func map(_ name: String = "a", _ data: String = "1", annotations: Tree? = nil) -> Tree {
        var tree: Tree = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "ns"],
            "data": ["k": .string(data)],
        ]
        tree[path: ["metadata", "annotations"]] = annotations
        return tree
    }

    static func desired(_ trees: Tree...) throws -> DesiredObjects { try DesiredObjects(trees, owner: owner) }

    static func applier(_ cluster: FakeCluster) -> ClusterApplier {
        var settings = ClusterApplier.Settings()
        settings.pollInterval = .milliseconds(1)
        settings.longestPollInterval = .milliseconds(2)
        settings.recreateTimeout = .seconds(5)
        return ClusterApplier(client: cluster.client, settings: settings)
    }
}
