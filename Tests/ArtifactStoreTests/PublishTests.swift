import ArchiveIO
import ArtifactStore
import CoreModel
import SafeFiles
import SignatureCrypto
import SystemPackage
import Testing

@Suite struct PublishTests {
    let fixture: StoreFixture
    var store: ContentStore { fixture.store }

    init() throws { fixture = try StoreFixture() }

    @Test func hasTheLayoutOfFlux() throws {
        let artifact = try fixture.publish(["a.yaml": "a"], for: "podinfo", revision: "1")
        let revision = try StoreFixture.revision("1")
        #expect(artifact.path.description == "ocirepository/apps/podinfo/\(revision).tar.gz")
        #expect(try fixture.names("ocirepository/apps/podinfo") == ["latest.tar.gz", "\(revision).tar.gz"])
        #expect(try fixture.folder.linkTarget("ocirepository/apps/podinfo/latest.tar.gz") == "\(revision).tar.gz")
        #expect(try fixture.folder.status("ocirepository/apps/podinfo")?.mode == 0o700)
        #expect(try fixture.folder.status(artifact.path.description)?.mode == 0o600)
        #expect(try fixture.content(artifact.path) == artifact.digest)
        #expect(try store.lease(artifact.path).file.size == artifact.size)
        #expect(try fixture.names(".tmp").isEmpty)
    }

    @Test func theSameContentAgainChangesNothing() throws {
        let first = try fixture.publish(["a.yaml": "a"], for: "podinfo", revision: "1")
        let before = try fixture.folder.status(first.path.description)
        let second = try fixture.publish(["a.yaml": "a"], for: "podinfo", revision: "1")
        #expect(second == first)
        #expect(try fixture.folder.status(first.path.description) == before)
    }

    @Test func otherContentOfTheSameRevisionReplaces() throws {
        let first = try fixture.publish(["a": "a", "b.txt": "b"], for: "podinfo", revision: "1")
        let staged = try fixture.stage(["a": "a", "b.txt": "b"], ignore: "*.txt")
        let reader = try store.lease(first.path)
        let second = try store.publish(
            staged,
            for: StoreFixture.owner("podinfo"),
            revision: StoreFixture.revision("1")
        )
        #expect(second.path == first.path)
        #expect(second.digest != first.digest)
        #expect(try fixture.content(second.path) == second.digest)
        #expect(try Digest.of(reader.file.readAll(limit: 1 << 20)) == first.digest, "who reads is not disturbed")
        #expect(try fixture.names(".blobs") == [second.digest.description])
    }

    @Test func equalContentIsStoredOnce() throws {
        let artifacts = try ["one", "two", "three"].map {
            try fixture.publish(["a": "same"], for: $0, revision: $0)
        }
        #expect(Set(artifacts.map(\.digest)).count == 1)
        let inodes = try artifacts.map { try fixture.folder.status($0.path.description)?.inode }
        #expect(Set(inodes).count == 1)
        try store.removeObject(StoreFixture.owner("one"))
        try store.removeObject(StoreFixture.owner("two"))
        #expect(try store.verifyStored(artifacts[2]) == .intact)
        #expect(try fixture.names(".blobs").count == 1)
        try store.removeObject(StoreFixture.owner("three"))
        #expect(try fixture.names(".blobs").isEmpty)
    }

    @Test func copyPublishesTheBlobAsItIs() throws {
        let bytes = Array("any bytes, no archive".utf8)
        let staged = try store.stage(copying: fixture.ingest(bytes))
        let artifact = try store.publish(
            staged,
            for: StoreFixture.owner("copy"),
            revision: StoreFixture.revision("1")
        )
        #expect(try store.lease(artifact.path).file.readAll(limit: 100) == bytes)
        #expect(artifact.digest == (try Digest.of(bytes)))
    }

    @Test func packingIsReproducibleAcrossStores() throws {
        let other = try StoreFixture()
        let files = ["b/c.yaml": "c", "a.yaml": "a", "z/y/x": "x"]
        #expect(try fixture.stage(files).digest == other.stage(files).digest)
    }

    @Test func whatAKilledProcessLeavesIsRemoved() throws {
        let artifact = try fixture.publish(["a": "a"], for: "podinfo", revision: "1")
        _ = try store.unpackedTree(of: artifact)
        try fixture.folder.writeAtomically(".tmp/\(TemporaryFile.prefix)half", [1])
        try fixture.folder.writeAtomically("ocirepository/apps/podinfo/\(TemporaryFile.prefix)x", [1])
        let unlinked = try StoreFixture.revision("published, never linked").description
        try fixture.folder.writeAtomically(".blobs/\(unlinked)", [1])
        _ = try fixture.folder.directory(".trees/half/below", creating: true)
        try fixture.reopen()
        #expect(try fixture.names(".tmp").isEmpty)
        #expect(try fixture.names(".trees").isEmpty)
        #expect(try fixture.names(".blobs") == [artifact.digest.description])
        #expect(try fixture.names("ocirepository/apps/podinfo").count == 2)
        #expect(try store.verifyStored(artifact) == .intact)
    }

