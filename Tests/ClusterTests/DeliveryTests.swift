import Foundation
import Testing

extension WholeInstallation {
    /// From a pushed artifact to objects in a cluster, with every tool that pushes.
    @Suite struct DeliveryTests {
        @Test func signedArtifactsOfEveryToolAreApplied() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let key = try artifacts.keyPair("cosign")
                try kubectl.run([
                    "create", "secret", "generic", "signers", "-n", "default",
                    "--from-file=cosign.pub=\(key.publicKey)",
                ])
                for tool in ["sluice", "oras", "crane"] {
                    let files = ["app.yaml": Manifests.configMap("from-\(tool)", ["tool": tool])]
                    switch tool {
                    case "oras": try artifacts.pushWithOras(files, tool, "latest")
                    case "crane": try artifacts.pushWithCrane(files, tool, "latest")
                    default: try artifacts.push(files, tool, "latest")
                    }
                    try artifacts.sign(tool, digest: try artifacts.digest(tool, "latest"), key: key.secret)
                    try kubectl.apply(Manifests.source(environment, tool, Manifests.verifying("signers")))
                    try kubectl.apply(Manifests.kustomization(tool))
                    try await eventually("the ConfigMap of \(tool) is applied") {
                        try kubectl.read(["configmap", "from-\(tool)", "-n", "default"], ".data.tool") == tool
                    }
                    let source = ["ocirepository", tool, "-n", "default"]
                    try await eventually("the Kustomization \(tool) is ready") {
                        try kubectl.condition(["kustomization", tool, "-n", "default"], "Ready") == "True"
                    }
                    #expect(try kubectl.condition(source, "SourceVerified") == "True")
                    let digest = try artifacts.digest(tool, "latest")
                    #expect(try kubectl.read(source, ".status.artifact.revision") == "latest@\(digest)")
                    #expect(
                        try kubectl.read(["kustomization", tool, "-n", "default"], ".status.lastAppliedRevision")
                            == "latest@\(digest)"
                    )
                }
            }
        }

        @Test func artifactsAreServedUnderFluxURLs() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                try artifacts.push(["a.yaml": Manifests.configMap("a", ["k": "v"])], "served", "latest")
                try kubectl.apply(Manifests.source(environment, "served"))
                let source = ["ocirepository", "served", "-n", "default"]
                try await eventually("the source is ready") { try kubectl.condition(source, "Ready") == "True" }
                let digest = try kubectl.read(source, ".status.artifact.digest")
                let url = try kubectl.read(source, ".status.artifact.url")
                // As with Flux, the file is named after the revision.
                let revision = try artifacts.digest("served", "latest")
                #expect(url.hasSuffix("/ocirepository/default/served/\(revision).tar.gz"))
                let file = environment.folder.appendingPathComponent("served.tar.gz").path
                try Tool(path: "/usr/bin/curl").succeed(["-fsS", "-o", file, url])
                let sum = try Tool(path: "/usr/bin/sha256sum").succeed([file]).prefix(64)
                #expect("sha256:\(sum)" == digest)
                #expect(try Tool(path: "/bin/tar").succeed(["tzf", file]).contains("a.yaml"))
                let latest = try kubectl.read(source, ".status.url")
                #expect(latest.hasSuffix("/ocirepository/default/served/latest.tar.gz"))
                try Tool(path: "/usr/bin/curl").succeed(["-fsS", "-o", "/dev/null", latest])
            }
        }

        @Test func objectsFollowTheRevision() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let overlay = """
                    namespace: default
                    namePrefix: pre-
                    resources: [app.yaml]
                    configMapGenerator:
                    - name: generated
                      literals: [a=1]
                    """
                try artifacts.push(
                    ["app.yaml": Manifests.configMap("one", ["v": "1"]), "kustomization.yaml": overlay],
                    "follow",
                    "latest"
                )
                try kubectl.apply(Manifests.source(environment, "follow"))
                try kubectl.apply(
                    Manifests.kustomization("follow", "  commonMetadata:\n    labels:\n      team: blue\n")
                )
                try await eventually("the first revision is applied") {
                    try kubectl.read(["configmap", "pre-one", "-n", "default"], ".data.v") == "1"
                }
                #expect(try kubectl.read(["configmap", "pre-one", "-n", "default"], ".metadata.labels.team") == "blue")
                let generated = try kubectl.run(["get", "configmaps", "-n", "default", "-o", "name"])
                #expect(generated.contains("configmap/pre-generated-"))
                try artifacts.push(
                    ["app.yaml": Manifests.configMap("two", ["v": "2"]), "kustomization.yaml": overlay],
                    "follow",
                    "latest"
                )
                try await eventually("the second revision is applied and the first pruned") {
                    try kubectl.read(["configmap", "pre-two", "-n", "default"], ".data.v") == "2"
                        && kubectl.read(["configmap", "pre-one", "-n", "default"], ".data.v").isEmpty
                }
                try kubectl.run([
                    "patch", "configmap", "pre-two", "-n", "default", "--type=merge", "-p",
                    "{\"data\":{\"v\":\"drift\"}}",
                ])
                try await eventually("drift is corrected") {
                    try kubectl.read(["configmap", "pre-two", "-n", "default"], ".data.v") == "2"
                }
                try kubectl.run(["delete", "kustomization", "follow", "-n", "default", "--timeout=30s"])
                #expect(try kubectl.read(["configmap", "pre-two", "-n", "default"], ".data.v").isEmpty)
                try kubectl.run(["delete", "ocirepository", "follow", "-n", "default", "--timeout=30s"])
                let left = try FileManager.default.subpathsOfDirectory(
                    atPath: environment.folder.appendingPathComponent("store").path
                )
                #expect(!left.contains { $0.contains("follow/") })
            }
        }

        @Test func commandsReadAndSteerTheCluster() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let flags = ["--kubeconfig", kubectl.kubeconfig, "-n", "default"]
                try artifacts.push(["a.yaml": Manifests.configMap("steered", ["v": "1"])], "steered", "latest")
                try kubectl.apply(Manifests.source(environment, "steered"))
                try kubectl.apply(Manifests.kustomization("steered"))
                try await eventually("it is ready") {
                    try kubectl.condition(["kustomization", "steered", "-n", "default"], "Ready") == "True"
                }
                let sources = try environment.sluice.succeed(["get", "sources", "oci"] + flags)
                #expect(sources.contains("NAME") && sources.contains("steered") && sources.contains("True"))
                let applied = try environment.sluice.succeed(["get", "kustomizations"] + flags)
                #expect(applied.contains("Applied revision: latest@sha256:"))
                try environment.sluice.succeed(["suspend", "source", "oci", "steered"] + flags)
                #expect(try kubectl.read(["ocirepository", "steered", "-n", "default"], ".spec.suspend") == "true")
                #expect(try environment.sluice.run(["reconcile", "source", "oci", "steered"] + flags).status != 0)
                try environment.sluice.succeed(["resume", "source", "oci", "steered"] + flags)
                try environment.sluice.succeed(["reconcile", "source", "oci", "steered"] + flags)
                try environment.sluice.succeed(["reconcile", "kustomization", "steered", "--with-source"] + flags)
            }
        }
    }
}
