import ArtifactTrust
import CoreModel
import OCIDistribution
import Testing

/// Which repositories a policy is about.
struct RepositoryPatternTests {
    static let cases: [(why: String, pattern: String, repository: String, isCovered: Bool)] = [
        ("itself", "ghcr.io/acme/app", "ghcr.io/acme/app", true),
        ("another", "ghcr.io/acme/app", "ghcr.io/acme/api", false),
        ("what begins the same", "ghcr.io/acme/app", "ghcr.io/acme/app2", false),
        ("what lies below", "ghcr.io/acme/app", "ghcr.io/acme/app/x", false),
        ("everything below", "ghcr.io/acme/**", "ghcr.io/acme/a/b/c", true),
        ("the folder itself", "ghcr.io/acme/**", "ghcr.io/acme", true),
        ("a sibling that begins the same", "ghcr.io/acme/**", "ghcr.io/acme-evil/app", false),
        ("one segment", "ghcr.io/acme/*", "ghcr.io/acme/app", true),
        ("one segment and not two", "ghcr.io/acme/*", "ghcr.io/acme/app/x", false),
        ("part of a segment", "ghcr.io/acme/app-*", "ghcr.io/acme/app-web", true),
        ("part of a segment and no slash", "ghcr.io/acme/app-*", "ghcr.io/acme/app-web/x", false),
        ("stars within a segment", "ghcr.io/*-team/*app*", "ghcr.io/red-team/myapp2", true),
        ("in the middle", "ghcr.io/**/app", "ghcr.io/a/b/app", true),
        ("nothing in the middle", "ghcr.io/**/app", "ghcr.io/app", true),
        ("the middle takes whole segments", "ghcr.io/**/app", "ghcr.io/myapp", false),
        ("any registry", "*/acme/app", "registry.test/acme/app", true),
        ("any registry with a port", "*/acme/app", "registry.test:5000/acme/app", true),
        ("everything", "**", "registry.test:5000/a/b", true),
        ("everything, in front", "**/app", "registry.test/acme/app", true),
        ("every character of a name", "r-1.test:5000/a_b/c__d/e-f.g", "r-1.test:5000/a_b/c__d/e-f.g", true),
        ("a dot is a dot", "ghcr.io/acme/app", "ghcrxio/acme/app", false),
        ("a look-alike behind", "ghcr.io/acme/**", "ghcr.io.evil.test/acme/app", false),
        ("a look-alike in front", "ghcr.io/acme/**", "evil-ghcr.io/acme/app", false),
        ("a part of the host", "*.acme.test/**", "eu.acme.test/app", true),
        ("another port", "registry.test:5000/**", "registry.test:5001/app", false),
        // One host in other words.
        ("host in upper case", "ghcr.io/acme/**", "GHCR.IO/acme/app", true),
        ("pattern in upper case", "GHCR.io/acme/**", "ghcr.io/acme/app", true),
        ("the port of HTTPS", "ghcr.io/acme/**", "ghcr.io:443/acme/app", true),
        ("the port of HTTP", "ghcr.io/acme/**", "ghcr.io:80/acme/app", true),
        ("the port in the pattern", "ghcr.io:443/acme/**", "ghcr.io/acme/app", true),
        ("a zero in front of the port", "registry.test:5000/**", "registry.test:05000/app", true),
        ("a zero in front of the default port", "ghcr.io/acme/**", "ghcr.io:0443/acme/app", true),
        ("an address as one number", "10.0.0.5:5000/**", "167772165:5000/app", true),
        ("an address in hexadecimal", "10.0.0.5:5000/**", "0x0a000005:5000/app", true),
        ("an address in two numbers", "10.0.0.5:5000/**", "10.5:5000/app", true),
        ("an address under a pattern", "10.0.0.*:5000/**", "167772165:5000/app", true),
        ("a short address", "[fd00::5]:5000/**", "[fd00:0:0:0:0:0:0:5]:5000/app", true),
        ("a mapped address", "10.0.0.5:5000/**", "[::ffff:10.0.0.5]:5000/app", true),
        ("Docker Hub by its old name", "docker.io/acme/**", "registry.hub.docker.com/acme/app", true),
        ("Docker Hub's old name without library", "docker.io/library/*", "registry.hub.docker.com/nginx", true),
        ("Docker Hub without library", "docker.io/nginx", "docker.io/nginx", true),
        ("Docker Hub with library", "docker.io/library/nginx", "nginx", true),
        ("Docker Hub by another name", "docker.io/acme/**", "index.docker.io/acme/app", true),
        ("Docker Hub by its API's name", "docker.io/acme/**", "registry-1.docker.io/acme/app", true),
        ("a pattern with Docker Hub's other name", "index.docker.io/acme/**", "docker.io/acme/app", true),
        ("one segment of Docker Hub", "docker.io/*", "docker.io/nginx", true),
        ("library stays a folder", "docker.io/library/*", "docker.io/acme/nginx", false),
        ("with a scheme", "oci://ghcr.io/acme/**", "ghcr.io/acme/app", true),
        ("an address", "[::1]:5000/**", "[::1]:5000/app", true),
    ]

    @Test(arguments: cases)
    func covers(why: String, pattern: String, repository: String, isCovered: Bool) throws {
        #expect(try RepositoryPattern(pattern).matches(Repository(parsing: repository)) == isCovered, "\(why)")
    }

    static let wrong: [(String, String, String)] = [
        ("nothing", "", "is empty"), ("no registry", "acme/app", "does not begin with a registry"),
        ("a registry alone", "ghcr.io", "names a registry and no repository"),
        ("an empty segment", "ghcr.io//app", "an empty segment"),
        ("a slash at the end", "ghcr.io/acme/", "an empty segment"),
        ("stars beside text", "ghcr.io/acme/app**", "'**' beside other"),
        ("three stars", "ghcr.io/***", "'**' beside other"), ("a tag", "ghcr.io/acme/app:v1", "a tag or a bracket"),
        ("a class", "ghcr.io/acme/[ab]", "a tag or a bracket"),
        ("a question mark", "ghcr.io/acme/ap?", "has the character \"?\""),
        ("a space", "ghcr.io/acme/a b", "has the character \" \""),
        ("a letter of another alphabet", "ghcr.io/аcme/app", "has the character"),
        ("an expression", "ghcr.io/(a|b)/**", "has the character \"(\""),
        ("a flood", "ghcr.io/" + String(repeating: "a", count: 600), "longer than 512"),
        ("many stars", "ghcr.io/" + String(repeating: "*a", count: 300), "longer than 512"),
        ("a line break", "ghcr.io/a\n", "has the character"),
    ]

    @Test(arguments: wrong)
    func refusesWhatIsNoPattern(why: String, pattern: String, says: String) throws {
        let error = try #require(throws: TrustError.self, "\(why)") { try RepositoryPattern(pattern) }
        #expect(error.code == .invalidPolicy)
        #expect(error.message.contains(says), "\(error)")
    }

    @Test func manyStarsEnd() throws {
        let pattern = try RepositoryPattern("ghcr.io/" + String(repeating: "**/a*/", count: 60) + "b")
        let path = Array(repeating: "aa", count: 70).joined(separator: "/")
        #expect(!pattern.matches(try Repository(parsing: "ghcr.io/\(path)")))
    }
}
