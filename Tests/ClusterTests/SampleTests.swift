import Foundation
import ManifestTree
import TestSupport
import Testing

extension WholeInstallation {
    /// Every sample of `config/samples` as it is there, byte for byte, with artifacts that other people's tools have
    /// signed.
    @Suite struct SampleTests {
        private static let source = ["ocirepository", "app", "-n", "default"]

        /// Gives the steps of one sample what they work with.
        private struct Scene {
            let environment: Environment
            let artifacts: Artifacts
            /// The digest of the artifact, unsigned so far.
            let digest: String

            var kubectl: Kubectl { environment.kubectl }
            /// The artifact, as the signers reach it.
            var reference: String { "\(environment.registry.host)/configs/app@\(digest)" }

            func path(_ name: String) -> String { environment.folder.appendingPathComponent(name).path }
        }

        /// Runs a sample with an unsigned artifact, which is refused, and then with a signed one.
        private func run(
            _ sample: String,
            signer: String,
            prepare: (Scene) throws -> Void,
            sign: (Scene) async throws -> Void
        ) async throws {
            try await Environment.with(controller: false) { environment in
                let example = try ExampleRegistry(environment.registry, folder: environment.folder)
                defer { example.stop() }
                try environment.startController(variables: example.environment)
                let artifacts = Artifacts(environment: environment)
                let files = ["a.yaml": Manifests.configMap("app", ["v": "1"])]
                let digest = try artifacts.push(files, "configs/app", "1.2.3")
                let scene = Scene(environment: environment, artifacts: artifacts, digest: digest)
                try prepare(scene)
                let repository = try Tool.setting("SLUICE_REPOSITORY")
                try scene.kubectl.run(["apply", "--validate=false", "-f", "\(repository)/config/samples/\(sample)"])
                try await eventually("it is refused without a signature") {
                    try scene.kubectl.condition(Self.source, "SourceVerified") == "False"
                }
                #expect(try scene.kubectl.explanation(Self.source, "Ready").hasPrefix("VerificationError: "))
                #expect(try scene.kubectl.read(Self.source, ".status.artifact") == "")

                try await sign(scene)
                try scene.kubectl.run(
                    ["annotate", "--overwrite"] + Self.source + ["reconcile.fluxcd.io/requestedAt=now"]
                )
                try await eventually("it is verified") {
                    try scene.kubectl.condition(Self.source, "SourceVerified") == "True"
                }
                let message = try scene.kubectl.explanation(Self.source, "SourceVerified")
                #expect(message.hasPrefix("Succeeded: verified signature of revision 1.2.3@\(digest) with "))
                #expect(message.contains(signer), "\(message)")
                #expect(try scene.kubectl.condition(Self.source, "Ready") == "True")
                try Tool(path: "/usr/bin/curl").succeed([
                    "-fsS", "-o", "/dev/null", try scene.kubectl.read(Self.source, ".status.artifact.url"),
                ])
            }
        }

        @Test func cosignWithAKey() async throws {
            try await run("ocirepository_cosign.yaml", signer: "key 'cosign.pub'") { scene in
                let key = try scene.artifacts.keyPair("cosign")
                try scene.kubectl.setSecret("app-signers", [("cosign.pub", key.publicKey)])
            } sign: { scene in
                try scene.artifacts.sign("configs/app", digest: scene.digest, key: scene.path("cosign.key"))
            }
        }

        /// The certificate, the log and the root are the tests' own; that cosign takes them too is shown elsewhere.
        @Test func cosignWithoutAKey() async throws {
            let mill = try SigstoreMill()
            try await run("ocirepository_keyless.yaml", signer: SigstoreMill.Identity.subject) { scene in
                try Data(try mill.trustedRoot().jsonBytes()).write(to: URL(fileURLWithPath: scene.path("root.json")))
                try scene.kubectl.setSecret("sigstore-root", [("trusted_root.json", scene.path("root.json"))])
            } sign: { scene in
                try scene.artifacts.attachBundle(by: mill, "configs/app", digest: scene.digest)
            }
        }

        @Test func notation() async throws {
            try await run("ocirepository_notation.yaml", signer: "acme.example") { scene in
                let notation = try Self.notation(scene)
                try notation.succeed(["cert", "generate-test", "acme.example"])
                let policy = """
                    {"version":"1.0","trustPolicies":[{"name":"app","registryScopes":\
                    ["registry.example.com/configs/app"],"signatureVerification":{"level":"strict"},\
                    "trustStores":["ca:acme"],"trustedIdentities":["*"]}]}
                    """
                try Data(policy.utf8).write(to: URL(fileURLWithPath: scene.path("trustpolicy.json")))
                let certificate = "notation/truststore/x509/ca/acme.example/acme.example.crt"
                try scene.kubectl.setSecret(
                    "app-notation",
                    [("trustpolicy.json", scene.path("trustpolicy.json")), ("ca.crt", scene.path(certificate))]
                )
            } sign: { scene in
                try Self.notation(scene).succeed([
                    "sign", "--insecure-registry", "--key", "acme.example", scene.reference,
                ])
            }
        }

        @Test func policies() async throws {
            try await run("verificationpolicy.yaml", signer: "key 'review.pub'") { scene in
                for name in ["release", "build", "review"] {
                    let key = try scene.artifacts.keyPair(name)
                    try scene.kubectl.setSecret("\(name)-signers", [("\(name).pub", key.publicKey)])
                }
            } sign: { scene in
                for name in ["release", "review"] {
                    try scene.artifacts.sign("configs/app", digest: scene.digest, key: scene.path("\(name).key"))
                }
                for policy in ["clusterverificationpolicy/releases", "verificationpolicy/teams"] {
                    try await eventually("\(policy) tells what it covers") {
                        try scene.kubectl.condition([policy, "-n", "default"], "Ready") == "True"
                            && scene.kubectl.read([policy, "-n", "default"], ".status.sources") == "1"
                    }
                }
            }
        }

        private static func notation(_ scene: Scene) throws -> Tool {
            var tool = try Tool.peer("notation")
            tool.environment["XDG_CONFIG_HOME"] = scene.environment.folder.path
            return tool
        }
    }
}
