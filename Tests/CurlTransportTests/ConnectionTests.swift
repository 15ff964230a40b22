import CoreModel
import CurlTransport
import Glibc
import HTTPExchange
import Synchronization
import TestSupport
import Testing

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

    @Test("Connections of settings that were replaced do not stay")
    func replacedSettings() async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        let transport = try CurlTransport(userAgent: "sluice/test", poolLifetime: .milliseconds(100))
        for number in 0..<3 {
            let profile = ConnectionProfile(tls: TLSSettings(authorities: "rotated \(number)"))
            _ = try await transport.response(to: HTTPRequest(.get, server.url(), profile: profile), limit: 1)
        }
        #expect(server.connectionCount == 3)
        while server.openConnectionCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
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
