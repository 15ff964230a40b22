import CoreModel
import HTTPExchange
import Synchronization
import Testing

@testable import OCIDistribution

/// Answers from memory, so that https needs no certificate.
private final class MemoryTransport: HTTPTransport {
    let answer: @Sendable (HTTPRequest) throws -> HTTPResponseHead
    let seen = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) throws -> HTTPResponseHead) { self.answer = answer }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        seen.withLock { $0.append(request) }
        return try await body(answer(request), HTTPResponseBody(bytes: []))
    }
}

@Suite struct TokenRealmTests {
    private let access = RegistryAccess(
        plainHTTP: false,
        credentials: FixedCredentials(.basic(username: "ann", password: Redacted("s3cret")), for: "r.example")
    )

    private func refusal(_ transport: MemoryTransport, _ access: RegistryAccess) async throws -> RegistryError {
        var settings = RegistryClient.Settings()
        settings.retry.attempts = 1
        let client = RegistryClient(transport: transport, settings: settings)
        return try await #require(throws: RegistryError.self) {
            try await client.resolve(OCIReference("r.example/a:v1"), access)
        }
    }

    @Test func neverSendsCredentialsToAPlainRealm() async throws {
        let transport = MemoryTransport { _ in
            HTTPResponseHead(status: 401, headers: ["WWW-Authenticate": #"Bearer realm="http://t.example/token""#])
        }
        let error = try await refusal(transport, access)
        #expect(error.message.contains("plain http"))
        #expect(transport.seen.withLock { $0.allSatisfy { $0.url.host == "r.example" && $0.url.scheme == .https } })
    }

    @Test func neverFollowsARedirectToPlainHTTP() async throws {
        let transport = MemoryTransport { request in
            request.url.path == "/v2/"
                ? HTTPResponseHead(status: 200, headers: [:])
                : HTTPResponseHead(status: 307, headers: ["Location": "http://r.example/x"])
        }
        let error = try await refusal(transport, access)
        #expect(error.code == .protocolViolation)
        #expect(transport.seen.withLock { $0.allSatisfy { $0.url.scheme == .https } })
    }

    @Test func usesPlainHTTPOnlyWhereItIsAllowed() async throws {
        let transport = MemoryTransport { request in
            if request.url.scheme == .https { throw HTTPError(.tls, "no TLS here") }
            return HTTPResponseHead(status: 404, headers: [:])
        }
        let strict = try await refusal(transport, RegistryAccess())
        #expect(strict.code == .unreachable)
        #expect(transport.seen.withLock { $0.allSatisfy { $0.url.scheme == .https } })
        let lax = try await refusal(transport, RegistryAccess(plainHTTP: true))
        #expect(lax.code == .notFound)
    }

    @Test func learnsNothingForOthersBehindAnotherProxy() async throws {
        let transport = MemoryTransport { request in
            let isEvil = request.profile.proxy != nil
            let realm = isEvil ? "https://evil.example/token" : "https://good.example/token"
            return HTTPResponseHead(status: 401, headers: ["WWW-Authenticate": "Bearer realm=\"\(realm)\""])
        }
        var settings = RegistryClient.Settings()
        settings.retry.attempts = 1
        let client = RegistryClient(transport: transport, settings: settings)
        let reference = try OCIReference("r.example/a:v1")
        var evil = RegistryAccess()
        evil.profile.proxy = ProxySettings(address: "http://evil.example")
        let behindProxy = evil
        await #expect(throws: RegistryError.self) { try await client.resolve(reference, behindProxy) }
        transport.seen.withLock { $0 = [] }
        await #expect(throws: RegistryError.self) { try await client.resolve(reference, access) }
        #expect(transport.seen.withLock { $0.allSatisfy { $0.url.host != "evil.example" } })
    }
}
