import CoreModel
import OCIDistribution
import Testing

@testable import ToolCommands

@Suite struct ArtifactLocationTests {
    private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

    struct Written: Sendable, CustomTestStringConvertible {
        let text: String
        /// The place without tag and digest.
        let name: String
        var tag: String?
        var hasDigest = false
        var target: String?
        let why: String
        var testDescription: String { "\(text): \(why)" }
    }

    static let written: [Written] = [
        Written(text: "oci://r.test/a/b:v1", name: "r.test/a/b", tag: "v1", why: "a registry's tag"),
        Written(text: "oci://r.test/a/b", name: "r.test/a/b", target: "latest", why: "latest where nothing is said"),
        Written(
            text: "oci://r.test/a:v1@\(digest)",
            name: "r.test/a",
            tag: "v1",
            hasDigest: true,
            target: digest,
            why: "the digest counts"
        ),
        Written(text: "oci-layout:disk", name: "oci-layout:disk", target: "latest", why: "a path alone"),
        Written(text: "oci-layout:disk:v1", name: "oci-layout:disk", tag: "v1", why: "a path and a tag"),
        Written(text: "oci-layout:/a/b.c/d:v1", name: "oci-layout:/a/b.c/d", tag: "v1", why: "an absolute path"),
        Written(text: "oci-layout:a:b/c", name: "oci-layout:a:b/c", target: "latest", why: "a colon higher up"),
        Written(text: "oci-layout:a:b/c:v1", name: "oci-layout:a:b/c", tag: "v1", why: "the last colon"),
        Written(text: "oci-layout:a:b/", name: "oci-layout:a:b", target: "latest", why: "a slash ends the path"),
        Written(text: "oci-layout:a:b/:v1", name: "oci-layout:a:b", tag: "v1", why: "a slash, and then a tag"),
        Written(text: "oci-layout:me@home", name: "oci-layout:me@home", target: "latest", why: "an @ in the path"),
        Written(
            text: "oci-layout:me@home/d@\(digest)",
            name: "oci-layout:me@home/d",
            hasDigest: true,
            target: digest,
            why: "a digest behind it"
        ),
        Written(
            text: "oci-layout:d:v1@\(digest)",
            name: "oci-layout:d",
            tag: "v1",
            hasDigest: true,
            target: digest,
            why: "tag and digest"
        ),
        Written(text: "oci-layout:.", name: "oci-layout:.", target: "latest", why: "the directory we are in"),
    ]

    @Test(arguments: written) func isRead(written: Written) throws {
        let location = try ArtifactLocation(written.text)
        #expect(location.name == written.name)
        #expect(location.tag == written.tag)
        #expect((location.digest != nil) == written.hasDigest)
        #expect(location.target.description == written.target ?? written.tag)
        #expect(try ArtifactLocation(location.url).target == location.target, "it is written so that it can be read")
    }

    @Test(arguments: [
        ("r.test/a:v1", "does not begin with oci://", "no scheme"),
        ("oci:disk:v1", "does not begin with oci://", "another tool's scheme"),
        ("oci-layout:", "names no directory", "nothing"),
        ("oci-layout::v1", "names no directory", "a tag of nothing"),
        ("oci-layout:disk:a b", "has the tag 'a b'", "no tag"),
        ("oci-layout:disk:", "has the tag ''", "an empty tag"),
        ("oci-layout:disk@sha256:12", "has the digest 'sha256:12'", "half a digest"),
        ("oci://r.test/a@sha256:12", "has the digest 'sha256:12'", "half a digest of a registry"),
    ])
    func isRefused(text: String, says: String, why: String) throws {
        let error = try #require(throws: (any Error).self, "\(why)") { try ArtifactLocation(text) }
        let message = try #require(error as? any ModuleError).message
        #expect(message.contains(says), "\(why): \(message)")
    }
}
