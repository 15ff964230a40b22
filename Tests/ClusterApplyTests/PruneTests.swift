import KubeClient
import KubeModel
import ManifestTree
import Testing

@testable import ClusterApply

@Suite("Prune and wait")
struct PruneTests {
    private let cluster = FakeCluster()

    private static func entry(_ kind: String, _ name: String, group: String = "", version: String = "v1")
        -> Inventory.Entry
    {
        let key = ObjectKey(namespace: kind == "ClusterRole" ? "" : "ns", name: name)
        return .init(ObjectIdentity(GroupKind(group: group, kind: kind), key), version: version)
    }

    @Test func deletesInReverseOrder() async throws {
        let applier = Sample.applier(cluster)
        let role: Tree = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": "sys:r"],
        ]
        let desired = try Sample.desired(Sample.map(), role)
        _ = try await applier.apply(desired)
        _ = cluster.takeRequests()
        let outcome = try await applier.prune(desired.inventory, owner: Sample.owner)
        #expect(outcome.changes.summary == "ConfigMap/ns/a deleted\nClusterRole/sys:r deleted")
        #expect(outcome.survivors.isEmpty)
        #expect(cluster.takeRequests().filter { $0.hasPrefix("DELETE") }.count == 2)
    }

    static let kept: [(Tree, Tree, String)] = [
        ([:], [:], "someone removed the labels"),
        (["kustomize.toolkit.fluxcd.io/name": "app"], [:], "one of the two labels is gone"),
        (
            ["kustomize.toolkit.fluxcd.io/name": "other", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"], [:],
            "another owner took it"
        ),
        (owned, ["kustomize.toolkit.fluxcd.io/prune": "disabled"], "prune is disabled"),
        (owned, ["kustomize.toolkit.fluxcd.io/reconcile": "disabled"], "reconciliation is disabled"),
        (owned, ["kustomize.toolkit.fluxcd.io/ssa": "Ignore"], "it is ignored"),
    ]
    private static let owned: Tree = [
        "kustomize.toolkit.fluxcd.io/name": "app", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    ]

    @Test(arguments: kept)
    func keepsWhatIsNotItsOwn(labels: Tree, annotations: Tree, why: String) async throws {
        cluster.change(Sample.mapPath) { tree in
            tree = Sample.map("a", "1", annotations: annotations)
            tree[path: ["metadata", "labels"]] = labels
        }
        let stale = Inventory([Self.entry("ConfigMap", "a")])
        let outcome = try await Sample.applier(cluster).prune(stale, owner: Sample.owner)
        #expect(outcome.changes.entries.map(\.action) == [.skipped], "\(why)")
        #expect(outcome.survivors.isEmpty)
        #expect(cluster.object(Sample.mapPath) != nil)
    }

    @Test func whatCanBeNowhereIsNotAskedFor() async throws {
        let identity = ObjectIdentity(GroupKind(group: "", kind: "ConfigMap"), ObjectKey(namespace: "", name: "a"))
        let stale = Inventory([Inventory.Entry(identity, version: "v1")])
        let outcome = try await Sample.applier(cluster).prune(stale, owner: Sample.owner)
        #expect(outcome.changes.entries.map(\.action) == [.skipped])
        #expect(outcome.failure == nil)
        #expect(cluster.takeRequests().isEmpty)
    }

    @Test func aNamespaceTooManyDoesNotTellClusterWideObjectsApart() async throws {
        let applier = Sample.applier(cluster)
        let role: Tree = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": ["name": "r", "namespace": "ns"],
        ]
        let desired = try await applier.scoped(try Sample.desired(role))
        #expect(desired.inventory.entries.map(\.identity.id) == ["_r_rbac.authorization.k8s.io_ClusterRole"])
        let applied = try await applier.apply(desired).inventory
        let old = try Sample.desired(role).inventory.subtracting(applied)
        #expect(old.count == 1)
        let outcome = try await applier.prune(old, owner: Sample.owner, keeping: applied)
        #expect(outcome.changes.entries.map(\.action) == [.skipped])
        #expect(cluster.object("/apis/rbac.authorization.k8s.io/v1/clusterroles/r") != nil)
    }

    @Test func theOwnerDoesNotWaitForItself() throws {
        let own: Tree = [
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": ["name": "app", "namespace": "flux-system"],
        ]
        let targets = ReadyTarget.all(of: try Sample.desired(Sample.map(), own), ChangeSet())
        #expect(targets.map(\.key.name) == ["a"])
    }

    @Test func countsWhatIsGoneAsDeleted() async throws {
        let stale = Inventory([
            Self.entry("ConfigMap", "gone"), Self.entry("Y", "y", group: "x.io"),
            Self.entry("Deployment", "d", group: "apps", version: "v1beta1"),
        ])
        let outcome = try await Sample.applier(cluster).prune(stale, owner: Sample.owner)
        #expect(outcome.changes.entries.allSatisfy { $0.action == .deleted })
        #expect(outcome.failure == nil)
    }

    @Test func givesBackWhatItCouldNotDelete() async throws {
        let applier = Sample.applier(cluster)
        let desired = try Sample.desired(Sample.map("a"), Sample.map("b"))
        _ = try await applier.apply(desired)
        cluster.refuse("DELETE \(Sample.mapPath)", FakeCluster.status(403, "Forbidden", "no"))
        let outcome = try await applier.prune(desired.inventory, owner: Sample.owner)
        #expect(outcome.survivors.entries.map(\.identity.name) == ["a"])
        #expect(outcome.changes.summary == "ConfigMap/ns/b deleted")
        #expect(outcome.failure?.message == "ConfigMap/ns/a delete failed (Forbidden): no")
    }

    private static func deployment(_ name: String, _ status: Tree) -> Tree {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string(name), "namespace": "ns", "labels": owned],
            "spec": ["replicas": 1], "status": status,
        ]
    }

    private func targets(_ names: String...) -> [ReadyTarget] {
        names.map { name in
            let gvk = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
            var target = ReadyTarget(gvk, ObjectKey(namespace: "ns", name: name))
            target.owner = Sample.owner
            return target
        }
    }

    @Test func endsAtOnceWhenOneFailed() async throws {
        let failed: Tree = ["conditions": [["type": "Progressing", "reason": "ProgressDeadlineExceeded"]]]
        cluster.change("/apis/apps/v1/namespaces/ns/deployments/d") { $0 = Self.deployment("d", failed) }
        let error = await #expect(throws: ApplyError.self) {
            try await Sample.applier(cluster).awaitReady(targets("d", "e"), timeout: .seconds(600))
        }
        #expect(error?.code == .notReady)
        #expect(
            error?.message.hasPrefix("failed early due to stalled resources: [Deployment/ns/d status: 'Failed'") == true
        )
        #expect(cluster.takeRequests() == ["GET /apis/apps/v1/namespaces/ns/deployments"], "one list for both")
    }

    @Test func namesWhatWasNotReadyInTime() async throws {
        let error = await #expect(throws: ApplyError.self) {
            try await Sample.applier(cluster).awaitReady(targets("d"), timeout: .milliseconds(5))
        }
        #expect(error?.message == "timeout waiting for: [Deployment/ns/d status: 'NotFound']")
    }

    @Test func takesTheEndOfAJobForSuccess() async throws {
        var target = targets("j")[0]
        target.mayVanish = true
        try await Sample.applier(cluster).awaitReady([target], timeout: .milliseconds(5))
    }
}
