import KubeClient
import KubeModel
import ManifestTree
import Testing

@testable import ClusterApply

@Suite("Apply")
struct ApplyTests {
    private let cluster = FakeCluster()
    private static let prefix = "kustomize.toolkit.fluxcd.io"
    private static let list = "GET /api/v1/namespaces/ns/configmaps"
    private static let patch = "PATCH /api/v1/namespaces/ns/configmaps/a"

    @Test func keepsTheRequestBudget() async throws {
        let applier = Sample.applier(cluster)
        let desired = try Sample.desired(Sample.map("a"), Sample.map("b"))
        let first = try await applier.apply(desired)
        #expect(first.summary == "ConfigMap/ns/a created\nConfigMap/ns/b created")
        #expect(cluster.takeRequests().count == 3, "one list of the kind and one patch for each object")
        let second = try await applier.apply(desired)
        #expect(second.entries.map(\.action) == [.unchanged, .unchanged])
        #expect(second.summary.isEmpty)
        #expect(cluster.takeRequests() == [Self.list], "nothing changed: one list, no patch, no dry-run")
        let third = try await applier.apply(try Sample.desired(Sample.map("a", "2"), Sample.map("b")))
        #expect(third.summary == "ConfigMap/ns/a configured")
        #expect(cluster.takeRequests() == [Self.list, Self.patch], "one changed: one patch")
    }

    @Test func tellsUnchangedAfterARestart() async throws {
        let desired = try Sample.desired(Sample.map())
        _ = try await Sample.applier(cluster).apply(desired)
        _ = cluster.takeRequests()
        let changes = try await Sample.applier(cluster).apply(desired)
        #expect(changes.entries.map(\.action) == [.unchanged])
        #expect(cluster.takeRequests() == [Self.list, Self.patch], "a new process applies once")
    }

    @Test(arguments: [true, false])
    func whatOthersHaveIsNotOverwrittenUnseen(isLeftAlone: Bool) async throws {
        let asks: Tree = ["kustomize.toolkit.fluxcd.io/reconcile": "disabled"]
        cluster.change(Sample.mapPath) { $0 = Sample.map("a", "theirs", annotations: isLeftAlone ? asks : nil) }
        cluster.refuse(Self.patch, FakeCluster.status(409, "Conflict", "conflict with \"kubectl\": .data.k"))
        let changes = try await Sample.applier(cluster).apply(try Sample.desired(Sample.map("a", "ours")))
        #expect(changes.entries.map(\.action) == [isLeftAlone ? .skipped : .configured])
        #expect(cluster.object(Sample.mapPath)?["data"]?["k"]?.string == (isLeftAlone ? "theirs" : "ours"))
    }

