import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import OCILayout
import SignatureCrypto
import TestSupport
import Testing

@Suite struct ArtifactCopierTests {
    private let (from, to): (LayoutFixture, LayoutFixture)
    private var copier: ArtifactCopier { ArtifactCopier(from: from.layout, to: to.layout) }

    init() throws { (from, to) = (try LayoutFixture(), try LayoutFixture()) }

    /// What tools leave beside a digest in the same repository.
    private func sign(_ digest: Digest, _ suffix: String) async throws -> String {
        let tag = "sha256-\(digest.hex).\(suffix)"
        try await from.layout.push("\(suffix) of \(digest)", tag: tag)
        return tag
    }

    @Test func copiesAnArtifact() async throws {
        let pushed = try await from.layout.push("hello", tag: "v1")
        let copier = copier
        #expect(try await copier.copy(.tag("v1"), as: "v2").digest == pushed.digest)
        #expect(try await to.layout.tags() == ["v2"])
        #expect(try await to.layout.content(.tag("v2")) == "hello")
        let bytes = try await from.layout.manifest(.tag("v1")).bytes
        #expect(try await to.layout.manifest(.tag("v2")).bytes == bytes)
        let summary = copier.summary
        #expect(summary.uploaded == 2 && summary.manifests == 1 && summary.tags == 1 && summary.existed == 0)
        #expect(summary.uploadedBytes == 7)
    }

    @Test func sendsNothingTwice() async throws {
        try await from.layout.push("hello", tag: "v1")
        _ = try await copier.copy(.tag("v1"), as: "v1")
        let again = copier
        _ = try await again.copy(.tag("v1"), as: "v1")
        #expect(again.summary.uploaded == 0 && again.summary.existed == 2 && again.summary.manifests == 0)
    }

