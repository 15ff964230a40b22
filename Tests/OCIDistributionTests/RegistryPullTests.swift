import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@Suite struct RegistryResolveTests {
    @Test func resolvesWithOneHead() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        let reference = try OCIReference("oci://\(registry.host)/acme/app:v1")
        let access = RegistryFixture.access()
        _ = try await fixture.client.resolve(reference, access)
        let before = registry.count()
        let found = try await fixture.client.resolve(reference, access)
        #expect(found.digest == artifact.manifest)
        #expect(found.revision.description == "v1@\(artifact.manifest)")
        #expect(found.size == Int64(artifact.manifestBytes.count))
        #expect(registry.count() - before == 1, "one HEAD, no ping")
        #expect(registry.count(.get, "/manifests/") == 0)
    }

    @Test func asksNobodyForAPinnedDigest() async throws {
        let fixture = try RegistryFixture()
        let digest = try Digest.of([1])
        let found = try await fixture.client.resolve(
            OCIReference("registry.invalid/a@\(digest)"),
            RegistryFixture.access()
        )
        #expect(found.digest == digest)
        #expect(found.revision.description == digest.description)
    }

    /// What is wrong with HEAD, and how to make it so.
    static let headFaults: [(String, @Sendable (ScriptedRegistry) -> Void)] = [
        ("not allowed", { $0.refuseHead() }),
        ("not found", { $0.failNext(.head, "", status: 404, times: .max) }),
        ("forbidden", { $0.failNext(.head, "", status: 403, times: .max) }),
        ("not implemented", { $0.failNext(.head, "", status: 501, times: .max) }),
        ("no digest", { $0.breakNext(.head, "") { $0.without("Docker-Content-Digest") } }),
        ("a malformed digest", { $0.breakNext(.head, "") { $0.with("Docker-Content-Digest", "sha256:x") } }),
    ]

    @Test(arguments: headFaults.indices) func fallsBackToGet(index: Int) async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        Self.headFaults[index].1(registry)
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        let found = try await fixture.client.resolve(reference, RegistryFixture.access())
        #expect(found.digest == artifact.manifest, "\(Self.headFaults[index].0)")
    }

    @Test func sayWhatIsMissing() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.resolve(reference, RegistryFixture.access())
        }
        #expect(error.code == .notFound)
        #expect(error.registryCode == "MANIFEST_UNKNOWN")
        #expect(error.kind == .transient)
        #expect(
            error.message.contains("does not have \(registry.host)/acme/app:v1: MANIFEST_UNKNOWN: manifest unknown")
        )
    }

    @Test func readsWhatWasResolvedWhenTheTagMoves() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let old = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        let new = try registry.addArtifact("acme/app", tag: nil, layer: pattern(20))
        registry.moveAfterNextLook("acme/app", "v1", to: new.manifest)
        let (reference, access) = (try OCIReference("\(registry.host)/acme/app:v1"), RegistryFixture.access())
        let found = try await fixture.client.resolve(reference, access)
        let manifest = try await fixture.client.manifest(reference.repository, found.digest, access)
        #expect(manifest.digest == old.manifest)
        #expect(try await fixture.client.resolve(reference, access).digest == new.manifest)
    }
}

@Suite struct RegistryManifestTests {
    @Test func refusesOtherBytesBeforeReadingThem() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        registry.swapManifest("acme/app", artifact.manifest, for: Array("{not even JSON".utf8))
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.manifest(repository, artifact.manifest, RegistryFixture.access())
        }
        #expect(error.code == .digestMismatch)
    }

    @Test func refusesALyingDigest() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        registry.claimDigest(try Digest.of([9]))
        let (reference, access) = (try OCIReference("\(registry.host)/acme/app:v1"), RegistryFixture.access())
        let byTag = try await #require(throws: RegistryError.self) {
            try await fixture.client.manifest(reference, access)
        }
        #expect(byTag.code == .digestMismatch)
        let found = try await fixture.client.resolve(reference, access)
        let byDigest = try await #require(throws: RegistryError.self) {
            try await fixture.client.manifest(reference.repository, found.digest, access)
        }
        #expect(byDigest.code == .notFound, "HEAD is believed, but leads nowhere")
    }

    @Test func refusesTooLargeAManifest() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture { $0.manifestBytes = 100 })
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.manifest(OCIReference("\(registry.host)/acme/app:v1"), RegistryFixture.access())
        }
        #expect(error.code == .invalidManifest)
        #expect(error.message.contains("larger than 100 B"))
    }
}

@Suite struct RegistryRetryTests {
    @Test func triesAgainAfterPassingFailures() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        registry.failNext(.head, "/manifests/", status: 503, times: 1)
        registry.failNext(.head, "/manifests/", status: 429, headers: ["Retry-After": "0"], times: 1)
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        #expect(try await fixture.client.resolve(reference, RegistryFixture.access()).digest == artifact.manifest)
    }

    @Test func givesUpAndPassesOnWhatWasAsked() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        registry.failNext(nil, "/manifests/", status: 429, headers: ["Retry-After": "120"], times: .max)
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.resolve(OCIReference("\(registry.host)/a/b:v1"), RegistryFixture.access())
        }
        #expect(error.code == .rateLimited)
        #expect(error.kind == .transient(retryAfter: .seconds(120)))
        #expect(registry.count(nil, "/manifests/") == 1, "two minutes are not waited for here")
    }

    @Test func stopsAfterItsAttempts() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture(attempts: 3))
        registry.failNext(nil, "/manifests/", status: 500, times: .max)
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.resolve(OCIReference("\(registry.host)/a/b:v1"), RegistryFixture.access())
        }
        #expect(error.code == .unavailable)
        #expect(registry.count(nil, "/manifests/") == 3)
    }

    @Test func endsWithItsTime() async throws {
        let (registry, fixture) = (try ScriptedRegistry(), try RegistryFixture())
        registry.breakNext(nil, "/manifests/") { $0.delivered(.silent) }
        var access = RegistryFixture.access()
        access.timeout = .milliseconds(300)
        let bounded = access
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.resolve(OCIReference("\(registry.host)/a/b:v1"), bounded)
        }
        #expect(error.code == .timeout)
    }

    @Test func saysThatNobodyAnswers() async throws {
        let registry = try ScriptedRegistry()
        let host = registry.host
        registry.server.stop()
        let fixture = try RegistryFixture()
        let error = try await #require(throws: RegistryError.self) {
            try await fixture.client.resolve(OCIReference("\(host)/a/b:v1"), RegistryFixture.access())
        }
        #expect(error.code == .unreachable)
        #expect(error.message == "Registry \(host) could not be reached for \(host)/a/b:v1")
    }
}

extension ScriptedReply {
    func with(_ name: String, _ value: String?) -> ScriptedReply {
        var reply = self
        reply.headers[name] = value
        return reply
    }

    func without(_ name: String) -> ScriptedReply { with(name, nil) }
}
