import CoreModel
import CurlTransport
import Glibc
import HTTPExchange
import Synchronization
import TestSupport
import Testing

@Suite("Trust and identity")
struct TLSTests {
    let transport: CurlTransport
    let authority: TestAuthority

    init() throws {
        transport = try CurlTransport(userAgent: "sluice/test")
        authority = try TestAuthority()
    }

    private func get(_ url: HTTPURL, _ tls: TLSSettings) async throws -> String {
        let request = HTTPRequest(.get, url, profile: ConnectionProfile(tls: tls))
        let response = try await transport.response(to: request, limit: 1 << 20)
        #expect(response.head.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    private func refusal(_ url: HTTPURL, _ tls: TLSSettings) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { _ = try await get(url, tls) }
    }

    @Test("Only the authorities that were named are trusted")
    func authorities() async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"])
        let own = try authority.certificate
        let other = try TestAuthority().certificate
        #expect(try await get(server.url(), TLSSettings(authorities: own)).contains("TLSv1.3"))
        #expect(
            try await get(server.url(), TLSSettings(authorities: own, usesSystemAuthorities: false)).contains("TLS")
        )
        #expect(try await get(server.url(), TLSSettings(authorities: other + own)).contains("TLS"))
        #expect(await refusal(server.url(), TLSSettings())?.code == .tls)
        #expect(await refusal(server.url(), TLSSettings(usesSystemAuthorities: false))?.code == .tls)
        #expect(await refusal(server.url(), TLSSettings(authorities: other))?.code == .tls)
        let error = await refusal(
            server.url(),
            TLSSettings(authorities: "no certificate", usesSystemAuthorities: false)
        )
        #expect(error?.code == .invalidRequest || error?.code == .tls)
        #expect(try await get(server.url(), TLSSettings(verifiesPeer: false)).contains("TLS"))
        #expect(await refusal(server.url(), TLSSettings())?.code == .tls, "trust does not leak between profiles")
    }

    @Test("The certificate has to be for the host, or for the name that is expected instead")
    func names() async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["DNS:registry.example"])
        var tls = TLSSettings(authorities: try authority.certificate)
        #expect(await refusal(server.url(), tls)?.code == .tls)
        tls.serverName = "registry.example"
        #expect(try await get(server.url(), tls).contains("TLS"))
        tls.serverName = "other.example"
        #expect(await refusal(server.url(), tls)?.code == .tls)
    }

    @Test("A client certificate is shown to who asks for it")
    func clientCertificate() async throws {
        let clients = try TestAuthority()
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"], clients: clients)
        let client = try clients.issue("client", for: [])
        let stranger = try authority.issue("stranger", for: [])
        var tls = TLSSettings(authorities: try authority.certificate)
        #expect(await refusal(server.url(), tls)?.code == .tls)
        tls.certificate = client.certificate
        tls.privateKey = Redacted(client.key)
        #expect(try await get(server.url(), tls).contains("TLS"))
        tls.privateKey = Redacted(stranger.key)
        #expect(await refusal(server.url(), tls)?.code == .invalidRequest, "the key is not the certificate's")
        tls.certificate = stranger.certificate
        #expect(await refusal(server.url(), tls)?.code == .tls, "another authority's")
    }
}

/// How many were inside at once.
private final class Gauge: Sendable {
    private let state = Mutex((now: 0, highest: 0))

    var highest: Int { state.withLock { $0.highest } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.highest = max(state.highest, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}

@Suite("Connections")
struct ConnectionTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice/test") }

    static let differences: [(ConnectionProfile, String)] = [
        (ConnectionProfile(tls: TLSSettings(authorities: "a")), "authorities"),
        (ConnectionProfile(tls: TLSSettings(certificate: "a", privateKey: Redacted("b"))), "client certificate"),
        (ConnectionProfile(tls: TLSSettings(certificate: "a", privateKey: Redacted("c"))), "only its key"),
        (ConnectionProfile(tls: TLSSettings(verifiesPeer: false)), "verification"),
        (ConnectionProfile(tls: TLSSettings(serverName: "a")), "expected name"),
        (ConnectionProfile(connectTimeout: .seconds(5)), "timeout"),
    ]

    @Test("Different profiles never share a connection, equal ones do")
    func separation() async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        for round in 1...2 {
            for (number, (profile, why)) in Self.differences.enumerated() {
                let request = HTTPRequest(.get, server.url("/\(number)"), profile: profile)
                _ = try await transport.response(to: request, limit: 1)
                #expect(server.connectionCount == (round == 1 ? number + 1 : Self.differences.count), "\(why)")
            }
        }
        let connections = server.requests.map(\.connection)
        #expect(Array(connections.prefix(6)) == Array(connections.suffix(6)))
    }

    @Test("A connection that the server closed is replaced")
    func staleConnection() async throws {
        let server = try LoopbackServer { request in
            ScriptedReply(
                200,
                body: request.body,
                delivery: request.path == "/last" ? .declaring(length: 1) : .complete
            )
        }
        for path in ["/", "/last", "/", "/last", "/"] {
            let request = HTTPRequest(.put, server.url(path), body: .bytes([1]))
            #expect(try await transport.response(to: request, limit: 1).body == [1])
        }
        #expect(server.connectionCount == 3)
    }

    @Test("Many exchanges run at once")
    func concurrency() async throws {
        let gauge = Gauge()
        let server = try LoopbackServer { request in
            gauge.enter()
            defer { gauge.leave() }
            usleep(20_000)
            return .text(200, request.query)
        }
        let transport = transport
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...200 {
                group.addTask {
                    let request = HTTPRequest(.get, server.url("/?\(number)"))
                    let response = try await transport.response(to: request, limit: 10)
                    return Int(String(decoding: response.body, as: UTF8.self)) ?? 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 200 * 201 / 2)
        #expect(gauge.highest <= 64, "connections to one host are bounded")
        #expect(transport.liveTransferCount == 0)
    }
}
