import ControllerRuntime
import CoreModel
import HTTPExchange
import KubeModel
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

struct ApplyTests {
    static let retried = "Reconciling=True/ProgressingWithRetry"

    @Test func whatMayExistIsRecordedBeforeTheFirstChange() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.create()
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        let writes = fixture.cluster.takeRequests().filter(\.isWrite)
        #expect(
            writes.map(\.line) == [
                "PATCH \(ApplyFixture.path)", "PATCH \(ApplyFixture.path)/status",
                "PATCH \(ApplyFixture.mapPath("a"))", "PATCH \(ApplyFixture.mapPath("b"))",
                "PATCH \(ApplyFixture.path)/status",
            ]
        )
        let intent = writes.dropFirst().first?.body["status"]
        #expect(ApplyFixture.inventory(intent) == ["web_a__ConfigMap", "web_b__ConfigMap"])
        let told = intent?["conditions"]?.list?.compactMap { $0["reason"]?.string }
        #expect(told == ["Progressing", "Progressing"], "the same write tells that it is under way")
        #expect(intent?["lastAppliedRevision"] == nil)
        #expect(fixture.conditions == ApplyFixture.healthy)
        #expect(fixture.inventory == ["web_a__ConfigMap", "web_b__ConfigMap"])
        let revision = fixture.cluster.object(ApplyFixture.sourcePath)?[path: ["status", "artifact", "revision"]]
        #expect(fixture.status["lastAppliedRevision"] == revision)
        #expect(fixture.status["lastAttemptedRevision"] == revision)
        #expect(fixture.status["lastAppliedOriginRevision"] == "one")
        #expect(fixture.status["observedGeneration"]?.integer == 1)
        #expect(fixture.status["history"]?.list?.count == 1)
        #expect(fixture.message("Ready") == "Applied revision: \(revision?.string ?? "")")
    }

    @Test func anUnchangedReconcileCostsOneListForEachKindAndNoWrite() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        _ = fixture.cluster.takeRequests()
        for _ in 0..<2 {
            fixture.clock.advance(by: .seconds(600))
            #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
            #expect(fixture.cluster.takeRequests().map(\.line) == ["GET /api/v1/namespaces/web/configmaps"])
        }
    }

    @Test func afterARestartNothingIsWrittenThatIsThereAlready() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        let (before, map) = (fixture.object, fixture.cluster.object(ApplyFixture.mapPath("a")))
        fixture.restart()
        _ = fixture.cluster.takeRequests()
        try await fixture.reconcile()
        // One apply that changes nothing, since nobody remembers what was applied.
        #expect(
            fixture.cluster.takeRequests().filter(\.isWrite).map(\.line) == ["PATCH \(ApplyFixture.mapPath("a"))"]
        )
        #expect(fixture.object == before)
        #expect(fixture.cluster.object(ApplyFixture.mapPath("a")) == map)
    }

    @Test func driftIsPutRight() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        fixture.cluster.change(ApplyFixture.mapPath("a")) { $0["data"] = ["key": "other"] }
        fixture.cluster.delete(ApplyFixture.mapPath("b"))
        _ = fixture.cluster.takeRequests()
        try await fixture.reconcile()
        #expect(fixture.cluster.object(ApplyFixture.mapPath("a"))?["data"] == ["key": "1"])
        #expect(fixture.maps == ["a", "b"])
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func whatIsNoLongerWantedIsPruned() async throws {
        let fixture = try ApplyFixture()
        let kept = ApplyFixture.map("kept", annotations: "{kustomize.toolkit.fluxcd.io/prune: disabled}")
        try fixture.publish(
            ["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b"), "kept.yaml": kept],
            revision: "one"
        )
        fixture.create()
        try await fixture.reconcile()
        // Somebody else's object of a name that was ours.
        fixture.cluster.delete(ApplyFixture.mapPath("b"))
        fixture.cluster.put(ApplyFixture.mapPath("b"), ["apiVersion": "v1", "kind": "ConfigMap", "metadata": [:]])
        try fixture.publish(["c.yaml": ApplyFixture.map("c")], revision: "two")
        try await fixture.reconcile()
        #expect(fixture.maps == ["b", "c", "kept"])
        #expect(fixture.inventory == ["web_c__ConfigMap"])
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func withoutPruneNothingIsDeleted() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create { $0["prune"] = false }
        try await fixture.reconcile()
        try fixture.publish(["b.yaml": ApplyFixture.map("b")], revision: "two")
        try await fixture.reconcile()
        #expect(fixture.maps == ["a", "b"])
        #expect(fixture.inventory == ["web_b__ConfigMap"])
        fixture.cluster.delete(ApplyFixture.path)
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(fixture.maps == ["a", "b"])
    }

    @Test func whatCannotBePrunedStaysInTheInventoryAndIsTriedAgain() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        try fixture.publish(["b.yaml": ApplyFixture.map("b")], revision: "two")
        fixture.cluster.refuse(
            "DELETE \(ApplyFixture.mapPath("a"))",
            status: 403,
            reason: "Forbidden",
            message: "a webhook says no"
        )
        #expect(try await fixture.reconcile() == .again(after: .seconds(120)))
        #expect(fixture.conditions == ["Ready=False/PruneFailed", Self.retried])
        #expect(fixture.message("Ready").contains("ConfigMap/web/a delete failed (Forbidden): a webhook says no"))
        #expect(fixture.inventory == ["web_a__ConfigMap", "web_b__ConfigMap"])
        try await fixture.reconcile()
        #expect(fixture.maps == ["b"])
        #expect(fixture.inventory == ["web_b__ConfigMap"])
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func deletionTakesTheObjectsAlong() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        #expect(fixture.object[path: ["metadata", "finalizers"]] == ["finalizers.fluxcd.io"])
        fixture.cluster.delete(ApplyFixture.path)
        fixture.cluster.refuse(
            "DELETE \(ApplyFixture.mapPath("a"))",
            status: 403,
            reason: "Forbidden",
            message: "not now"
        )
        #expect(try await fixture.reconcile() == .failed(atLeast: .seconds(1)))
        #expect(fixture.object != .null)
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(fixture.maps == [])
    }

    static let deletions: [(policy: String, prune: Bool, suspend: Bool, left: [String])] = [
        ("MirrorPrune", true, false, []), ("MirrorPrune", false, false, ["a"]), ("Delete", false, false, []),
        ("WaitForTermination", false, false, []), ("Orphan", true, false, ["a"]), ("Delete", true, true, ["a"]),
    ]

    @Test(arguments: deletions)
    func theDeletionPolicyDecides(policy: String, prune: Bool, suspend: Bool, left: [String]) async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create {
            $0["deletionPolicy"] = .string(policy)
            $0["prune"] = .bool(prune)
        }
        try await fixture.reconcile()
        if suspend { fixture.changeSpec { $0["suspend"] = true } }
        fixture.cluster.delete(ApplyFixture.path)
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(fixture.maps == left)
    }

    @Test func anInvalidSpecIsNoReasonToStay() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        fixture.changeSpec { $0["interval"] = "soon" }
        try await fixture.reconcile()
        fixture.cluster.delete(ApplyFixture.path)
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(fixture.maps == [])
    }

    @Test(arguments: [false, true])
    func withoutTheAccountThatMayDeleteTheObjectGoesAlone(isThere: Bool) async throws {
        let fixture = try ApplyFixture()
        let account = "/api/v1/namespaces/apps/serviceaccounts/deployer"
        fixture.cluster.put(account, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": [:]])
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create { $0["serviceAccountName"] = "deployer" }
        try await fixture.reconcile()
        if !isThere { fixture.cluster.delete(account) }
        fixture.cluster.delete(ApplyFixture.path)
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == .null)
        #expect(fixture.maps == (isThere ? [] : ["a"]))
        let deletions = fixture.cluster.takeRequests().filter { $0.method == .delete }
        #expect(deletions.map(\.user) == (isThere ? ["system:serviceaccount:apps:deployer"] : []))
    }

    @Test func aSuspendedOneIsLeftAlone() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        fixture.changeSpec { $0["suspend"] = true }
        try fixture.publish(["b.yaml": ApplyFixture.map("b")], revision: "two")
        let before = fixture.object
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
        #expect(fixture.object == before)
    }

    @Test func aRequestedReconcileIsAnsweredWithOneWrite() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        fixture.cluster.change(ApplyFixture.path) {
            $0[path: ["metadata", "annotations"]] = ["reconcile.fluxcd.io/requestedAt": "now"]
        }
        _ = fixture.cluster.takeRequests()
        try await fixture.reconcile()
        let writes = fixture.cluster.takeRequests().filter(\.isWrite)
        #expect(writes.map(\.body) == [["status": ["lastHandledReconcileAt": "now"]]])
    }

    @Test func anotherAccountActsWhereOneIsNamed() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create { $0["serviceAccountName"] = "deployer" }
        try await fixture.reconcile()
        let patches = fixture.cluster.takeRequests().filter { $0.line == "PATCH \(ApplyFixture.mapPath("a"))" }
        #expect(patches.map(\.user) == ["system:serviceaccount:apps:deployer"])
    }

    @Test func anObjectOfNoNamespaceSurvivesTheNamespaceInItsManifest() async throws {
        let fixture = try ApplyFixture()
        func gadget(_ metadata: String) -> String {
            "apiVersion: example.test/v1\nkind: Gadget\nmetadata: {\(metadata)}\nspec: {size: 1}"
        }
        try fixture.publish(["a.yaml": gadget("name: g, namespace: web")], revision: "one")
        fixture.create { $0["wait"] = true }
        try await fixture.reconcile()
        #expect(fixture.cluster.objects(of: "gadgets").count == 1)
        _ = fixture.cluster.takeRequests()
        try await fixture.reconcile()
        #expect(fixture.cluster.takeRequests().filter(\.isWrite).map(\.line) == [])
        // As an inventory has it that was written before the kind was served.
        fixture.cluster.change(ApplyFixture.path) {
            $0[path: ["status", "inventory"]] = ["entries": [["id": "web_g_example.test_Gadget", "v": "v1"]]]
        }
        try fixture.publish(["a.yaml": gadget("name: g")], revision: "two")
        try await fixture.reconcile()
        #expect(fixture.cluster.objects(of: "gadgets").count == 1)
        #expect(fixture.inventory == ["_g_example.test_Gadget"])
        #expect(fixture.conditions == ["Healthy=True/Succeeded"] + ApplyFixture.healthy)
        fixture.cluster.delete(ApplyFixture.path)
        try await fixture.reconcile()
        #expect(fixture.cluster.objects(of: "gadgets").isEmpty)
    }
}
