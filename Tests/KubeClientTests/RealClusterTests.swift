import CoreModel
import CurlTransport
import Glibc
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Testing

/// Against a real API server: `hack/cluster start DIR`, then `SLUICE_TEST_CLUSTER=DIR/kubeconfig`.
@Suite("Real cluster", .enabled(if: RealCluster.kubeconfig != nil, "SLUICE_TEST_CLUSTER names no kubeconfig"))
struct RealClusterTests {
    private let client: KubeClient
    private let key: ObjectKey
    private static let type = ResourceType(
        group: "",
        version: "v1",
        resource: "configmaps",
        kind: "ConfigMap",
        namespaced: true
    )

    init() throws {
        client = try RealCluster.client()
        key = ObjectKey(namespace: "default", name: "sluice-test-\(UInt64.random(in: 0..<UInt64.max))")
    }

    private func map(_ value: String) -> KubeObject {
        var object = KubeObject(Self.type.gvk, key: key)
        object.labels = ["sluice-test": key.name]
        object.tree["data"] = ["k": .string(value)]
        return object
    }

    @Test func discoversAndTellsItsVersion() async throws {
        #expect(try await client.serverVersion().hasPrefix("v1."))
        let gvk = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
        #expect(try await client.resourceType(for: gvk).resource == "deployments")
        #expect(try await client.resourceType(for: gvk.groupKind).version == "v1")
        let unknown = GroupVersionKind(group: "no.such", version: "v1", kind: "Thing")
        let error = await #expect(throws: KubeError.self) { try await client.resourceType(for: unknown) }
        #expect(error?.code == .noKindMatch)
    }

    @Test func livesTheLifeOfAnObject() async throws {
        #expect(try await client.get(Self.type, key) == nil)
        let first = try await client.apply(Self.type, map("1"), manager: "sluice-test")
        #expect(first.isNew)
        let again = try await client.apply(Self.type, map("1"), manager: "sluice-test")
        #expect(!again.isNew)
        #expect(
            again.object.resourceVersion == first.object.resourceVersion,
            "an apply that changes nothing leaves the version: the engine relies on it"
        )
        let changed = try await client.apply(Self.type, map("2"), manager: "sluice-test")
        #expect(changed.object.resourceVersion != first.object.resourceVersion)
        let merged = try await client.patch(Self.type, key, .merge(["data": ["x": "y"]]))
        #expect(merged.tree["data"] == ["k": "2", "x": "y"])
        var stale = first.object
        stale.labels["a"] = "b"
        let conflict = await #expect(throws: KubeError.self) { try await client.replace(Self.type, stale) }
        #expect(conflict?.code == .conflict)
        let other = await #expect(throws: KubeError.self) {
            try await client.delete(Self.type, key, DeleteOptions(uid: "00000000-0000-0000-0000-000000000000"))
        }
        #expect(other?.code == .conflict, "never another object of the same name")
        #expect(try await client.delete(Self.type, key, DeleteOptions(propagation: .background, uid: first.object.uid)))
        #expect(try await !client.delete(Self.type, key))
    }

    @Test func watchesFromAList() async throws {
        let selector = LabelSelector(equals: ["sluice-test": key.name])
        let list = try await client.list(Self.type, namespace: "default", options: ListOptions(labels: selector))
        #expect(list.items.isEmpty)
        try await client.create(Self.type, map("1"))
        let seen = try await client.withWatch(
            Self.type,
            namespace: "default",
            from: list.resourceVersion,
            options: WatchOptions(labels: selector)
        ) { events in
            var words: [String] = []
            for try await event in events {
                switch event {
                case .added(let object): words.append("+\(object.name)")
                case .modified(let object): words.append("~\(object.name)")
                case .deleted(let object): words.append("-\(object.name)")
                case .bookmark: continue
                }
                if words.count == 1 { try await client.delete(Self.type, key) }
                if words.count == 2 { break }
            }
            return words
        }
        #expect(seen == ["+\(key.name)", "-\(key.name)"])
    }

    @Test func listsMetadataFromMemory() async throws {
        let made = try await client.create(Self.type, map("1"))
        var options = ListOptions(labels: LabelSelector(equals: ["sluice-test": key.name]), metadataOnly: true)
        options.notOlderThan = made.resourceVersion
        options.pageSize = 0
        let list = try await client.list(Self.type, namespace: "default", options: options)
        #expect(list.items.map(\.resourceVersion) == [made.resourceVersion])
        #expect(list.items.first?.kind == "ConfigMap")
        #expect(list.items.first?.tree["data"] == nil, "metadata only")
        try await client.delete(Self.type, key)
    }

    @Test func givesTokensOfServiceAccountsForOneAudience() async throws {
        let type = ResourceType(
            group: "",
            version: "v1",
            resource: "serviceaccounts",
            kind: "ServiceAccount",
            namespaced: true
        )
        _ = try await client.apply(type, KubeObject(type.gvk, key: key), manager: "sluice-test")
        let token = try await client.serviceAccountToken(key, audience: "sts.amazonaws.com").secret
        let parts = token.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        var body = String(parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        while !body.utf8.count.isMultiple(of: 4) { body += "=" }
        let claims = try JSONReader.parse(try #require(Base64.decode(body)))
        #expect(claims["aud"] == ["sts.amazonaws.com"])
        #expect(claims["sub"]?.string == "system:serviceaccount:default:\(key.name)")
        let life = (claims["exp"]?.integer ?? 0) - (claims["iat"]?.integer ?? 0)
        #expect(life == 600, "the shortest life that there is")
        try await client.delete(type, key)
        let error = await #expect(throws: KubeError.self) {
            try await client.serviceAccountToken(key, audience: "sts.amazonaws.com")
        }
        #expect(error?.code == .notFound)
    }

    @Test func actsAsSomeoneWithoutRights() async throws {
        let nobody = try client.impersonating(user: "sluice-test-nobody")
        let error = await #expect(throws: KubeError.self) { try await nobody.get(Self.type, key) }
        #expect(error?.code == .forbidden)
        #expect(error?.message.contains("sluice-test-nobody") == true)
    }
}

/// The cluster that the environment names.
enum RealCluster {
    static let kubeconfig: String? = unsafe getenv("SLUICE_TEST_CLUSTER").map { unsafe String(cString: $0) }

    static func client() throws -> KubeClient {
        let config = try ClusterConfig.kubeconfig([try #require(kubeconfig)])
        return KubeClient(config: config, transport: try CurlTransport(userAgent: "sluice-test"))
    }
}
