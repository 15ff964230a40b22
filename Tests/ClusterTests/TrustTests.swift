import Foundation
import Testing

extension WholeInstallation {
    /// What is not signed by the right key gets nowhere.
    @Suite struct TrustTests {
        @Test func refusedRevisionsLeaveEverythingAsItWas() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let right = try artifacts.keyPair("right")
                let wrong = try artifacts.keyPair("wrong")
                try kubectl.run([
                    "create", "secret", "generic", "signers", "-n", "default",
                    "--from-file=right.pub=\(right.publicKey)",
                ])
                let source = ["ocirepository", "guarded", "-n", "default"]
                let map = ["configmap", "guarded", "-n", "default"]

                let good = try artifacts.push(
                    ["a.yaml": Manifests.configMap("guarded", ["v": "good"])],
                    "guarded",
                    "latest"
                )
                try artifacts.sign("guarded", digest: good, key: right.secret)
                try kubectl.apply(Manifests.source(environment, "guarded", Manifests.verifying("signers")))
                try kubectl.apply(Manifests.kustomization("guarded"))
                try await eventually("the signed revision is applied") { try kubectl.read(map, ".data.v") == "good" }
                let artifact = try kubectl.read(source, ".status.artifact.digest")

                for (name, sign) in [("unsigned", false), ("wrong key", true)] {
                    let bad = try artifacts.push(
                        ["a.yaml": Manifests.configMap("guarded", ["v": name])],
                        "guarded",
                        "latest"
                    )
                    if sign { try artifacts.sign("guarded", digest: bad, key: wrong.secret) }
                    try await eventually("the revision is refused: \(name)") {
                        try kubectl.condition(source, "SourceVerified") == "False"
                            && kubectl.explanation(source, "ArtifactOutdated").contains(bad)
                    }
                    #expect(try kubectl.condition(source, "Ready") == "False")
                    #expect(
                        try kubectl.explanation(source, "SourceVerified").contains("failed to verify the signature")
                    )
                    #expect(try kubectl.read(source, ".status.artifact.digest") == artifact)
                    #expect(try kubectl.read(map, ".data.v") == "good")
                    try Tool(path: "/usr/bin/curl").succeed(
                        ["-fsS", "-o", "/dev/null", try kubectl.read(source, ".status.artifact.url")])
                }

                // The signature of one digest, moved to another.
                let swapped = try artifacts.push(
                    ["a.yaml": Manifests.configMap("guarded", ["v": "swapped"])],
                    "guarded",
                    "latest"
                )
                try Tool.peer("crane").succeed([
                    "copy", "--insecure", "\(environment.registry.host)/guarded:\(good.replacing(":", with: "-")).sig",
                    "\(environment.registry.host)/guarded:\(swapped.replacing(":", with: "-")).sig",
                ])
                try await eventually("the copied signature is refused") {
                    try kubectl.explanation(source, "ArtifactOutdated").contains(swapped)
                }
                #expect(try kubectl.read(map, ".data.v") == "good")

