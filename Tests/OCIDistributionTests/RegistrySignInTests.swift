import CoreModel
import HTTPExchange
import OCIDistribution
import TestSupport
import Testing

private let ann = RegistryCredentials.basic(username: "ann", password: Redacted("s3cret"))
private let users = ["ann": "s3cret"]

@Suite struct RegistrySignInTests {
    private static func registry(_ authentication: ScriptedRegistryAuthentication) throws -> (
        ScriptedRegistry, OCIReference
    ) {
        let registry = try ScriptedRegistry(sign: authentication)
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(10))
        return (registry, try OCIReference("\(registry.host)/acme/app:v1"))
    }

    /// What the registry wants, what we have, why.
    static let accepted: [(ScriptedRegistryAuthentication, RegistryCredentials, String)] = [
        (.none, ann, "credentials that nobody asks for"),
        (.basic(users: users), ann, "a password"),
        (.token(users: users), ann, "a token for a password"),
        (.token(users: users), .identityToken(Redacted("s3cret")), "a token for a refresh token"),
        (.token(users: users, anonymousPull: true), .anonymous, "a token for nobody"),
    ]

    @Test(arguments: accepted.indices) func signsIn(index: Int) async throws {
        let (authentication, credentials, why) = Self.accepted[index]
        let (registry, reference) = try Self.registry(authentication)
        let access = RegistryFixture.access(credentials, for: registry.host)
        let fixture = try RegistryFixture()
        for _ in 1...3 { _ = try await fixture.client.manifest(reference, access) }
        #expect(registry.count(.get, "/manifests/") <= 4, "\(why): refused at most once")
        #expect(registry.count(nil, "/token") <= 1, "\(why): one token serves all")
    }

    static let refused: [(ScriptedRegistryAuthentication, RegistryCredentials, String)] = [
        (.basic(users: users), .anonymous, "nothing to show"),
        (.basic(users: users), .basic(username: "ann", password: Redacted("wr0ng")), "a wrong password"),
        (.token(users: users), .anonymous, "a token that allows nothing"),
        (.token(users: users), .basic(username: "ann", password: Redacted("wr0ng")), "a wrong password for a token"),
        (.token(users: users), .identityToken(Redacted("wr0ng")), "a wrong refresh token"),
        (.token(users: users), .registryToken(Redacted("wr0ng")), "a wrong token"),
    ]

    @Test(arguments: refused.indices) func isRefused(index: Int) async throws {
        let (authentication, credentials, why) = Self.refused[index]
        let (registry, reference) = try Self.registry(authentication)
        let access = RegistryFixture.access(credentials, for: registry.host)
        let error = try await #require(throws: RegistryError.self, "\(why)") {
            try await RegistryFixture().client.manifest(reference, access)
        }
        #expect(error.code == .unauthorized, "\(why): \(error)")
        #expect(error.kind == .transient, "credentials can be mended")
        #expect(error.message.contains("check the credentials"))
        #expect(!"\(error)".contains("wr0ng"), "no secret in a message")
        #expect(registry.count() <= 8, "no endless attempts")
    }

    @Test func neverTellsWhatARegistryEchoes() async throws {
        let (registry, reference) = try Self.registry(.none)
        registry.failNext(nil, "/v2/", status: 401, headers: ["WWW-Authenticate": "Basic realm=x"], times: .max)
        registry.breakNext(nil, "/manifests/") { reply in
            let body = #"{"errors":[{"code":"X","message":"bad YW5uOnMzY3JldA=="}]}"#
            return ScriptedReply(401, headers: reply.headers.without("Content-Length"), body: Array(body.utf8))
        }
        let error = try await #require(throws: RegistryError.self) {
            try await RegistryFixture().client.manifest(reference, RegistryFixture.access(ann, for: registry.host))
        }
        #expect(!"\(error)".contains("YW5uOnMzY3JldA"))
    }

    @Test func fetchesTokensAnewWhenTheyAreOld() async throws {
        let (registry, reference) = try Self.registry(.token(users: users, expiresIn: 100))
        let (fixture, access) = (try RegistryFixture(), RegistryFixture.access(ann, for: registry.host))
        _ = try await fixture.client.manifest(reference, access)
        fixture.clock.advance(.seconds(79))
        _ = try await fixture.client.manifest(reference, access)
        #expect(registry.count(nil, "/token") == 1)
        fixture.clock.advance(.seconds(2))
        _ = try await fixture.client.manifest(reference, access)
        #expect(registry.count(nil, "/token") == 2)
        registry.revokeTokens()
        _ = try await fixture.client.manifest(reference, access)
        #expect(registry.count(nil, "/token") == 3, "a token that is refused is not shown again")
    }

    @Test func keepsTokensOfDifferentCredentialsApart() async throws {
        let (registry, reference) = try Self.registry(.token(users: users))
        let fixture = try RegistryFixture()
        _ = try await fixture.client.manifest(reference, RegistryFixture.access(ann, for: registry.host))
        await #expect(throws: RegistryError.self) {
            try await fixture.client.manifest(reference, RegistryFixture.access())
        }
    }

    @Test func fetchesOneTokenForManyAtOnce() async throws {
        let (registry, reference) = try Self.registry(.token(users: users))
        let (client, access) = (try RegistryFixture().client, RegistryFixture.access(ann, for: registry.host))
        registry.breakNext(.get, "/token") { $0.delayed(by: .milliseconds(50)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 { group.addTask { _ = try await client.manifest(reference, access) } }
            try await group.waitForAll()
        }
        #expect(registry.count(nil, "/token") == 1)
    }

    @Test func asksForMoreWhenItWrites() async throws {
        let (registry, reference) = try Self.registry(.token(users: users))
        let (client, access) = (try RegistryFixture().client, RegistryFixture.access(ann, for: registry.host))
        _ = try await client.manifest(reference, access)
        try await client.tag(reference, as: "v2", access)
        #expect(registry.digest("acme/app", "v2") == registry.digest("acme/app", "v1"))
        #expect(registry.requests(.get, "/token").last?.query.contains("push") == true)
    }

    @Test func pingTellsWhetherTheCredentialsAreTaken() async throws {
        let (registry, reference) = try Self.registry(.basic(users: users))
        let client = try RegistryFixture().client
        try await client.ping(reference.repository, RegistryFixture.access(ann, for: registry.host))
        await #expect(throws: RegistryError.self) {
            try await client.ping(reference.repository, RegistryFixture.access())
        }
    }
}

extension HTTPHeaders {
    fileprivate func without(_ name: String) -> HTTPHeaders {
        var headers = self
        headers[name] = nil
        return headers
    }
}