    @Test func oneProcessAtATime() throws {
        #expect(storeCode { _ = try ContentStore.open(fixture.folder.path, limits: .init()) } == .inUse)
    }

    @Test func noticesWhatSomebodyElseDidToTheFiles() throws {
        let artifact = try fixture.publish(["a": "a"], for: "podinfo", revision: "1")
        let twin = try fixture.publish(["a": "a"], for: "twin", revision: "1")
        #expect(try store.verifyStored(artifact) == .intact)
        let good = try store.lease(artifact.path).file.readAll(limit: 1 << 20)
        let bad = good.dropLast() + [good.last.map { $0 ^ 1 } ?? 0]
        try fixture.overwrite(artifact.path.description, Array(bad))
        #expect(try store.verifyStored(artifact) == .corrupt)
        #expect(try store.verifyStored(artifact) == .missing)
        #expect(storeCode { _ = try store.lease(artifact.path) } == .notFound)
        #expect(try store.verifyStored(twin) == .corrupt, "the same file under another name")
        #expect(try fixture.publish(["a": "a"], for: "podinfo", revision: "1") == artifact)
        #expect(try store.verifyStored(artifact) == .intact)
    }

    @Test func takesOverWhatFluxStored() throws {
        let bytes = try fixture.layer(["a": "a"])
        let path = ArtifactPath(owner: try StoreFixture.owner("old"), revision: try StoreFixture.revision("1"))
        _ = try fixture.folder.directory(path.owner.path, creating: true)
        try fixture.folder.writeAtomically(path.description, bytes)
        let artifact = PublishedArtifact(path: path, digest: try Digest.of(bytes), size: Int64(bytes.count))
        try fixture.reopen()
        #expect(try store.verifyStored(artifact) == .intact)
        #expect(try fixture.names(".blobs") == [artifact.digest.description])
        let wrong = PublishedArtifact(path: path, digest: try StoreFixture.revision("x"), size: artifact.size)
        #expect(try store.verifyStored(wrong) == .corrupt)
    }

    static let badPaths: [(String, String)] = [
        ("", "empty"), ("ocirepository/apps/podinfo", "no file"), ("../../etc/passwd/latest.tar.gz", "climbs"),
        ("ocirepository/../x/latest.tar.gz", "climbs inside"), ("/ocirepository/apps/x/latest.tar.gz", "absolute"),
        ("ocirepository/apps/x/other.tar.gz", "not a digest"),
        ("ocirepository/apps/x/latest.tar.gz/", "trailing slash"),
        (".blobs/apps/x/latest.tar.gz", "hidden"), ("ocirepository/.tmp/x/latest.tar.gz", "hidden"),
        ("OCIRepository/apps/x/latest.tar.gz", "upper case"), ("ocirepository/apps/x/.latest.tar.gz", "hidden file"),
        ("ocirepository/apps/x\0/latest.tar.gz", "NUL"), ("ocirepository/apps/x/sha256:00.tar.gz", "short digest"),
    ]

    @Test(arguments: badPaths) func refusesPaths(path: String, why: String) {
        #expect(storeCode { _ = try ArtifactPath(path) } == .invalidPath)
    }

    @Test func leasesByRequestPath() throws {
        let first = try fixture.publish(["a": "1"], for: "podinfo", revision: "1")
        let second = try fixture.publish(["a": "2"], for: "podinfo", revision: "2")
        #expect(try store.lease(ArtifactPath(first.path.description)).path == first.path)
        let latest = try ArtifactPath("ocirepository/apps/podinfo/latest.tar.gz")
        #expect(try store.lease(latest).path == second.path)
        #expect(latest == .latest(of: second.path.owner))
        let absent = try ArtifactPath("ocirepository/apps/none/latest.tar.gz")
        #expect(storeCode { _ = try store.lease(absent) } == .notFound)
    }

    @Test func aLatestThatLeadsAwayIsNotFollowed() throws {
        let artifact = try fixture.publish(["a": "1"], for: "podinfo", revision: "1")
        let latest = ArtifactPath.latest(of: artifact.path.owner)
        try fixture.folder.replaceSymbolicLink(latest.description, target: "/etc/passwd")
        #expect(storeCode { _ = try store.lease(latest) } == .notFound)
    }
}