    @Test func copiesIndexesWithTheirManifests() async throws {
        let children = try await [from.layout.push("one", tag: nil), from.layout.push("two", tag: nil)]
        let inner = try await from.layout.push(index: children, tag: nil)
        let outer = try await from.layout.push(index: [inner], tag: "v1")
        #expect(try await copier.copy(.tag("v1"), as: "v1").digest == outer.digest)
        #expect(try to.names() == ["v1"])
        for child in children { #expect(try await to.layout.content(.digest(child.digest)).count == 3) }
    }

    @Test func copiesOnePlatform() async throws {
        var children = try await [from.layout.push("intel", tag: nil), from.layout.push("arm", tag: nil)]
        children[0].platform = Platform(os: "linux", architecture: "amd64")
        children[1].platform = Platform(os: "linux", architecture: "arm64", variant: "v8")
        try await from.layout.push(index: children, tag: "v1")
        var options = ArtifactCopier.Options()
        options.platform = Platform(os: "linux", architecture: "arm64")
        let copier = ArtifactCopier(from: from.layout, to: to.layout, options)
        #expect(try await copier.copy(.tag("v1"), as: "v1").digest == children[1].digest)
        #expect(try await to.layout.content(.tag("v1")) == "arm")

        options.platform = Platform(os: "linux", architecture: "s390x")
        let error = await ImageLayout.failure { [from, to] in
            _ = try await ArtifactCopier(from: from.layout, to: to.layout, options).copy(.tag("v1"), as: "v2")
        }
        #expect(error?.message.contains("no manifest for linux/s390x; it has linux/amd64, linux/arm64/v8") == true)
        #expect(try await to.layout.tags() == ["v1"])
    }

    @Test func copiesEverythingThatRefersToIt() async throws {
        let layout = from.layout
        let child = try await layout.push("child", tag: nil)
        let root = try await layout.push(index: [child], tag: "v1")
        let tags = [try await sign(root.digest, "sig"), try await sign(root.digest, "att")]
        let childTag = try await sign(child.digest, "sig")
        let note = try await layout.push("note", tag: nil, subject: root, type: "text/note")
        let reply = try await layout.push("reply", tag: nil, subject: note, type: "text/reply")
        let unrelated = try await layout.push("unrelated", tag: "other")

        let copier = copier
        _ = try await copier.copy(.tag("v1"), as: "v1")
        let copy = to.layout
        #expect(Set(try await copy.tags()) == Set(tags + [childTag, "v1"]))
        #expect(try await copy.content(.tag(tags[0])) == "sig of \(root.digest)")
        #expect(try await copy.referrers(of: root.digest, artifactType: nil).map(\.digest) == [note.digest])
        #expect(try await copy.referrers(of: note.digest, artifactType: nil).map(\.digest) == [reply.digest])
        #expect(try await copy.content(.digest(reply.digest)) == "reply")
        let missing = await ImageLayout.failure { _ = try await copy.manifest(.digest(unrelated.digest)) }
        #expect(missing?.code == .notFound)
        #expect(copier.summary.attachments == 5)
    }

    @Test func leavesReferrersOutWhereNobodyWantsThem() async throws {
        let root = try await from.layout.push("root", tag: "v1")
        _ = try await sign(root.digest, "sig")
        try await from.layout.push("note", tag: nil, subject: root)
        var options = ArtifactCopier.Options()
        options.includesReferrers = false
        _ = try await ArtifactCopier(from: from.layout, to: to.layout, options).copyAllTags()
        #expect(try to.names() == ["v1"])
    }

    @Test func copiesAllTags() async throws {
        for number in 0..<9 { try await from.layout.push("content \(number)", tag: "v\(number)") }
        let signed = try await from.layout.resolve(.tag("v3")).digest
        let tag = try await sign(signed, "sig")
        let copied = try await copier.copyAllTags()
        #expect(copied.map(\.tag) == (0..<9).map { "v\($0)" } + [tag])
        #expect(Set(try await to.layout.tags()) == Set(copied.map(\.tag)))
        #expect(copied[3].manifest.digest == signed)
    }

    /// A copy that ends early shows no tag, and its next run finishes the work.
    @Test func goesOnWhereItEnded() async throws {
        let layout = from.layout
        let children = try await [layout.push("one", tag: nil), layout.push("two", tag: nil)]
        try await layout.push(index: children, tag: "v1")
        let broken = try Descriptor(mediaType: "text/plain", of: Array("two".utf8))
        let name = "layout/blobs/sha256/\(broken.digest.hex)"
        try from.write(name, "TWO")
        let error = await ImageLayout.failure { [copier] in _ = try await copier.copy(.tag("v1"), as: "v1") }
        #expect(error?.code == .digestMismatch)
        #expect(error?.message.contains("of \(layout.name) has other content") == true, "the source is blamed")
        #expect(try await to.layout.tags().isEmpty)
        #expect(try await to.layout.content(.digest(children[0].digest)) == "one")

        try from.write(name, "two")
        let again = copier
        _ = try await again.copy(.tag("v1"), as: "v1")
        #expect(again.summary.uploaded == 1, "only what was missing")
        #expect(try to.names() == ["v1"])
    }
}

/// With registries at one end or both.
@Suite struct RegistryCopyTests {
    private let registry: ScriptedRegistry
    private let client: RegistryClient

    init() throws {
        registry = try ScriptedRegistry()
        var settings = RegistryClient.Settings()
        settings.retry = RetryPolicy(attempts: 3, firstPause: .milliseconds(1), longestPause: .milliseconds(1))
        client = RegistryClient(transport: try CurlTransport(userAgent: "sluice-test"), settings: settings)
    }

    private func repository(_ path: String) throws -> RegistryRepository {
        let access = RegistryAccess(plainHTTP: true)
        return RegistryRepository(
            client: client,
            repository: try Repository(parsing: "\(registry.host)/\(path)"),
            access: access
        )
    }

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
    }