    @Test func refusalsOfSecretsDoNotQuoteThem() async throws {
        let path = "PATCH /api/v1/namespaces/ns/secrets/s"
        cluster.refuse(path, FakeCluster.status(500, "", ".data.a: expected string in typed patch, got canary"))
        let secret: Tree = ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "ns"]]
        let error = await #expect(throws: ApplyError.self) {
            try await Sample.applier(cluster).apply(try Sample.desired(secret))
        }
        #expect(error?.message.hasPrefix("Secret/ns/s apply failed") == true)
        #expect(error?.message.contains("canary") == false)
    }

    @Test func correctsWhatOthersChanged() async throws {
        let applier = Sample.applier(cluster)
        let desired = try Sample.desired(Sample.map())
        _ = try await applier.apply(desired)
        cluster.change(Sample.mapPath) { $0[path: ["data", "k"]] = "tampered" }
        #expect(try await applier.apply(desired).summary == "ConfigMap/ns/a configured")
        #expect(cluster.object(Sample.mapPath)?["data"]?["k"] == "1")
        cluster.change(Sample.mapPath) { $0[path: ["metadata", "labels"]] = nil }
        #expect(
            try await applier.apply(desired).summary == "ConfigMap/ns/a configured",
            "lost labels come back too"
        )
    }

    @Test func asksNothingWhenOnlyTheStatusMovedOn() async throws {
        let applier = Sample.applier(cluster)
        let path = "/apis/apps/v1/namespaces/ns/deployments/d"
        let deployment: Tree = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d", "namespace": "ns"], "spec": [:],
        ]
        cluster.change(path) { tree in
            tree = deployment
            tree[path: ["metadata", "generation"]] = 3
            tree[path: ["metadata", "uid"]] = "u"
        }
        let desired = try Sample.desired(deployment)
        _ = try await applier.apply(desired)
        cluster.change(path) { $0["status"] = ["replicas": 1] }
        _ = cluster.takeRequests()
        #expect(try await applier.apply(desired).entries.map(\.action) == [.unchanged])
        #expect(cluster.takeRequests().count == 1, "same generation, labels and annotations: no patch")
    }

    static let skips: [(Tree, Tree?, Bool, String)] = [
        (["kustomize.toolkit.fluxcd.io/ssa": "Ignore"], nil, true, "the desired object says ignore"),
        (
            ["kustomize.toolkit.fluxcd.io/reconcile": "Disabled"], nil, true,
            "the desired object says disabled, any case"
        ),
        ([:], ["kustomize.toolkit.fluxcd.io/ssa": "ignore"], true, "the live object says ignore"),
        ([:], ["kustomize.toolkit.fluxcd.io/reconcile": "disabled"], true, "the live object says disabled"),
        (["kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"], [:], true, "it is there already"),
        (
            [:], ["kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"], false,
            "IfNotPresent counts on the desired side only"
        ),
        (["kustomize.toolkit.fluxcd.io/ssa": "Merge"], nil, false, "merge still applies"),
    ]

    @Test(arguments: skips)
    func obeysDirectives(desired: Tree, live: Tree?, isSkipped: Bool, why: String) async throws {
        if let live {
            cluster.change(Sample.mapPath) { tree in
                tree = Sample.map("a", "old", annotations: live)
                tree[path: ["metadata", "uid"]] = "u"
                tree[path: ["metadata", "labels"]] = [
                    "kustomize.toolkit.fluxcd.io/name": "app", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                ]
            }
        }
        let set = try Sample.desired(Sample.map("a", "new", annotations: desired))
        let changes = try await Sample.applier(cluster).apply(set)
        #expect((changes.entries.map(\.action) == [.skipped]) == isSkipped, "\(why)")
        #expect(cluster.takeRequests().contains(Self.patch) != isSkipped)
        #expect(changes.inventory.count == 1, "skipped objects stay in the inventory")
    }

    @Test func leavesAnExistingObjectThatWasNeverOurs() async throws {
        cluster.change(Sample.mapPath) { $0 = Sample.map("a", "theirs") }
        let set = try Sample.desired(Sample.map("a", "ours", annotations: ["\(Self.prefix)/ssa": "IfNotPresent"]))
        #expect(try await Sample.applier(cluster).apply(set).entries.map(\.action) == [.skipped])
    }

    @Test func reportsEveryFailureOfAStage() async throws {
        for name in ["a", "c"] {
            cluster.refuse(
                "PATCH /api/v1/namespaces/ns/configmaps/\(name)",
                FakeCluster.status(403, "Forbidden", "no \(name)")
            )
        }
        let set = try Sample.desired(Sample.map("a"), Sample.map("b"), Sample.map("c"))
        let error = await #expect(throws: ApplyError.self) { try await Sample.applier(cluster).apply(set) }
        #expect(
            error?.message == """
                ConfigMap/ns/a apply failed (Forbidden): no a
                ConfigMap/ns/c apply failed (Forbidden): no c
                """
        )
        #expect(error?.changes.summary == "ConfigMap/ns/b created", "the others were applied and are reported")
    }

    @Test func stopsAfterAFailedStage() async throws {
        cluster.refuse("PATCH /api/v1/namespaces/ns", FakeCluster.status(403, "Forbidden", "no"))
        let namespace: Tree = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "ns"]]
        let set = try Sample.desired(Sample.map(), namespace)
        await #expect(throws: ApplyError.self) { try await Sample.applier(cluster).apply(set) }
        #expect(cluster.takeRequests() == ["GET /api/v1/namespaces", "PATCH /api/v1/namespaces/ns"])
    }

    @Test func namesWhatHasNoKindOrNamespace() async throws {
        var unnamed = Sample.map()
        unnamed[path: ["metadata", "namespace"]] = nil
        let unknown: Tree = ["apiVersion": "x.io/v1", "kind": "Y", "metadata": ["name": "y", "namespace": "ns"]]
        let set = try Sample.desired(unnamed, unknown)
        let error = await #expect(throws: ApplyError.self) { try await Sample.applier(cluster).apply(set) }
        #expect(error?.message.contains("ConfigMap/a") == true)
        #expect(error?.message.contains("set metadata.namespace") == true)
        #expect(error?.message.contains("no matches for kind \"Y\" in version \"x.io/v1\"") == true)
    }

    static let refusals: [([String], Bool, String)] = [
        (["Invalid value: \"x\": field is immutable"], true, "an immutable field"),
        (
            ["Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"], true,
            "a StatefulSet"
        ),
        (["Invalid value: \"x\": cannot change roleRef"], true, "a role binding"),
        (["Invalid value: \"a: field is immutable\": must be a number"], false, "the user's own text says immutable"),
        (["Required value: needs a name"], false, "a plain mistake"),
        (
            ["Invalid value: \"x\": field is immutable", "Required value: needs a name"], false,
            "the new object would be refused as well"
        ),
    ]

    @Test(arguments: refusals)
    func recreatesOnlyForImmutableFields(causes: [String], isRecreated: Bool, why: String) async throws {
        let applier = Sample.applier(cluster)
        _ = try await applier.apply(try Sample.desired(Sample.map()))
        _ = cluster.takeRequests()
        cluster.refuse(Self.patch, FakeCluster.status(422, "Invalid", "refused", causes: causes))
        let changed = try Sample.desired(Sample.map("a", "2"))
        let changes = try? await applier.apply(changed, force: true)
        #expect(cluster.takeRequests().contains { $0.hasPrefix("DELETE") } == isRecreated, "\(why)")
        #expect((changes?.summary == "ConfigMap/ns/a configured") == isRecreated)
    }

    @Test func recreatesNothingUnasked() async throws {
        let applier = Sample.applier(cluster)
        _ = try await applier.apply(try Sample.desired(Sample.map()))
        let refusal = FakeCluster.status(422, "Invalid", "field is immutable")
        cluster.refuse(Self.patch, refusal)
        await #expect(throws: ApplyError.self) { try await applier.apply(try Sample.desired(Sample.map("a", "2"))) }
        #expect(!cluster.takeRequests().contains { $0.hasPrefix("DELETE") })
    }
}
