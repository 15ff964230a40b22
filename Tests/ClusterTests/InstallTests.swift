import Foundation
import Testing

extension WholeInstallation {
    /// The manifests in `config/` against a real API server.
    @Suite struct InstallTests {
        @Test func theInstallManifestsAreAccepted() async throws {
            try await Environment.with(controller: false) { environment in
                let config = "\(try Tool.setting("SLUICE_REPOSITORY"))/config"
                let manifests = try environment.sluice.succeed(["kustomize", "\(config)/default"])
                try environment.kubectl.run(["apply", "--validate=false", "-f", "-"], input: manifests)
                let deployment = try environment.kubectl.read(
                    ["deployment", "sluice", "-n", "sluice-system"],
                    ".spec.template.spec.containers[0].args[0]"
                )
                #expect(deployment == "controller")
                for sample in ["ocirepository_cosign.yaml", "kustomization.yaml"] {
                    try environment.kubectl.run(["apply", "--validate=false", "-f", "\(config)/samples/\(sample)"])
                }
                let old = [
                    "get", "ocirepositories.v1beta2.source.toolkit.fluxcd.io", "app", "-o", "jsonpath={.apiVersion}",
                ]
                #expect(try environment.kubectl.run(old) == "source.toolkit.fluxcd.io/v1beta2")
            }
        }

        /// The role for the controller's own kinds is enough for them, leader election included: without the applier's
        /// binding, sources are reconciled and nothing is applied.
        @Test func theControllersRoleIsEnoughAndNoMore() async throws {
            try await Environment.with(controller: false) { environment in
                let kubectl = environment.kubectl
                let config = "\(try Tool.setting("SLUICE_REPOSITORY"))/config"
                try kubectl.run(["apply", "-f", "\(config)/manager/namespace.yaml"])
                try kubectl.apply(try environment.sluice.succeed(["kustomize", "\(config)/rbac"]))
                try kubectl.run(["delete", "clusterrolebinding", "sluice-applier"])
                let kubeconfig = try Self.kubeconfig(of: environment)
                try environment.startController(
                    ["--enable-leader-election", "--runtime-namespace", "sluice-system"],
                    kubeconfig: kubeconfig
                )

                try Artifacts(environment: environment).push(
                    ["a.yaml": Manifests.configMap("limited", ["v": "1"])],
                    "limited",
                    "latest"
                )
                try kubectl.apply(Manifests.source(environment, "limited"))
                try kubectl.apply(Manifests.kustomization("limited"))
                try await eventually("the source is ready") {
                    try kubectl.condition(["ocirepository", "limited", "-n", "default"], "Ready") == "True"
                }
                let pair = try Artifacts(environment: environment).keyPair("policy")
                let key = try String(contentsOfFile: pair.publicKey, encoding: .utf8)
                try kubectl.apply(Manifests.policy("limited", "elsewhere.example.com/**", key: key))
                try await eventually("policies are read and judged") {
                    try kubectl.explanation(["verificationpolicy", "limited", "-n", "default"], "Ready")
                        .hasPrefix("Accepted: ")
                }
                let kustomization = ["kustomization", "limited", "-n", "default"]
                try await eventually(within: 120, "the apply is refused by name") {
                    ["forbidden", "limited"].allSatisfy(try kubectl.explanation(kustomization, "Ready").contains)
                }
                #expect(try kubectl.read(["configmap", "limited", "-n", "default"], ".data.v").isEmpty)
                #expect(
                    try !kubectl.read(
                        ["lease", "sluice-leader-election", "-n", "sluice-system"],
                        ".spec.holderIdentity"
                    )
                    .isEmpty
                )
                let events = try kubectl.run(["get", "events", "-n", "default", "-o", "jsonpath={.items[*].reason}"])
                #expect(events.contains("NewArtifact"))
            }
        }

        /// A kubeconfig with a token of the controller's service account.
        static func kubeconfig(of environment: Environment) throws -> String {
            let request = "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}"
            let path = "/api/v1/namespaces/sluice-system/serviceaccounts/sluice/token"
            let answer = try environment.kubectl.run(["create", "--raw", path, "-f", "-"], input: request)
            let decoded = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
            let token = try #require((decoded?["status"] as? [String: Any])?["token"] as? String)
            let text = try String(contentsOfFile: environment.kubectl.kubeconfig, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.contains("token:") ? line.prefix { $0 == " " } + "token: \(token)" : Substring(line)
            }
            let file = environment.folder.appendingPathComponent("limited.kubeconfig")
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
            return file.path
        }
    }
}
