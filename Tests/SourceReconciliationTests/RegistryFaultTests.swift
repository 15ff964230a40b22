import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

/// Faults around a registry: its tokens, its certificates, its size.
struct RegistryFaultTests {
    private static let failing = [
        "FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed",
        "Reconciling=True/ProgressingWithRetry",
    ]

    private static func withSignIn(_ realm: String? = nil) throws -> SourceFixture {
        let fixture = try SourceFixture(sign: .token(users: ["reader": "right"], realm: realm))
        let basic = Base64.encode(Array("reader:right".utf8))
        let config = "{\"auths\":{\"\(fixture.registry.host)\":{\"auth\":\"\(basic)\"}}}"
        fixture.setSecret([".dockerconfigjson": .string(Base64.encode(Array(config.utf8)))])
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create { $0["secretRef"] = ["name": "keys"] }
        return fixture
    }

    @Test func aTokenServiceThatIsDownIsToldAndTriedAgain() async throws {
        let server = try LoopbackServer { _ in .text(503, "down") }
        let fixture = try Self.withSignIn("http://\(server.authority)/token")
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == Self.failing)
        #expect(fixture.message("Ready").contains("failed"))
        #expect(!fixture.message("Ready").contains("right"), "no password in a message")
        #expect(try fixture.leftovers() == [])
    }

    @Test func tokensThatEndInTheMiddleOfAPullAreRenewed() async throws {
        let fixture = try Self.withSignIn()
        let registry = fixture.registry
        registry.breakNext(.get, "/manifests/", times: 1) { reply in
            registry.revokeTokens()
            return reply
        }
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(registry.count(nil, "/token") == 2)
    }

    @Test func aHundredThousandTagsAreSearchedForTheHighest() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"], tag: "1.99999.0")
        let names = (0..<100_000).map { "\"1.\($0).0\"" }.joined(separator: ",")
        let body = Array("{\"name\":\"acme/site\",\"tags\":[\(names)]}".utf8)
        fixture.registry.breakNext(.get, "/tags/list") { _ in
            ScriptedReply(200, headers: ["Content-Type": "application/json"], body: body)
        }
        fixture.create { $0["ref"] = ["semver": "1.x"] }
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)))
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.artifact?.revision.hasPrefix("1.99999.0@") == true)
    }

    /// Why the certificate does not count, the names it is for, whether its authority is known.
    static let certificates: [(why: String, names: [String], isKnown: Bool)] = [
        ("nobody knows its authority", ["IP:127.0.0.1"], false), ("it is for another host", ["DNS:other.test"], true),
    ]

    @Test(arguments: certificates)
    func aCertificateThatDoesNotCountIsTold(why: String, names: [String], isKnown: Bool) async throws {
        let fixture = try SourceFixture()
        let authority = try TestAuthority()
        let server = try TLSLoopbackServer(authority: authority, names: names)
        if isKnown {
            let text = try authority.certificate
            fixture.setSecret(["ca.crt": .string(Base64.encode(Array(text.utf8)))])
        }
        fixture.create {
            $0["url"] = .string("oci://127.0.0.1:\(server.port)/acme/site")
            $0["insecure"] = nil
            $0["certSecretRef"] = isKnown ? ["name": "keys"] : nil
        }
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == Self.failing, "\(why)")
        #expect(fixture.message("Ready").lowercased().contains("certificate"), "\(fixture.message("Ready"))")
    }
}
