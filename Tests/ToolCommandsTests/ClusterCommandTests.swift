import HTTPExchange
import ManifestTree
import Testing

@testable import ToolCommands

@Suite struct ClusterCommandTests {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)
    private static let ociPath = "/apis/source.toolkit.fluxcd.io/v1/namespaces/apps/ocirepositories/web"
    private static let kustomizationPath = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/apps/kustomizations/web"
    private static let kubeconfig = """
        {"apiVersion":"v1","kind":"Config","current-context":"c",
         "contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],
         "clusters":[{"name":"k","cluster":{"server":"http://127.0.0.1:1"}}],
         "users":[{"name":"u","user":{}}]}
        """

    private static func ready(_ status: String, _ message: String) -> Tree {
        [["type": "Ready", "status": .string(status), "reason": "R", "message": .string(message)]]
    }

    private static let repository: Tree = [
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
        "metadata": ["name": "web", "namespace": "apps", "generation": 1, "labels": ["team": "a"]],
        "spec": ["url": "oci://example.com/web", "interval": "1m"],
        "status": [
            "observedGeneration": 1,
            "artifact": ["revision": .string("v1@\(digest)")],
            "conditions": ready("True", "stored artifact for digest 'v1@\(digest)'"),
        ],
    ]

    private static let kustomization: Tree = [
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": ["name": "web", "namespace": "apps", "generation": 1],
        "spec": ["sourceRef": ["kind": "OCIRepository", "name": "web"], "suspend": false],
        "status": [
            "observedGeneration": 1, "lastAppliedRevision": .string("v1@\(digest)"),
            "conditions": ready("False", "kustomize build failed"),
        ],
    ]

    /// Handles each request at once.
    private static func handling(_ object: inout Tree, _ patch: Tree) {
        let requested = object[path: ["metadata", "annotations", "reconcile.fluxcd.io/requestedAt"]]
        guard let requested else { return }
        object[path: ["status", "lastHandledReconcileAt"]] = requested
        object[path: ["status", "conditions"]] = ready("True", "done")
    }

    private func run(_ arguments: [String], _ cluster: ScriptedCluster) async throws -> ToolRun {
        let home = try Scratch(["config": Self.kubeconfig])
        return await ToolRun.of(arguments + ["--kubeconfig", "\(home.path)/config"], over: cluster)
    }

    private static func cluster(
        suspended: Bool = false,
        controller: @escaping @Sendable (inout Tree, Tree) -> Void = handling
    ) -> ScriptedCluster {
        var kustomization = kustomization
        kustomization[path: ["spec", "suspend"]] = .bool(suspended)
        return ScriptedCluster([ociPath: repository, kustomizationPath: kustomization], controller: controller)
    }

    @Test func getsSources() async throws {
        let message = "stored artifact for digest 'v1@sha256:abababab'"
        let padding = String(repeating: " ", count: message.count - 7)
        let shown = try await run(["get", "sources", "oci", "-n", "apps"], Self.cluster())
        #expect(
            shown.output == "NAME\tREVISION          \tSUSPENDED\tREADY\tMESSAGE\(padding) \n"
                + "web \tv1@sha256:abababab\tFalse    \tTrue \t\(message)\t\n",
            "\(shown.errors)"
        )
        let everywhere = try await run(["get", "source", "oci", "-A", "--no-header"], Self.cluster())
        #expect(everywhere.output == "apps\tweb\tv1@sha256:abababab\tFalse\tTrue\t\(message)\t\n")
    }

    @Test func getsKustomizationsByTheirAlias() async throws {
        let shown = try await run(["get", "ks", "web", "-n", "apps"], Self.cluster(suspended: true))
        #expect(shown.output.contains("web \tv1@sha256:abababab\tTrue     \tFalse\tkustomize build failed\t\n"))
        let none = try await run(
            ["get", "kustomizations", "--status-selector", "ready=true", "-n", "apps"],
            Self.cluster()
        )
        #expect(none.output == "NAME\tREVISION\tSUSPENDED\tREADY\tMESSAGE \n")
        let some = try await run(["get", "ks", "--status-selector", "Ready!=true", "-n", "apps"], Self.cluster())
        #expect(some.output.contains("web"))
    }

    @Test func getsDocuments() async throws {
        let one = try await run(["get", "sources", "oci", "web", "-n", "apps", "-o", "json"], Self.cluster())
        #expect(try JSONReader.parse(Array(one.output.utf8)) == Self.repository)
        let all = try await run(["get", "sources", "oci", "-n", "apps", "-o", "json"], Self.cluster())
        #expect(try JSONReader.parse(Array(all.output.utf8))["kind"] == "List")
    }

    @Test func saysWhatIsNotThere() async throws {
        let none = try await run(["get", "sources", "oci"], Self.cluster())
        #expect(none.status == 1)
        #expect(none.errors == "✗ no OCIRepository objects found in \"flux-system\" namespace\n")
        let other = try await run(["get", "ks", "other", "-n", "apps"], Self.cluster())
        #expect(other.errors.hasPrefix("✗ Kustomization object 'other' not found in \"apps\" namespace"))
    }

    @Test func reconcilesWithTheSourceFirst() async throws {
        let cluster = Self.cluster()
        let run = try await run(["reconcile", "kustomization", "web", "--with-source", "-n", "apps"], cluster)
        #expect(run.status == 0)
        #expect(
            run.errors == """
                ► annotating OCIRepository web in apps namespace
                ✔ OCIRepository annotated
                ◎ waiting for OCIRepository reconciliation
                ✔ fetched revision v1@\(Self.digest)
                ► annotating Kustomization web in apps namespace
                ✔ Kustomization annotated
                ◎ waiting for Kustomization reconciliation
                ✔ applied revision v1@\(Self.digest)

                """
        )
        let annotation = ["metadata", "annotations", "reconcile.fluxcd.io/requestedAt"]
        #expect(
            cluster.received.map { $0[path: annotation]?.string }
                == Array(repeating: "2023-11-14T22:13:20.000000Z", count: 2)
        )
    }

    @Test func refusesToReconcileWhatIsSuspended() async throws {
        let cluster = Self.cluster(suspended: true)
        let run = try await run(["reconcile", "ks", "web", "-n", "apps"], cluster)
        #expect(run.status == 1)
        #expect(run.errors.contains("resource is suspended"))
        #expect(cluster.received.isEmpty)
    }

    @Test func reportsWhatTheControllerSays() async throws {
        let cluster = Self.cluster { object, _ in
            Self.handling(&object, [:])
            object[path: ["status", "conditions"]] = Self.ready("False", "no such tag")
        }
        let run = try await run(["reconcile", "source", "oci", "web", "-n", "apps"], cluster)
        #expect(run.status == 1)
        #expect(run.errors.hasSuffix("✗ OCIRepository reconciliation failed: 'no such tag'\n"))
    }

    @Test func suspendsAndResumes() async throws {
        let cluster = Self.cluster { object, _ in object[path: ["status", "conditions"]] = Self.ready("True", "done") }
        let suspended = try await run(["suspend", "source", "oci", "web", "-n", "apps"], cluster)
        #expect(suspended.errors == "► suspending OCIRepository web in apps namespace\n✔ OCIRepository suspended\n")
        let resumed = try await run(["resume", "source", "oci", "--all", "-n", "apps"], cluster)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.errors.hasSuffix("✔ fetched revision v1@\(Self.digest)\n"))
        #expect(cluster.received == [["spec": ["suspend": true]], ["spec": ["suspend": .null]]])
    }
}
