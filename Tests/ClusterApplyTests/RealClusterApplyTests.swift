import CurlTransport
import Glibc
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Testing

@testable import ClusterApply

private let kubeconfig: String? = unsafe getenv("SLUICE_TEST_CLUSTER").map { unsafe String(cString: $0) }

/// Against a real API server: `hack/cluster start DIR`, then `SLUICE_TEST_CLUSTER=DIR/kubeconfig`.
@Suite("Real cluster apply", .enabled(if: kubeconfig != nil, "SLUICE_TEST_CLUSTER names no kubeconfig"))
struct RealClusterApplyTests {
    private let client: KubeClient
    private let applier: ClusterApplier
    private let name: String
    private let owner: ApplyOwner

    init() throws {
        let config = try ClusterConfig.kubeconfig([try #require(kubeconfig)])
        client = KubeClient(config: config, transport: try CurlTransport(userAgent: "sluice-test"))
        applier = ClusterApplier(client: client)
        name = "t\(UInt32.random(in: 0..<UInt32.max))"
        owner = ApplyOwner(ObjectKey(namespace: "flux-system", name: name))
    }

    private var namespace: Tree { ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]] }

    private func map(_ value: String) -> Tree {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": .string(name)],
            "data": ["k": .string(value)],
        ]
    }

    private var definition: Tree {
        let version: Tree = [
            "name": "v1", "served": true, "storage": true,
            "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
        ]
        let names: Tree = ["plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("widgets.\(name).example.com")],
            "spec": [
                "group": .string("\(name).example.com"), "scope": "Namespaced", "names": names, "versions": [version],
            ],
        ]
    }

    private var widget: Tree {
        [
            "apiVersion": .string("\(name).example.com/v1"), "kind": "Widget",
            "metadata": ["name": "w", "namespace": .string(name)], "spec": ["size": 1],
        ]
    }

    private var deployment: Tree {
        let container: Tree = ["name": "c", "image": "i", "ports": [["containerPort": 80], ["containerPort": 81]]]
        let labels: Tree = ["app": "d"]
        let template: Tree = ["metadata": ["labels": labels], "spec": ["containers": [container]]]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "namespace": .string(name)],
            "spec": ["selector": ["matchLabels": labels], "template": template],
        ]
    }

    private func desired(_ trees: [Tree]) throws -> DesiredObjects { try DesiredObjects(trees, owner: owner) }

    @Test func appliesDefinitionsAndWhatTheyDefineAtOnce() async throws {
        let all = try desired([widget, map("1"), deployment, definition, namespace])
        let first = try await applier.apply(all)
        #expect(first.mutations.count == 5 && first.mutations.allSatisfy { $0.action == .created })
        let second = try await applier.apply(all)
        #expect(second.mutations.isEmpty, "\(second.summary)")
        let restarted = try await ClusterApplier(client: client).apply(all)
        #expect(restarted.mutations.isEmpty, "a new process finds nothing to change: \(restarted.summary)")
        let changed = try await applier.apply(try desired([widget, map("2"), deployment, definition, namespace]))
        #expect(changed.summary == "ConfigMap/\(name)/a configured")
        let outcome = try await applier.prune(all.inventory, owner: owner)
        #expect(outcome.failure == nil)
        #expect(outcome.changes.entries.count { $0.action == .deleted } == 5)
    }

    @Test func takesBackWhatKubectlChanged() async throws {
        let all = try desired([map("1"), namespace])
        _ = try await applier.apply(all)
        let type = try await client.resourceType(for: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
        let key = ObjectKey(namespace: name, name: "a")
        let edit = WriteOptions(fieldManager: "kubectl-edit")
        try await client.patch(type, key, .merge(["data": ["k": "9", "extra": "x"]]), edit)
        let changes = try await applier.apply(all)
        #expect(changes.summary == "ConfigMap/\(name)/a configured")
        #expect(try await client.get(type, key)?.tree["data"] == ["k": "1"], "the added key is gone too")
        _ = try await applier.prune(all.inventory, owner: owner)
    }

    @Test func recreatesWhatCannotChange() async throws {
        var fixed = map("1")
        fixed["immutable"] = true
        _ = try await applier.apply(try desired([fixed, namespace]))
        var changed = map("2")
        changed["immutable"] = true
        let error = await #expect(throws: ApplyError.self) {
            try await applier.apply(try desired([changed, namespace]))
        }
        #expect(error?.message.contains("ConfigMap/\(name)/a apply failed (Invalid)") == true)
        let changes = try await applier.apply(try desired([changed, namespace]), force: true)
        #expect(changes.summary == "ConfigMap/\(name)/a configured")
        let wrong: Tree = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": .string(name)],
            "data": ["bad key!": "x"],
        ]
        await #expect(throws: ApplyError.self) {
            try await applier.apply(try desired([wrong, namespace]), force: true)
        }
        let type = try await client.resourceType(for: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
        let held = try await client.get(type, ObjectKey(namespace: name, name: "a"))
        #expect(held?.tree["data"] == ["k": "2"], "a plain mistake deletes nothing")
        _ = try await applier.prune(try desired([changed, namespace]).inventory, owner: owner)
    }
}
