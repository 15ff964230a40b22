import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import Testing

@testable import OCILayout

@Suite struct LayoutIndexTests {
    @Test(arguments: [
        ("v1", "v1", "a tag alone"),
        ("ghcr.io/acme/app:v1", "v1", "a whole reference"),
        ("localhost:5000/app", nil, "a port is no tag"),
        ("app:v1@sha256:00", "v1", "a digest behind the tag"),
        ("", nil, "an empty name"),
    ])
    func readsTags(name: String, tag: String?, why: String) {
        #expect(LayoutName.tag(of: name) == tag, "\(why)")
    }

    private static func descriptor(_ content: String) throws -> Descriptor {
        try Descriptor(mediaType: MediaType.ociManifest, of: Array(content.utf8))
    }

    private static func index(_ entries: [(content: String, name: String?)]) throws -> LayoutIndex {
        let list: [Tree] = try entries.map { entry in
            let descriptor = try descriptor(entry.content)
            var tree: Tree = [
                "mediaType": .string(descriptor.mediaType), "digest": .string(descriptor.digest.description),
                "size": .number(Tree.Number(Int(descriptor.size))),
            ]
            tree["annotations"] = entry.name.map { .map([LayoutName.annotation: .string($0)]) }
            return tree
        }
        let tree: Tree = ["schemaVersion": 2, "manifests": .list(list)]
        return try LayoutIndex(parsing: tree.jsonBytes(), subject: "The index")
    }

    struct Look: Sendable, CustomTestStringConvertible {
        let entries: [(content: String, name: String?)]
        let tag: String
        /// Nil where nothing is found.
        let found: String?
        let why: String
        var testDescription: String { why }
    }

    static let looks: [Look] = [
        Look(entries: [("a", "v1"), ("b", "v2")], tag: "v2", found: "b", why: "a tag is found by its name"),
        Look(entries: [("a", "reg.test/x:v1"), ("b", "v1")], tag: "v1", found: "b", why: "an exact name wins"),
        Look(entries: [("a", "reg.test/x:v1")], tag: "v1", found: "a", why: "whole references end in their tag"),
        Look(entries: [("a", "x:v1"), ("a", "y:v1")], tag: "v1", found: "a", why: "two names of one manifest agree"),
        Look(entries: [("a", nil)], tag: "latest", found: "a", why: "the only manifest is the latest"),
        Look(entries: [("a", nil), ("b", nil)], tag: "latest", found: nil, why: "of two nobody knows which"),
        Look(entries: [("a", "v1")], tag: "latest", found: nil, why: "a named manifest is what it is called"),
        Look(entries: [("a", nil)], tag: "v1", found: nil, why: "a manifest without a name has no other tag"),
    ]

    @Test(arguments: looks) func findsTags(look: Look) throws {
        let found = try Self.index(look.entries).manifest(tag: look.tag, in: "oci-layout:x")
        #expect(try found?.digest == look.found.map { try Self.descriptor($0).digest })
    }

    @Test func refusesTagsThatStandForSeveral() throws {
        let index = try Self.index([("a", "x:v1"), ("b", "y:v1")])
        let error = try #require(throws: RegistryError.self) { try index.manifest(tag: "v1", in: "oci-layout:x") }
        #expect(
            error.message == "The tag 'v1' stands for several manifests of oci-layout:x (x:v1, y:v1); name one by its "
                + "digest"
        )
        #expect(index.tags == ["v1"])
    }

    @Test func movesTagsAndKeepsEverythingElse() throws {
        var index = try Self.index([("a", "v1"), ("b", "reg.test/x:v1"), ("c", nil)])
        index.put(try Self.descriptor("d"), tag: "v1")
        #expect(try index.manifest(tag: "v1", in: "") == index.manifest(Self.descriptor("d").digest))
        #expect(index.manifests.map(\.digest) == (try ["b", "c", "d"].map { try Self.descriptor($0).digest }))
        index.put(try Self.descriptor("c"), tag: "v2")
        #expect(index.manifests.count == 3, "what was unnamed has a name now")
        index.put(try Self.descriptor("c"), tag: nil)
        #expect(index.manifests.count == 3, "what is there needs no other entry")
    }

    @Test func keepsWhatItDoesNotKnow() throws {
        let digest = try Self.descriptor("a").digest
        let text = """
            {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",\
            "digest":"\(digest)","size":1,"urls":["https://x.test"],"platform":{"os":"linux","architecture":"amd64",\
            "os.version":"1"}}],"io.acme":1}
            """
        var index = try LayoutIndex(parsing: Array(text.utf8), subject: "The index")
        #expect(String(decoding: index.encode(), as: UTF8.self) == text)
        index.put(try Self.descriptor("b"), tag: "v1")
        let after = String(decoding: index.encode(), as: UTF8.self)
        #expect(after.hasPrefix(text.prefix { $0 != "]" }) && after.contains("\"os.version\":\"1\""))
    }

    @Test func takesAListThatIsNull() throws {
        let index = try LayoutIndex(parsing: Array(#"{"schemaVersion":2,"manifests":null}"#.utf8), subject: "It")
        #expect(index.manifests.isEmpty && index.tags.isEmpty)
    }

    @Test func untagsAndRemoves() throws {
        var index = try Self.index([("a", "v1"), ("a", "v2"), ("b", "v3")])
        index.untag(try #require(try index.manifest(tag: "v1", in: "")))
        #expect(index.tags == ["v2", "v3"])
        index.untag(try #require(try index.manifest(tag: "v3", in: "")))
        #expect(index.manifests.count == 2, "the manifest stays, without a name")
        index.remove(try Self.descriptor("a").digest)
        #expect(index.tags == ["latest"], "the only one that is left has no name")
    }
}
