import ApplyReconciliation
import ArtifactStore
import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

struct ApplyFailureTests {
    static let retried = "Reconciling=True/ProgressingWithRetry"
    static let later = ReconcileOutcome.again(after: .seconds(120))
    static let waiting = ReconcileOutcome.again(after: .seconds(30))

    @Test func aSourceThatIsNotThereIsWaitedFor() async throws {
        let fixture = try ApplyFixture()
        fixture.create()
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.conditions == ["Ready=False/ArtifactFailed", Self.retried])
        #expect(fixture.message("Ready").contains("OCIRepository 'apps/site' does not exist"))
        #expect(fixture.status["lastAttemptedRevision"] == nil)

        fixture.putSource(status: nil)
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.message("Ready").contains("has stored nothing yet"))
        _ = fixture.cluster.takeRequests()
        fixture.clock.advance(by: .seconds(30))
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.cluster.takeRequests().map(\.line) == [], "waiting costs nothing")

        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func anArtifactThatTheStoreHasNotIsWaitedFor() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        try fixture.store.removeObject(.init(kind: "OCIRepository", namespace: "apps", name: "site"))
        fixture.create()
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.conditions == ["Ready=False/ArtifactFailed", Self.retried])
        #expect(fixture.message("Ready").contains("Source is not ready, artifact not found"))
    }

    @Test func anArtifactThatWasReplacedMeanwhileIsWaitedFor() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        let status = fixture.cluster.object(ApplyFixture.sourcePath)?["status"]
        // The same revision with other content, as after a change of spec.ignore; its status is still under way.
        try fixture.publish(["b.yaml": ApplyFixture.map("b")], revision: "one")
        fixture.putSource(status: status)
        fixture.create()
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.conditions == ["Ready=False/ArtifactFailed", Self.retried])
        #expect(fixture.maps == [])
    }

    @Test func aBuildThatFailsNamesTheFileAndChangesNothing() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        try fixture.publish(
            ["good.yaml": ApplyFixture.map("b"), "broken.yaml": "kind: [unclosed"],
            revision: "two"
        )
        #expect(try await fixture.reconcile() == Self.later)
        #expect(fixture.conditions == ["Ready=False/BuildFailed", Self.retried])
        #expect(fixture.message("Ready").contains("broken.yaml"))
        #expect(fixture.maps == ["a"])
        #expect(fixture.inventory == ["web_a__ConfigMap"])
        let revision = fixture.cluster.object(ApplyFixture.sourcePath)?[path: ["status", "artifact", "revision"]]
        #expect(fixture.status["lastAttemptedRevision"] == revision)
        #expect(fixture.status["lastAppliedRevision"] != revision)
    }

    @Test func everyObjectThatWasRefusedIsNamedAndTheOthersAreApplied() async throws {
        let fixture = try ApplyFixture()
        let names = ["a", "b", "c"]
        try fixture.publish(
            Dictionary(uniqueKeysWithValues: names.map { ("\($0).yaml", ApplyFixture.map($0)) }),
            revision: "one"
        )
        for name in ["a", "c"] {
            fixture.cluster.refuse(
                "PATCH \(ApplyFixture.mapPath(name))",
                status: 422,
                reason: "Invalid",
                message: "bad \(name)"
            )
        }
        fixture.create()
        #expect(try await fixture.reconcile() == Self.later)
        #expect(fixture.conditions == ["Ready=False/ReconciliationFailed", Self.retried])
        #expect(
            fixture.message("Ready").split(separator: "\n") == [
                "ConfigMap/web/a apply failed (Invalid): bad a", "ConfigMap/web/c apply failed (Invalid): bad c",
            ]
        )
        #expect(fixture.maps == ["b"])
        #expect(fixture.inventory == names.map { "web_\($0)__ConfigMap" })
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.maps == names)
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func aKindThatNobodyServesIsNamed() async throws {
        let fixture = try ApplyFixture()
        let widget = "apiVersion: example.test/v1\nkind: Widget\nmetadata: {name: w, namespace: web}"
        try fixture.publish(["a.yaml": ApplyFixture.map("a"), "w.yaml": widget], revision: "one")
        fixture.create()
        #expect(try await fixture.reconcile() == Self.later)
        #expect(fixture.message("Ready").contains("no matches for kind \"Widget\" in version \"example.test/v1\""))
        #expect(fixture.maps == ["a"])
    }

    @Test func aRevisionThatWasAppliedBeforeIsInTheHistoryAgainWhenItRecovers() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        fixture.restart()
        fixture.cluster.refuse(
            "PATCH \(ApplyFixture.mapPath("a"))",
            status: 500,
            reason: "InternalError",
            message: "away"
        )
        try await fixture.reconcile()
        #expect(fixture.status["history"]?.list?.first?["lastReconciledStatus"] == "ReconciliationFailed")
        try await fixture.reconcile()
        #expect(fixture.conditions == ApplyFixture.healthy)
        #expect(fixture.status["history"]?.list?.first?["lastReconciledStatus"] == "ReconciliationSucceeded")
    }

    @Test func healthIsWaitedForAndAFailureNamesTheObject() async throws {
        let fixture = try ApplyFixture()
        let gadget = "apiVersion: example.test/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {size: 1}"
        try fixture.publish(["g.yaml": gadget], revision: "one")
        fixture.create { $0["wait"] = true }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["Healthy=True/Succeeded"] + ApplyFixture.healthy)

        let path = "/apis/example.test/v1/gadgets/g"
        let stalled: Tree = ["type": "Stalled", "status": "True", "reason": "Broken", "message": "it is broken"]
        fixture.cluster.change(path) { $0["status"] = ["conditions": [stalled]] }
        #expect(try await fixture.reconcile() == Self.later)
        #expect(
            fixture.conditions == ["Healthy=False/HealthCheckFailed", "Ready=False/HealthCheckFailed", Self.retried]
        )
        #expect(fixture.message("Healthy").contains("Gadget/g"))
        #expect(fixture.message("Ready").contains("it is broken"))

        fixture.cluster.change(path) { $0["status"] = nil }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["Healthy=True/Succeeded"] + ApplyFixture.healthy)
        fixture.changeSpec { $0["wait"] = nil }
        try await fixture.reconcile()
        #expect(fixture.conditions == ApplyFixture.healthy)
    }

    @Test func aHealthCheckOfAnObjectThatIsReadyPasses() async throws {
        let fixture = try ApplyFixture()
        fixture.cluster.put(
            "/apis/apps/v1/namespaces/web/deployments/other",
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": [:], "spec": ["replicas": 0],
                "status": ["observedGeneration": 1, "replicas": 0],
            ]
        )
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create {
            $0["healthChecks"] = [["kind": "ConfigMap", "apiVersion": "v1", "name": "a", "namespace": "web"]]
        }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["Healthy=True/Succeeded"] + ApplyFixture.healthy)
    }

    @Test func dependenciesComeFirst() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create { $0["dependsOn"] = [["name": "base"]] }
        #expect(try await fixture.reconcile() == Self.waiting)
        #expect(fixture.conditions == ["Ready=False/DependencyNotReady", Self.retried])
        #expect(fixture.message("Ready").contains("'apps/base' does not exist"))
        #expect(fixture.maps == [])
        let base = ApplyFixture.path.replacingLastComponent(by: "base")
        fixture.put(
            base,
            spec: ["sourceRef": ["kind": "OCIRepository", "name": "other"], "interval": "10m", "prune": true],
            status: ["observedGeneration": 1, "conditions": [["type": "Ready", "status": "True"]]]
        )
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.maps == ["a"])
    }

    @Test func aSourceInAnotherNamespaceIsRefusedForGoodWhereThatIsForbidden() async throws {
        let fixture = try ApplyFixture()
        fixture.configure { $0.allowsCrossNamespaceReferences = false }
        fixture.create {
            $0["sourceRef"] = ["kind": "OCIRepository", "name": "site", "namespace": "elsewhere"]
        }
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.conditions == ["Ready=False/AccessDenied", "Stalled=True/AccessDenied"])
        #expect(fixture.message("Ready").contains("spec.sourceRef.namespace"))
        #expect(fixture.status["observedGeneration"]?.integer == 1)
    }

    static let invalid: [(field: String, value: Tree?)] = [
        ("spec.interval", nil), ("spec.interval", "soon"), ("spec.retryInterval", "1"),
        ("spec.sourceRef.kind", "Bucket"),
        ("spec.sourceRef.name", nil), ("spec.deletionPolicy", "Burn"), ("spec.decryption", ["provider": "sops"]),
        ("spec.postBuild", ["substitute": "x"]), ("spec.dependsOn", "base"), ("spec.prune", "yes"),
    ]

    @Test(arguments: invalid)
    func anInvalidSpecStallsWithTheFieldNamed(field: String, value: Tree?) async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["a.yaml": ApplyFixture.map("a")], revision: "one")
        fixture.create { $0[path: field.split(separator: ".").dropFirst().map(String.init)] = value }
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.conditions == ["Ready=False/InvalidSpec", "Stalled=True/InvalidSpec"])
        #expect(fixture.message("Stalled").contains(field))
        #expect(fixture.status["observedGeneration"]?.integer == 1)
        #expect(fixture.maps == [])
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
    }

    @Test func aFailureThatGoesOnIsWrittenOnce() async throws {
        let fixture = try ApplyFixture()
        try fixture.publish(["broken.yaml": "kind: [unclosed"], revision: "one")
        fixture.create()
        try await fixture.reconcile()
        _ = fixture.cluster.takeRequests()
        for _ in 0..<2 {
            fixture.clock.advance(by: .seconds(120))
            #expect(try await fixture.reconcile() == Self.later)
        }
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
    }
}

extension String {
    /// The path of another object in the same collection.
    func replacingLastComponent(by name: String) -> String {
        guard let slash = lastIndex(of: "/") else { return name }
        return String(self[...slash]) + name
    }
}
