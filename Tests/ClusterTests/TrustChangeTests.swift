import Foundation
import ManifestTree
import TestSupport
import Testing

extension WholeInstallation {
    /// Trust that ends without a new revision, where nothing of the source itself would notice it.
    @Suite struct TrustChangeTests {
        private static let source = ["ocirepository", "app", "-n", "default"]

        /// It keeps its artifact and its readiness, but nobody is told that it is verified.
        @Test func aSuspendedSourceLosesItsVerification() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let (first, second) = (try artifacts.keyPair("first"), try artifacts.keyPair("second"))
                try kubectl.setSecret("signers", [("a.pub", first.publicKey)])
                let files = ["a.yaml": Manifests.configMap("app", ["v": "1"])]
                let digest = try artifacts.push(files, "app", "latest")
                try artifacts.sign("app", digest: digest, key: first.secret)
                let manifest = Manifests.source(environment, "app", Manifests.verifying("signers"))
                try kubectl.apply(manifest.replacing("interval: 2s", with: "interval: 1h"))
                try await eventually("it is verified") {
                    try kubectl.condition(Self.source, "SourceVerified") == "True"
                }
                func suspend(_ isSuspended: Bool) throws {
                    let patch = #"{"spec":{"suspend":\#(isSuspended)}}"#
                    try kubectl.run(["patch"] + Self.source + ["--type=merge", "-p", patch])
                }

                try suspend(true)
                try kubectl.setSecret("signers", [("a.pub", second.publicKey)])
                try await eventually("the stored revision no longer counts as verified") {
                    try kubectl.condition(Self.source, "SourceVerified") == "False"
                }
                let message = try kubectl.explanation(Self.source, "SourceVerified")
                #expect(message.hasPrefix("VerificationError: "), "\(message)")
                #expect(message.contains("resume it"), "\(message)")
                #expect(try kubectl.read(Self.source, ".status.observedTrustPolicy") == "")
                #expect(try kubectl.condition(Self.source, "Ready") == "True")
                #expect(try kubectl.read(Self.source, ".status.artifact.revision").hasSuffix(digest))

                // A controller that starts anew looks at it once more, and changes nothing.
                let resourceVersion = try kubectl.read(Self.source, ".metadata.resourceVersion")
                environment.controller?.kill()
                try environment.startController()
                try artifacts.sign("app", digest: digest, key: second.secret)
                try await Task.sleep(for: .seconds(3))
                #expect(try kubectl.read(Self.source, ".metadata.resourceVersion") == resourceVersion)

                try suspend(false)
                try await eventually("it is verified again") {
                    try kubectl.condition(Self.source, "SourceVerified") == "True"
                }
            }
        }

        /// Neither a restart nor a repository that is set back to an earlier day makes it forget.
        @Test func theRootsOfAMirrorAreFollowed() async throws {
            let sigstore = try SigstoreMill()
            var mill = try UpdateMill()
            for role in ["root", "timestamp", "snapshot", "targets"] { mill.expires[role] = "2100-01-01T00:00:00Z" }
            mill.targets = ["trusted_root.json": try sigstore.trustedRoot().jsonBytes()]
            let beginning = try mill.publishRoot()
            try mill.publish()
            let served = try ServedUpdates(mill)
            let original = mill

            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                func path(_ name: String, _ bytes: [UInt8]) throws -> String {
                    let place = environment.folder.appendingPathComponent(name)
                    try Data(bytes).write(to: place)
                    return place.path
                }
                try kubectl.setSecret(
                    "sigstore-root",
                    [
                        ("mirror", try path("mirror", Array(served.url.utf8))),
                        ("root.json", try path("root.json", beginning)),
                    ]
                )
                let files = ["a.yaml": Manifests.configMap("app", ["v": "1"])]
                let digest = try artifacts.push(files, "app", "latest")
                try artifacts.attachBundle(by: sigstore, "app", digest: digest)
                let identity = SigstoreMill.Identity()
                let verify = """
                      ref:
                        tag: latest
                      verify:
                        provider: cosign
                        matchOIDCIdentity:
                        - issuer: ^\(identity.issuer)$
                          subject: ^\(SigstoreMill.Identity.subject)$
                        trustedRootSecretRef:
                          name: sigstore-root
                    """
                try kubectl.apply(Manifests.source(environment, "app", verify))
                try await eventually("it is verified") {
                    try kubectl.condition(Self.source, "SourceVerified") == "True"
                }
                #expect(served.targets.contains("/tuf/timestamp.json"))

                // New keys, vouched for by the old ones, and another root of trust.
                let former = mill.keys["root"] ?? []
                try mill.renewKeys(from: 40)
                for role in mill.versions.keys { mill.versions[role] = 2 }
                mill.targets = ["trusted_root.json": try SigstoreMill("stranger").trustedRoot().jsonBytes()]
                try mill.publishRoot(signedAlsoBy: former)
                try mill.publish()
                served.publish(mill)
                environment.controller?.kill()
                try environment.startController()
                try await eventually("the stored revision no longer counts as verified") {
                    try kubectl.condition(Self.source, "SourceVerified") == "False"
                }
                #expect(try kubectl.explanation(Self.source, "SourceVerified").hasPrefix("VerificationError: "))

                // Yesterday's repository would prove it, were its rollback not noticed.
                served.publish(original)
                environment.controller?.kill()
                try environment.startController()
                try await eventually("the rollback is told") {
                    try kubectl.explanation(Self.source, "Ready").contains("cannot be used")
                }
                #expect(try kubectl.condition(Self.source, "SourceVerified") == "False")
            }
        }
    }
}