    @Test func mountsWithinARegistry() async throws {
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Self.pattern(5000))
        let copier = ArtifactCopier(from: try repository("acme/app"), to: try repository("acme/copy"))
        _ = try await copier.copy(.tag("v1"), as: "v1")
        #expect(copier.summary.mounted == 2 && copier.summary.uploaded == 0)
        #expect(registry.digest("acme/copy", "v1") == artifact.manifest)
        #expect(registry.count(.get, "/blobs/") == 0)
    }

    @Test func writesTheTagLast() async throws {
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Self.pattern(5000))
        let signature = "sha256-\(artifact.manifest.hex).sig"
        try registry.addArtifact("acme/app", tag: signature, layer: Self.pattern(300))
        _ = try await ArtifactCopier(from: try repository("acme/app"), to: try repository("acme/copy"))
            .copy(.tag("v1"), as: "v1")
        let puts = registry.requests(.put, "/v2/acme/copy/manifests/").map {
            $0.target.split(separator: "/").last ?? ""
        }
        #expect(puts.map(String.init) == [artifact.manifest.description, signature, "v1"])
    }

    @Test func asksForNothingThatIsThere() async throws {
        try registry.addArtifact("acme/app", tag: "v1", layer: Self.pattern(5000))
        let (source, copy) = (try repository("acme/app"), try repository("acme/copy"))
        _ = try await ArtifactCopier(from: source, to: copy).copy(.tag("v1"), as: "v1")
        let before = registry.count(.put) + registry.count(.post)
        _ = try await ArtifactCopier(from: source, to: copy).copy(.tag("v1"), as: "v1")
        #expect(registry.count(.put) + registry.count(.post) == before, "also for registries whose tags are final")
    }

    @Test func goesOnWhereATransferBreaksOff() async throws {
        let layer = Self.pattern(3_000_000)
        try registry.addArtifact("acme/app", tag: "v1", layer: layer)
        registry.breakNext(.get, "/blobs/", times: 2) { $0.delivered(.closing(after: 1_200_000)) }
        let fixture = try LayoutFixture()
        let fetched = try await ArtifactCopier(from: try repository("acme/app"), to: fixture.layout)
            .copy(.tag("v1"), as: "v1")
        guard case .manifest(let manifest) = fetched.document else { return }
        #expect(try await fixture.layout.blob(manifest.layers[0], limit: 4 << 20) == layer)
    }

    @Test func sendsAgainWhatTheDestinationLost() async throws {
        let fixture = try LayoutFixture()
        let pushed = try await fixture.layout.push("hello", tag: "v1")
        registry.failNext(.put, "/blobs/uploads/", status: 503)
        let copier = ArtifactCopier(from: fixture.layout, to: try repository("acme/app"))
        _ = try await copier.copy(.tag("v1"), as: "v1")
        #expect(registry.digest("acme/app", "v1") == pushed.digest)
    }

    @Test func blamesTheSideThatFailed() async throws {
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: Self.pattern(5000))
        registry.swapBlob("acme/app", artifact.layer, for: Self.pattern(5001).suffix(5000))
        let fixture = try LayoutFixture()
        let source = try repository("acme/app")
        let wrong = await ImageLayout.failure {
            _ = try await ArtifactCopier(from: source, to: fixture.layout).copy(.tag("v1"), as: "v1")
        }
        #expect(wrong?.code == .digestMismatch)
        #expect(wrong?.message.hasPrefix("The blob \(artifact.layer) of \(source.name) has other content") == true)

        try await fixture.layout.push("hello", tag: "v1")
        registry.failNext(.post, "/blobs/uploads/", status: 403, times: .max)
        let denied = await ImageLayout.failure { [self] in
            _ = try await ArtifactCopier(from: fixture.layout, to: repository("acme/other")).copy(.tag("v1"), as: "v1")
        }
        #expect(denied?.code == .denied, "\(denied?.message ?? "")")
    }

    @Test func carriesReferrersBothWays() async throws {
        let fixture = try LayoutFixture()
        let root = try await fixture.layout.push("root", tag: "v1")
        let note = try await fixture.layout.push("note", tag: nil, subject: root, type: "text/note")
        let online = try repository("acme/app")
        _ = try await ArtifactCopier(from: fixture.layout, to: online).copy(.tag("v1"), as: "v1")
        #expect(try await online.referrers(of: root.digest, artifactType: nil).map(\.digest) == [note.digest])
        let other = try LayoutFixture()
        let back = ArtifactCopier(from: online, to: other.layout)
        _ = try await back.copyAllTags()
        #expect(try await other.layout.referrers(of: root.digest, artifactType: nil).map(\.digest) == [note.digest])
        #expect(try await other.layout.tags() == ["v1"])
    }
}
