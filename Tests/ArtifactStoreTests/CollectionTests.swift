import ArtifactStore
import CoreModel
import SafeFiles
import SignatureCrypto
import Testing

@Suite struct CollectionTests {
    let fixture: StoreFixture
    var store: ContentStore { fixture.store }

    init() throws { fixture = try StoreFixture(idleTrees: 1) }

    private func remaining(_ name: String) throws -> Int {
        try fixture.names("ocirepository/apps/\(name)").filter { $0.hasPrefix("sha256:") }.count
    }

    private func collect(_ keep: PublishedArtifact?, _ retention: Retention, after: Duration = .zero) throws -> Int {
        try store.collectGarbage(
            of: StoreFixture.owner("podinfo"),
            keeping: keep?.path,
            retention: retention,
            now: Timestamp.now() + after
        ).count
    }

    @Test func removesByAgeAndThenByNumber() throws {
        let artifacts = try (0..<5).map { try fixture.publish(["a": "\($0)"], for: "podinfo", revision: "\($0)") }
        let generous = Retention(age: .seconds(3600), records: 9)
        #expect(try collect(artifacts[4], generous) == 0)
        #expect(try collect(artifacts[0], Retention(age: .seconds(3600), records: 3)) == 2)
        #expect(try store.verifyStored(artifacts[0]) == .intact, "the current one stays, though it is the oldest")
        #expect(try store.verifyStored(artifacts[1]) == .missing)
        #expect(try store.verifyStored(artifacts[2]) == .missing)
        #expect(try remaining("podinfo") == 3)
        #expect(try collect(artifacts[0], generous, after: .seconds(3601)) == 2)
        #expect(try remaining("podinfo") == 1)
        #expect(try fixture.names(".blobs") == [artifacts[0].digest.description])
        #expect(try collect(nil, Retention(age: .zero, records: 0), after: .seconds(1)) == 1)
        #expect(
            try store.collectGarbage(
                of: StoreFixture.owner("absent"),
                keeping: nil,
                retention: generous,
                now: .now()
            ).isEmpty
        )
    }

    @Test func aLeaseSurvivesCollection() throws {
        let artifact = try fixture.publish(["a": "1"], for: "podinfo", revision: "1")
        let lease = try store.lease(artifact.path)
        try store.removeObject(artifact.path.owner)
        #expect(try Digest.of(lease.file.readAll(limit: 1 << 20)) == artifact.digest)
        try store.removeObject(artifact.path.owner)
        #expect(try fixture.names(".blobs").isEmpty)
    }

    @Test func orphansGoAndTheLivingStay() throws {
        for name in ["live", "gone"] { try fixture.publish(["a": name], for: name, revision: "1") }
        try fixture.folder.writeAtomically("foreign", [1])
        let removed = try store.removeOrphans(live: [StoreFixture.owner("live")])
        #expect(try removed == [StoreFixture.owner("gone")])
        #expect(try fixture.names("ocirepository/apps") == ["live"])
        #expect(try fixture.names("").contains("foreign"))
        #expect(try fixture.names(".blobs").count == 1)
    }

    @Test func treesAreSharedByContent() throws {
        let one = try fixture.publish(["d/a": "same"], for: "one", revision: "1")
        let two = try fixture.publish(["d/a": "same"], for: "two", revision: "2")
        let first = try store.unpackedTree(of: one)
        let second = try store.unpackedTree(of: two)
        #expect(try first.directory.read("d/a", limit: 9) == Array("same".utf8))
        #expect(try first.directory.status("d/a")?.inode == second.directory.status("d/a")?.inode)
        #expect(try fixture.names(".trees").count == 1)
    }

    @Test func unusedTreesGoOldestFirstAndLeasedOnesStay() throws {
        let artifacts = try (0..<4).map { try fixture.publish(["a": "\($0)"], for: "podinfo", revision: "\($0)") }
        let held = try store.unpackedTree(of: artifacts[0])
        for artifact in artifacts[1...] { _ = try store.unpackedTree(of: artifact) }
        _ = try store.unpackedTree(of: artifacts[3])
        let names = try fixture.names(".trees")
        #expect(names.contains(artifacts[0].digest.description))
        #expect(names.contains(artifacts[3].digest.description))
        #expect(names.count <= 3, "the held one, the latest, and at most one that was in use at the last look")
        #expect(try held.directory.read("a", limit: 9) == Array("0".utf8))
        #expect(try fixture.names(".tmp").isEmpty)
    }

    @Test func aTreeIsOnlyMadeOfTheRightBytes() throws {
        let artifact = try fixture.publish(["a": "1"], for: "podinfo", revision: "1")
        let claim = PublishedArtifact(
            path: artifact.path,
            digest: try StoreFixture.revision("x"),
            size: artifact.size
        )
        #expect(storeCode { _ = try store.unpackedTree(of: claim) } == .corrupt)
        #expect(try fixture.names(".trees").isEmpty)
        #expect(try fixture.names(".tmp").isEmpty)
    }
}
