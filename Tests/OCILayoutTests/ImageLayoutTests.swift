import CoreModel
import ManifestTree
import OCIDistribution
import OCILayout
import SafeFiles
import SignatureCrypto
import SystemPackage
import Testing

@Suite struct ImageLayoutTests {
    @Test func makesALayoutAndReadsItBack() async throws {
        let fixture = try LayoutFixture()
        let pushed = try await fixture.layout.push("hello", tag: "v1")
        #expect(try fixture.json("layout/oci-layout") == ["imageLayoutVersion": "1.0.0"])
        let index = try fixture.json("layout/index.json")
        #expect(index["schemaVersion"]?.integer == 2)
        #expect(
            index["manifests"]
                == [
                    [
                        "mediaType": .string(MediaType.ociManifest), "digest": .string(pushed.digest.description),
                        "size": .number(Tree.Number(Int(pushed.size))),
                        "annotations": ["org.opencontainers.image.ref.name": "v1"],
                    ]
                ]
        )
        let layout = fixture.layout
        #expect(try await layout.content(.tag("v1")) == "hello")
        #expect(try await layout.content(.digest(pushed.digest)) == "hello")
        let resolved = ResolvedManifest(digest: pushed.digest, mediaType: pushed.mediaType, size: pushed.size)
        #expect(try await layout.resolve(.tag("v1")) == resolved)
        #expect(try await layout.tags() == ["v1"])
        #expect(layout.name == "oci-layout:\(fixture.path)")
        let missing = await ImageLayout.failure { _ = try await layout.resolve(.tag("v2")) }
        #expect(missing?.code == .notFound)
        #expect(missing?.message == "The tag 'v2' is not in \(layout.name); it has v1")
    }

    @Test func leavesNothingBesideTheLayout() async throws {
        let fixture = try LayoutFixture()
        try await fixture.layout.push("hello", tag: "v1")
        let names = try fixture.root.entries("layout").map(\.name)
        #expect(names == [".index.lock", "blobs", "index.json", "oci-layout"])
        let blobs = try fixture.root.entries("layout/blobs/sha256")
        #expect(blobs.count == 3)
        #expect(blobs.allSatisfy { $0.status.mode == 0o644 }, "other tools and users read them too")
    }

    /// Two processes are two `ImageLayout`s to the file system.
    @Test func losesNothingToOtherWriters() async throws {
        let fixture = try LayoutFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                let layout = fixture.layout
                group.addTask { try await layout.push("content \(number)", tag: "v\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(Set(try await fixture.layout.tags()) == Set((0..<24).map { "v\($0)" }))
        for number in 0..<24 {
            #expect(try await fixture.layout.content(.tag("v\(number)")) == "content \(number)")
        }
    }

    @Test func seesWhatOthersWrite() async throws {
        let fixture = try LayoutFixture()
        let reader = fixture.layout
        let first = try await fixture.layout.push("one", tag: "v1")
        #expect(try await reader.resolve(.tag("v1")).digest == first.digest)
        let second = try await fixture.layout.push("two", tag: "v1")
        #expect(try await reader.resolve(.tag("v1")).digest == second.digest)
        #expect(try await reader.content(.digest(first.digest)) == "one", "its blobs stay")
    }

    @Test func offersNoPartOfAnIndex() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        let children = [try await layout.push("one", tag: nil), try await layout.push("two", tag: nil)]
        #expect(try fixture.names().isEmpty)
        try await layout.push(index: children, tag: "v1")
        #expect(try fixture.names() == ["v1"])
        #expect(try await layout.content(.digest(children[1].digest)) == "two")
        #expect(try await layout.resolve(.digest(children[1].digest)).size == children[1].size)
    }

    @Test func findsReferrers() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        let subject = try await layout.push("subject", tag: "v1")
        #expect(try await layout.referrers(of: subject.digest, artifactType: nil).isEmpty)
        let note = try await layout.push("note", tag: nil, subject: subject, type: "text/note")
        let reply = try await layout.push("reply", tag: nil, subject: note, type: "text/reply")
        let nested = try await layout.push("nested", tag: nil, subject: subject, type: "text/other")
        try await layout.push(index: [nested], tag: "list")

        let found = try await layout.referrers(of: subject.digest, artifactType: nil)
        #expect(Set(found.map(\.digest)) == [note.digest, nested.digest])
        let notes = try await layout.referrers(of: subject.digest, artifactType: "text/note")
        #expect(notes.map(\.digest) == [note.digest])
        #expect(notes.first?.artifactType == "text/note")
        #expect(try await layout.referrers(of: note.digest, artifactType: nil).map(\.digest) == [reply.digest])

        try await layout.delete(.digest(note.digest))
        #expect(try await layout.referrers(of: subject.digest, artifactType: "text/note").isEmpty)
    }

    @Test func takesTagsAway() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        let pushed = try await layout.push("one", tag: "v1")
        try await layout.push("two", tag: "v2")
        try await layout.delete(.tag("v1"))
        #expect(try await layout.tags() == ["v2"])
        #expect(try await layout.content(.digest(pushed.digest)) == "one")
        let again = await ImageLayout.failure { try await layout.delete(.tag("v1")) }
        #expect(again?.code == .notFound)
    }

    @Test func takesOnlyTheBlobThatWasAnnounced() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        let announced = try Descriptor(mediaType: "text/plain", of: Array("hello".utf8))
        let cases: [(String, String)] = [
            ("HELLO", "the right size with other bytes"), ("hell", "too short"), ("hello!", "too long"),
        ]
        for (sent, why) in cases {
            let error = await ImageLayout.failure {
                _ = try await layout.pushBlob(BlobSource(announced, bytes: Array(sent.utf8)), PushOptions())
            }
            #expect(error?.code == .digestMismatch, "\(why)")
            #expect(try await !layout.hasBlob(announced.digest), "\(why)")
        }
        let source = BlobSource(announced, bytes: Array("hello".utf8))
        #expect(try await layout.pushBlob(source, PushOptions()) == .uploaded)
        #expect(try await layout.pushBlob(source, PushOptions()) == .existed)
        #expect(try fixture.root.entries("layout").allSatisfy { !$0.name.hasPrefix(".tmp-") })
    }

    @Test func removesWhatKilledWritersLeft() async throws {
        struct Clock: WallClock {
            let ahead: Duration
            func now() -> Timestamp { SystemWallClock().now() + ahead }
        }
        let fixture = try LayoutFixture()
        try await fixture.layout.push("hello", tag: "v1")
        try fixture.write("layout/.tmp-0", "half a blob")
        for (hours, remains) in [(23, true), (25, false)] {
            let layout = ImageLayout(fixture.path, clock: Clock(ahead: .seconds(hours * 3600)))
            try await layout.push("hello", tag: "v1")
            #expect(try (fixture.root.status("layout/.tmp-0") != nil) == remains, "after \(hours) hours")
        }
    }

    @Test func replacesAFileThatWasCutShort() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        try await layout.push("other", tag: "v1")
        let announced = try Descriptor(mediaType: "text/plain", of: Array("hello".utf8))
        try fixture.write("layout/blobs/sha256/\(announced.digest.hex)", "hel")
        let source = BlobSource(announced, bytes: Array("hello".utf8))
        #expect(try await layout.pushBlob(source, PushOptions()) == .uploaded)
        #expect(try await layout.blob(announced, limit: 100) == Array("hello".utf8))
    }

    @Test func resumesIntoASink() async throws {
        let fixture = try LayoutFixture()
        let layout = fixture.layout
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
        let descriptor = try Descriptor(mediaType: "text/plain", of: bytes)
        _ = try await layout.pushBlob(BlobSource(descriptor, bytes: bytes), PushOptions())
        for held in [0, 1, 262_144, 999_999] {
            let sink = MemorySink(Array(bytes.prefix(held)))
            try await layout.fetchBlob(descriptor, into: sink)
            #expect(sink.bytes == bytes, "it held \(held)")
        }
    }
}

/// Keeps what it is given.
final class MemorySink: BlobSink {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    var received: Int64 { Int64(bytes.count) }
    func write(_ more: [UInt8]) { bytes += more }
    func reset() { bytes = [] }
}
