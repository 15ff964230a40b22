import CoreModel
import Testing

@testable import OCIDistribution

private let sha = "sha256:" + String(repeating: "ab", count: 32)

@Suite struct ReferenceTests {
    /// Text, its normal form, where the API answers, why.
    static let valid: [(String, String, String, String)] = [
        ("oci://ghcr.io/acme/app:v1", "ghcr.io/acme/app:v1", "ghcr.io", "Flux's form"),
        ("ghcr.io/acme/app@\(sha)", "ghcr.io/acme/app@\(sha)", "ghcr.io", "a digest"),
        ("ghcr.io/acme/app:v1@\(sha)", "ghcr.io/acme/app:v1@\(sha)", "ghcr.io", "tag and digest"),
        ("localhost:5000/app", "localhost:5000/app", "localhost:5000", "a port is no tag"),
        ("localhost/app:x", "localhost/app:x", "localhost", "localhost is a host without a dot"),
        ("[::1]:5000/app:x", "[::1]:5000/app:x", "[::1]:5000", "IPv6 with a port"),
        ("[2001:db8::1]/a/b", "[2001:db8::1]/a/b", "[2001:db8::1]", "IPv6 without a port"),
        ("busybox", "docker.io/library/busybox", "registry-1.docker.io", "Docker Hub's own images"),
        ("acme/app:1", "docker.io/acme/app:1", "registry-1.docker.io", "no host means Docker Hub"),
        ("index.docker.io/acme/app", "docker.io/acme/app", "registry-1.docker.io", "an alias"),
        ("registry-1.docker.io/busybox", "docker.io/library/busybox", "registry-1.docker.io", "another alias"),
        ("GHCR.io/acme/app", "ghcr.io/acme/app", "ghcr.io", "hosts have no case"),
        ("r.example/a__b/c-d/e.f/g---h:_x", "r.example/a__b/c-d/e.f/g---h:_x", "r.example", "every separator"),
        (
            "r.example/a:" + String(repeating: "t", count: 128), "r.example/a:" + String(repeating: "t", count: 128),
            "r.example", "the longest tag"
        ),
        ("10.0.0.1:443/a", "10.0.0.1:443/a", "10.0.0.1:443", "an IPv4 address"),
    ]

    @Test(arguments: valid) func parses(text: String, normal: String, host: String, why: String) throws {
        let reference = try OCIReference(text)
        #expect(reference.description == normal, "\(why)")
        #expect(reference.repository.apiHost == host, "\(why)")
        #expect(try OCIReference(reference.url) == reference, "the normal form reads the same")
    }

    /// Text, what the message has to name, why.
    static let invalid: [(String, String, String)] = [
        ("", "is empty", "nothing"),
        ("oci://", "is empty", "a scheme alone"),
        ("https://ghcr.io/a/b", "scheme", "another scheme"),
        ("ghcr.io/", "no repository", "no path"),
        ("ghcr.io", "no repository", "a registry alone"),
        ("ghcr.io/Acme/app", "'Acme'", "upper case"),
        ("ghcr.io/acme//app", "empty component", "an empty component"),
        ("ghcr.io/acme/app/", "empty component", "a slash at the end"),
        ("ghcr.io/../app", "'..'", "a way up"),
        ("ghcr.io/a..b", "'a..b'", "two dots"),
        ("ghcr.io/a___b", "'a___b'", "three underscores"),
        ("ghcr.io/-a", "'-a'", "a separator in front"),
        ("ghcr.io/a-", "'a-'", "a separator at the end"),
        ("ghcr.io/a:.x", "tag '.x'", "a dot begins the tag"),
        ("ghcr.io/a:", "tag ''", "an empty tag"),
        ("ghcr.io/a:" + String(repeating: "t", count: 129), "tag 'ttt", "too long a tag"),
        ("ghcr.io/a:x y", "tag 'x y'", "a space"),
        ("ghcr.io/\u{301}a", "component", "a mark that combines with the slash"),
        ("ghcr.io/a:\u{301}x", "tag", "a mark that combines with the colon"),
        ("ghcr.io/a@\u{301}\(sha)", "digest", "a mark that combines with the at sign"),
        ("ghcr.io:\u{301}443/a", "host name", "a mark that combines with the port's colon"),
        ("ghcr.io/a@sha256:abc", "digest 'sha256:abc'", "a short digest"),
        ("ghcr.io/a@md5:d41d8cd98f00b204e9800998ecf8427e", "digest 'md5:", "an unknown algorithm"),
        ("ghcr.io/a@\(sha)@\(sha)", "digest", "two digests"),
        ("ghcr.io:0/a", "'ghcr.io:0'", "port zero"),
        ("ghcr.io:65536/a", "'ghcr.io:65536'", "port too large"),
        ("ghcr.io:x/a", "'ghcr.io:x'", "no number"),
        ("-x.io/a", "'-x.io'", "a label that begins with a dash"),
        ("[::1/a", "'[::1'", "an open bracket"),
        ("user@ghcr.io/a", "digest 'ghcr.io/a'", "user information"),
        ("ghcr.io/a?x=1", "'a?x=1'", "a query"),
        ("ghcr.io/a%2fb", "'a%2fb'", "an escape"),
        ("ghcr.io/ä", "'ä'", "not ASCII"),
        ("ghcr.io/" + String(repeating: "a", count: 250), "255", "too long"),
    ]

    @Test(arguments: invalid) func refuses(text: String, part: String, why: String) throws {
        let error = try #require(throws: RegistryError.self) { try OCIReference(text) }
        #expect(error.code == .invalidReference)
        #expect(error.kind == .terminal)
        #expect(error.message.contains(part), "\(why): \(error.message)")
    }

    @Test func repositoriesHaveNeitherTagNorDigest() throws {
        let tagged = try #require(throws: RegistryError.self) { try Repository(parsing: "oci://ghcr.io/acme/app:v1") }
        #expect(tagged.message.contains("must not contain a tag; remove ':v1'"))
        let pinned = try #require(throws: RegistryError.self) { try Repository(parsing: "ghcr.io/acme/app@\(sha)") }
        #expect(pinned.message.contains("must not contain a digest"))
        #expect(try Repository(parsing: "oci://localhost:5000/app").description == "localhost:5000/app")
    }

    @Test func defaultsToLatest() throws {
        #expect(try OCIReference("ghcr.io/a/b").effectiveTag == "latest")
        #expect(try OCIReference("ghcr.io/a/b@\(sha)").effectiveTag == nil)
    }

    @Test func namesCosignTags() throws {
        let digest = try #require(Digest(sha))
        #expect(CosignTag.signature(for: digest) == "sha256-\(digest.hex).sig")
    }
}
