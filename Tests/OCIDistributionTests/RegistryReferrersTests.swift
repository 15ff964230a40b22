import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@Suite struct RegistryReferrersTests {
    private let registry: ScriptedRegistry
    private let repository: RegistryRepository
    private let subject: Descriptor

    init() throws {
        registry = try ScriptedRegistry()
        repository = RegistryRepository(
            client: try RegistryFixture().client,
            repository: try Repository(parsing: "\(registry.host)/acme/app"),
            access: RegistryFixture.access()
        )
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: [1])
        subject = Descriptor(
            mediaType: MediaType.ociManifest,
            digest: artifact.manifest,
            size: Int64(artifact.manifestBytes.count)
        )
    }

    /// Pushes a manifest about the subject.
    @discardableResult
    private func attach(_ type: String, note: String = "") async throws -> Digest {
        let empty = try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8))
        var manifest = Manifest(config: empty, layers: [empty], annotations: ["note": note], artifactType: type)
        manifest.subject = subject
        return try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: nil)
    }

    private func found(_ type: String? = nil) async throws -> Set<Digest> {
        Set(try await repository.referrers(of: subject.digest, artifactType: type).map(\.digest))
    }

    /// What the registry does, and why it matters.
    static let registries: [(String, @Sendable (ScriptedRegistry) -> Void)] = [
        ("it keeps the list and filters", { _ in }),
        ("it keeps the list but does not filter", { $0.answerReferrers { $0.filters = false } }),
        ("it sends one on each page", { $0.answerReferrers { $0.pageSize = 1 } }),
        (
            "it sends one on each page, unfiltered",
            { $0.answerReferrers { ($0.pageSize, $0.filters) = (1, false) } }
        ),
        ("it knows no such request", { $0.answerReferrers { $0.isKept = false } }),
        (
            "it calls the request malformed",
            {
                $0.answerReferrers { $0.isKept = false }
                $0.failNext(.get, "/referrers/", status: 400, times: .max)
            }
        ),
        (
            "it has a page for people there",
            {
                $0.answerReferrers { $0.isKept = false }
                $0.breakNext(.get, "/referrers/") { _ in .text(200, "<html>", headers: ["Content-Type": "text/html"]) }
            }
        ),
    ]

    @Test(arguments: registries.indices) func findsWhatWasPushed(index: Int) async throws {
        let (why, prepare) = Self.registries[index]
        prepare(registry)
        #expect(try await found() == [], "\(why): nothing is no error")
        let signatures = [try await attach("a/signature", note: "1"), try await attach("a/signature", note: "2")]
        let list = try await attach("a/list")
        #expect(try await found() == Set(signatures + [list]), "\(why)")
        #expect(try await found("a/signature") == Set(signatures), "\(why)")
        #expect(try await found("a/other") == [], "\(why)")
        let kept = try await repository.referrers(of: subject.digest, artifactType: "a/list")
        #expect(kept.first?.annotations["note"] == "", "\(why): annotations are kept")

        try await repository.delete(.digest(list))
        #expect(try await found() == Set(signatures), "\(why): a deleted one is off the list")
    }

    @Test func writesAListOnlyWhereTheRegistryKeepsNone() async throws {
        try await attach("a/b")
        let tag = "sha256-\(subject.digest.hex)"
        #expect(registry.digest("acme/app", tag) == nil, "the registry said OCI-Subject")
        registry.answerReferrers { $0.isKept = false }
        let digest = try await attach("a/b")
        let written = try #require(registry.digest("acme/app", tag).flatMap { registry.manifest("acme/app", $0) })
        guard case .index(let index) = try ManifestDocument(parsing: written) else {
            Issue.record("no index")
            return
        }
        #expect(index.manifests.map(\.digest) == [digest])
        #expect(index.manifests.first?.artifactType == "a/b")
        try await attach("a/b")
        #expect(registry.count(.put, "/manifests/\(tag)") == 1, "the same referrer is not written twice")
    }

    @Test func loseNoneOfManyAtOnce() async throws {
        registry.answerReferrers { $0.isKept = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...8 { group.addTask { try await attach("a/b", note: "\(number)") } }
            try await group.waitForAll()
        }
        #expect(try await found().count == 8)
    }

    @Test func leavesAloneWhatIsNoList() async throws {
        registry.answerReferrers { $0.isKept = false }
        let other = try registry.addArtifact("acme/app", tag: "sha256-\(subject.digest.hex)", layer: [2]).manifest
        let error = try await #require(throws: RegistryError.self) { try await attach("a/b") }
        #expect(error.code == .invalidManifest)
        #expect(registry.digest("acme/app", "sha256-\(subject.digest.hex)") == other)
    }

    @Test func endsInACircle() async throws {
        try await attach("a/b")
        registry.breakNext(.get, "/referrers/") { $0.with("Link", "<?from=0>; rel=\"next\"") }
        let error = try await #require(throws: RegistryError.self) { try await found() }
        #expect(error.code == .protocolViolation)
    }

    @Test func deletesTagsAndBlobs() async throws {
        registry.tag("acme/app", "v2", subject.digest)
        try await repository.delete(.tag("v2"))
        #expect(registry.digest("acme/app", "v2") == nil)
        #expect(registry.digest("acme/app", "v1") == subject.digest, "the other tag and the manifest stay")
        let blob = try registry.addBlob("acme/app", [7])
        try await repository.client.deleteBlob(repository.repository, blob, repository.access)
        #expect(registry.blob("acme/app", blob) == nil)
        registry.failNext(.delete, "", status: 405)
        let error = try await #require(throws: RegistryError.self) { try await repository.delete(.tag("v1")) }
        #expect(error.code == .rejected)
        #expect(error.message.contains("does not let \(registry.host)/acme/app:v1 be deleted"))
    }
}
