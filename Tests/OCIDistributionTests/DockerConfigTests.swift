import CoreModel
import Testing

@testable import OCIDistribution

@Suite struct DockerConfigTests {
    /// base64 of `u:p`, `u2:p:2` and a name that says where it is from.
    private static func auth(_ name: String) -> String { #"{"auth":"\#(Base64.encode(Array("\(name):p".utf8)))"}"# }

    /// The keys of `auths` (each one's user is the key itself), a repository, the key that counts, why.
    static let matches: [([String], String, String?, String)] = [
        (["ghcr.io"], "ghcr.io/a/b", "ghcr.io", "the host"),
        (["ghcr.io"], "quay.io/a/b", nil, "another host"),
        (["ghcr.io"], "sub.ghcr.io/a/b", nil, "a host below is another one"),
        (["https://ghcr.io"], "ghcr.io/a", "https://ghcr.io", "a URL"),
        (["https://ghcr.io/v2/"], "ghcr.io/a", "https://ghcr.io/v2/", "Docker's suffix"),
        (["https://index.docker.io/v1/"], "busybox", "https://index.docker.io/v1/", "Docker Hub"),
        (["docker.io"], "registry-1.docker.io/a/b", "docker.io", "Docker Hub's other names"),
        (["localhost:5000"], "localhost:5000/a", "localhost:5000", "a port"),
        (["localhost:5000"], "localhost:5001/a", nil, "another port"),
        (["r.example"], "r.example:5000/a", nil, "a port where none is meant"),
        (["r.example:443"], "r.example/a", "r.example:443", "the port of https"),
        (["r.example", "r.example/team"], "r.example/team/a", "r.example/team", "the longer path"),
        (["r.example", "r.example/team"], "r.example/teams/a", "r.example", "only whole components"),
        (["r.example/team/x", "r.example/team"], "r.example/team/x/y", "r.example/team/x", "the longest"),
        (["*.example.io"], "eu.example.io/a", "*.example.io", "a wildcard"),
        (["*.example.io"], "a.b.example.io/a", nil, "which stands for one label"),
        (["*.example.io", "eu.example.io"], "eu.example.io/a", "eu.example.io", "exact before wildcard"),
        (["e*u.example.io"], "e-1-u.example.io/a", "e*u.example.io", "within a label"),
    ]

    @Test(arguments: matches) func findsTheEntry(keys: [String], name: String, expected: String?, why: String) throws {
        // A colon would end the user's name.
        let plain = { (key: String) in key.filter { $0 != ":" } }
        let entries = keys.map { #""\#($0)":\#(Self.auth(plain($0)))"# }.joined(separator: ",")
        let config = try DockerConfig(parsing: Array(#"{"auths":{\#(entries)}}"#.utf8))
        let wanted = expected.map { RegistryCredentials.basic(username: plain($0), password: Redacted("p")) }
        #expect(try config.credentials(for: Repository(parsing: name)) == wanted ?? .anonymous, "\(why)")
    }

    /// An entry, what it means, why.
    static let entries: [(String, RegistryCredentials, String)] = [
        (#"{"auth":"dTpw"}"#, .basic(username: "u", password: Redacted("p")), "auth"),
        (#"{"auth":"dTpwOjI="}"#, .basic(username: "u", password: Redacted("p:2")), "a colon in the password"),
        (#"{"auth":"dTpwOjI"}"#, .basic(username: "u", password: Redacted("p:2")), "padding left out"),
        (#"{"username":"u","password":"p"}"#, .basic(username: "u", password: Redacted("p")), "in clear"),
        (
            #"{"username":"x","password":"y","auth":"dTpw"}"#, .basic(username: "u", password: Redacted("p")),
            "auth wins"
        ),
        (#"{"auth":"dTpw","identitytoken":"t"}"#, .identityToken(Redacted("t")), "an identity token"),
        (#"{"registrytoken":"t"}"#, .registryToken(Redacted("t")), "a registry token"),
        (#"{"email":"x@y"}"#, .anonymous, "nothing of use"),
        ("{}", .anonymous, "nothing"),
    ]

    @Test(arguments: entries) func readsEntries(entry: String, expected: RegistryCredentials, why: String) throws {
        let repository = try Repository(parsing: "r.example/a")
        let current = try DockerConfig(parsing: Array(#"{"auths":{"r.example":\#(entry)}}"#.utf8))
        #expect(try current.credentials(for: repository) == expected, "\(why)")
        let legacy = try DockerConfig(parsing: Array(#"{"r.example":\#(entry)}"#.utf8))
        #expect(try legacy.credentials(for: repository) == expected, "\(why), in the old form")
    }

    static let invalid: [(String, String, String)] = [
        ("x", "not a JSON object", "no JSON"),
        (#"{"auths":[]}"#, "no map", "no map"),
        (#"{"auths":{"r.example":1}}"#, "'r.example'", "no entry"),
        (#"{"auths":{"r.example":{"auth":"%%"}}}"#, "'r.example'", "no base64"),
        (#"{"auths":{"r.example":{"auth":"c2VjcmV0"}}}"#, "'r.example'", "no colon"),
    ]

    @Test(arguments: invalid) func refuses(text: String, part: String, why: String) throws {
        let error = try #require(throws: RegistryError.self) { try DockerConfig(parsing: Array(text.utf8)) }
        #expect(error.message.contains(part), "\(why): \(error.message)")
        #expect(!error.description.contains("secret"))
    }

    private static let kept = """
        {"auths": {"a.example": {}, "b.example": {"auth": "dTpw"}, "d.example": {"auth": "dTpw"},
                   "https://index.docker.io/v1/": {}, "e.example/team": {"auth": "dTpw"}},
         "credsStore": "desktop",
         "credHelpers": {"b.example": "ecr-login", "e.example": "own", "*.gcr.io": "gcr"}}
        """

    /// A repository, who is asked for what (nil where the configuration itself answers), why.
    static let helpers: [(String, (helper: String, server: String, isListed: Bool)?, String)] = [
        ("a.example/x", ("desktop", "a.example", true), "a place in the store"),
        ("b.example/x", ("ecr-login", "b.example", true), "a helper of its own, before what is written there"),
        ("c.example/x", ("desktop", "c.example", false), "the store for all others"),
        ("d.example/x", nil, "credentials in the file"),
        ("busybox", ("desktop", "https://index.docker.io/v1/", true), "Docker Hub as Docker names it"),
        ("eu.gcr.io/x", ("gcr", "eu.gcr.io", true), "a wildcard"),
        ("e.example/team/x", nil, "a longer path before a helper"),
        ("e.example/other", ("own", "e.example", true), "and the helper elsewhere"),
    ]

    @Test(arguments: helpers)
    func knowsWhomToAsk(name: String, expected: (helper: String, server: String, isListed: Bool)?, why: String) throws {
        let config = try DockerConfig(parsing: Array(Self.kept.utf8))
        let answer = config.answer(for: try Repository(parsing: name))
        guard let expected else {
            #expect(answer == .credentials(.basic(username: "u", password: Redacted("p"))), "\(why)")
            return
        }
        let question = DockerConfig.HelperQuestion(
            helper: expected.helper,
            server: expected.server,
            isListed: expected.isListed
        )
        #expect(answer == .helper(question), "\(why)")
    }

    @Test func aSecretRunsNoPrograms() throws {
        let config = try DockerConfig(parsing: Array(Self.kept.utf8))
        #expect(try config.credentials(for: Repository(parsing: "c.example/x")) == .anonymous)
        for (host, helper) in [("a.example", "desktop"), ("b.example", "ecr-login")] {
            let error = try #require(throws: RegistryError.self) {
                try config.credentials(for: Repository(parsing: "\(host)/x"))
            }
            #expect(error.message.contains("docker-credential-\(helper)"))
        }
    }
}