                let next = try artifacts.push(
                    ["a.yaml": Manifests.configMap("guarded", ["v": "next"])],
                    "guarded",
                    "latest"
                )
                try artifacts.sign("guarded", digest: next, key: right.secret)
                try await eventually("the next signed revision is applied") {
                    try kubectl.read(map, ".data.v") == "next"
                }
                #expect(try kubectl.condition(source, "SourceVerified") == "True")
            }
        }

        @Test func aKeyThatIsTakenAwayIsNoticed() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let first = try artifacts.keyPair("first")
                let second = try artifacts.keyPair("second")
                let source = ["ocirepository", "rotated", "-n", "default"]
                try kubectl.run([
                    "create", "secret", "generic", "signers", "-n", "default", "--from-file=a.pub=\(first.publicKey)",
                ])
                let digest = try artifacts.push(
                    ["a.yaml": Manifests.configMap("rotated", ["v": "1"])],
                    "rotated",
                    "latest"
                )
                try artifacts.sign("rotated", digest: digest, key: first.secret)
                try kubectl.apply(Manifests.source(environment, "rotated", Manifests.verifying("signers")))
                try await eventually("it is verified") { try kubectl.condition(source, "SourceVerified") == "True" }
                try kubectl.run(["delete", "secret", "signers", "-n", "default"])
                try kubectl.run([
                    "create", "secret", "generic", "signers", "-n", "default", "--from-file=a.pub=\(second.publicKey)",
                ])
                try await eventually("the stored revision no longer counts as verified") {
                    try kubectl.condition(source, "SourceVerified") == "False"
                }
            }
        }

        /// Nothing but the watch of Secrets can wake a source that looks at its registry once an hour.
        @Test func aSecretThatAppearsOrChangesWakesItsSource() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let first = try artifacts.keyPair("first")
                let second = try artifacts.keyPair("second")
                let source = ["ocirepository", "watched", "-n", "default"]
                let digest = try artifacts.push(
                    ["a.yaml": Manifests.configMap("watched", ["v": "1"])],
                    "watched",
                    "latest"
                )
                try artifacts.sign("watched", digest: digest, key: first.secret)
                let manifest = Manifests.source(environment, "watched", Manifests.verifying("signers"))
                try kubectl.apply(manifest.replacing("interval: 2s", with: "interval: 1h"))
                try await eventually("the Secret is missed") {
                    try kubectl.explanation(source, "Ready").contains("default/signers, which does not exist")
                }
                try kubectl.setSecret("signers", [("a.pub", first.publicKey)])
                try await eventually("it is verified") { try kubectl.condition(source, "SourceVerified") == "True" }
                try kubectl.setSecret("signers", [("a.pub", second.publicKey)])
                try await eventually("the stored revision no longer counts as verified") {
                    try kubectl.condition(source, "SourceVerified") == "False"
                }
                try artifacts.sign("watched", digest: digest, key: second.secret)
                try kubectl.run(["annotate", "secret", "signers", "-n", "default", "touched=now"])
                try await eventually("it is verified again") {
                    try kubectl.condition(source, "SourceVerified") == "True"
                }
            }
        }

        /// A policy wakes whom it covers, whatever their interval; nobody can set it aside, and a restart forgets none.
        @Test func aPolicyOfTheClusterCountsAtOnceAndAfterARestart() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                let (first, second) = (try artifacts.keyPair("first"), try artifacts.keyPair("second"))
                let source = ["ocirepository", "covered", "-n", "default"]
                try kubectl.run([
                    "create", "secret", "generic", "signers", "-n", "default", "--from-file=a.pub=\(first.publicKey)",
                ])
                let files = ["a.yaml": Manifests.configMap("covered", ["v": "1"])]
                let digest = try artifacts.push(files, "covered", "latest")
                try artifacts.sign("covered", digest: digest, key: first.secret)
                let manifest = Manifests.source(environment, "covered", Manifests.verifying("signers"))
                try kubectl.apply(manifest.replacing("interval: 2s", with: "interval: 1h"))
                try await eventually("it is verified") { try kubectl.condition(source, "SourceVerified") == "True" }

                let key = try String(contentsOfFile: second.publicKey, encoding: .utf8)
                let pattern = "\(environment.registry.host)/**"
                try kubectl.apply(Manifests.policy("all", pattern, key: key, ofCluster: true))
                try await eventually("the stored revision no longer counts as verified") {
                    try kubectl.condition(source, "SourceVerified") == "False"
                        && kubectl.condition(source, "Ready") == "False"
                }
                #expect(try kubectl.explanation(source, "SourceVerified").hasPrefix("VerificationError: "))
                #expect(try kubectl.read(source, ".status.observedTrustPolicy") == "")
                #expect(try kubectl.read(source, ".status.artifact.revision").hasSuffix(digest))

                environment.controller?.kill()
                try artifacts.sign("covered", digest: digest, key: second.secret)
                try environment.startController()
                try await eventually("both keys have signed it now") {
                    try kubectl.condition(source, "SourceVerified") == "True"
                }
                let policy = ["clusterverificationpolicy", "all"]
                try await eventually("the policy tells what it covers") {
                    try kubectl.read(policy, ".status.sources") == "1" && kubectl.condition(policy, "Ready") == "True"
                }
                let broken = Manifests.policy("all", pattern, key: "rubbish", ofCluster: true)
                try kubectl.apply(broken)
                try await eventually("a policy that cannot be read lets nothing pass") {
                    try kubectl.explanation(source, "Ready").contains("ClusterVerificationPolicy/all")
                        && kubectl.condition(policy, "Ready") == "False"
                }
                try kubectl.run(["delete", "clusterverificationpolicy", "all"])
                try await eventually("it is verified again") {
                    try kubectl.condition(source, "SourceVerified") == "True"
                }
            }
        }

        @Test func theCommandAgreesWithCosign() async throws {
            try await Environment.with(controller: false) { environment in
                let artifacts = Artifacts(environment: environment)
                let key = try artifacts.keyPair("cosign")
                let other = try artifacts.keyPair("other")
                let digest = try artifacts.push(["a.yaml": Manifests.configMap("x", ["v": "1"])], "checked", "v1")
                let verify = [
                    "verify", "artifact", "oci://\(artifacts.reference("checked", "v1"))", "--provider", "cosign",
                    "--insecure-registry", "--key",
                ]
                #expect(try environment.sluice.run(verify + [key.publicKey]).status != 0)
                try artifacts.sign("checked", digest: digest, key: key.secret)
                #expect(try environment.sluice.run(verify + [key.publicKey]).status == 0)
                #expect(try environment.sluice.run(verify + [other.publicKey]).status != 0)
                #expect(try environment.sluice.run(verify + [other.publicKey, "--key", key.publicKey]).status == 0)
            }
        }
    }
}
