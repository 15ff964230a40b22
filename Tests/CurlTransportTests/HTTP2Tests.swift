import CoreModel
import CurlTransport
import HTTPExchange
import Synchronization
import TestSupport
import Testing

/// Holds tasks back until it is opened.
private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() async throws {
        while !isOpen.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite("HTTP/2 with a real server", .enabled(if: PeerServer.programs != nil, "SLUICE_PEERS is not set"))
struct HTTP2Tests {
    let transport: CurlTransport
    let authority: TestAuthority
    let profile: ConnectionProfile

    init() throws {
        transport = try CurlTransport(userAgent: "sluice/test", proxies: .none)
        authority = try TestAuthority()
        // Reading the system's authorities for each connection would take most of the time.
        let tls = TLSSettings(authorities: try authority.certificate, usesSystemAuthorities: false)
        profile = ConnectionProfile(tls: tls)
    }

    private static let small = Array("small".utf8)
    private static let large = (0..<(6 << 20) + 7).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 13) }

    private func server(_ adjust: (inout PeerNginx.Options) -> Void = { _ in }) throws -> PeerNginx {
        var options = PeerNginx.Options()
        adjust(&options)
        return try PeerNginx(options, authority: authority, files: ["small": Self.small, "large": Self.large])
    }

    private func get(_ url: HTTPURL) async throws -> [UInt8] {
        try await transport.response(to: HTTPRequest(.get, url, profile: profile), limit: 16 << 20).body
    }

    /// Small requests, so many of them at once; returns how many were answered well.
    private func getSmall(_ count: Int, at once: Int, from server: PeerNginx) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var good = 0
            for number in 0..<count {
                if number >= once, try await group.next() == true { good += 1 }
                group.addTask { try await get(server.url("/small")) == Self.small }
            }
            return try await group.reduce(into: good) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test("Many requests at once share one connection")
    func multiplexing() async throws {
        let server = try server()
        #expect(try await getSmall(600, at: 100, from: server) == 600)
        #expect(server.log.count == 600)
        #expect(Set(server.log.map(\.version)) == ["HTTP/2.0"])
        #expect(Set(server.log.map(\.connection)).count == 1)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("A server that allows few streams gets more connections, not errors")
    func fewStreams() async throws {
        let server = try server { $0.streams = 4 }
        #expect(try await getSmall(300, at: 60, from: server) == 300)
        #expect(Set(server.log.map(\.connection)).count <= 64)
    }

    @Test("GOAWAY loses no request: those that were not served are sent again on another connection")
    func goAway() async throws {
        let server = try server { $0.requestsPerConnection = 10 }
        #expect(try await getSmall(300, at: 20, from: server) == 300)
        #expect(Set(server.log.map(\.connection)).count >= 30)
    }

    @Test("A reset stream is one failed exchange; its neighbours and its connection go on")
    func resetStream() async throws {
        let server = try server()
        async let neighbour = get(server.url("/slow/large"))
        #expect(try await getSmall(1, at: 1, from: server) == 1)
        for _ in 0..<5 {
            let error = await #expect(throws: HTTPError.self) { try await get(server.url("/reset")) }
            #expect(error?.code == .connection, "\(String(describing: error))")
            #expect(try await getSmall(10, at: 10, from: server) == 10)
        }
        #expect(transport.liveTransferCount == 1)
        #expect(Set(server.log.map(\.connection)).count == 1)
        server.kill()
        let rest = try? await neighbour
        #expect(rest == nil)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("Readers that stop hold back their own streams only, and get every byte later")
    func slowReaders() async throws {
        let server = try server()
        let transport = transport, profile = profile
        let gate = Gate()
        let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let request = HTTPRequest(.get, server.url("/large"), profile: profile)
                    return try await transport.withResponse(to: request) { _, body in
                        var bytes = try await body.next() ?? []
                        try await gate.wait()
                        while let piece = try await body.next() { bytes += piece }
                        return bytes
                    }
                }
            }
            #expect(try await getSmall(200, at: 20, from: server) == 200)
            #expect(transport.liveTransferCount == 4, "the fast ones did not wait for those that stopped")
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(bodies.count == 4 && bodies.allSatisfy { $0 == Self.large })
        #expect(Set(server.log.map(\.connection)).count == 1)
    }

    @Test("A stream that is dropped in the middle leaves its connection to the others")
    func droppedStreams() async throws {
        let server = try server()
        for _ in 0..<20 {
            let request = HTTPRequest(.get, server.url("/large"), profile: profile)
            let count = try await transport.withResponse(to: request) { _, body in try await body.next()?.count ?? 0 }
            #expect(count > 0)
        }
        #expect(try await get(server.url("/large")) == Self.large)
        #expect(transport.liveTransferCount == 0)
        #expect(Set(server.log.map(\.connection)).count == 1)
    }

    @Test("Uploads share the connection and arrive whole")
    func uploads() async throws {
        let server = try server()
        let transport = transport, profile = profile
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let rest = Mutex(Self.large[...])
                    let body = HTTPRequestBody.stream(length: Int64(Self.large.count)) {
                        {
                            rest.withLock { rest in
                                defer { rest = rest.dropFirst(100_000) }
                                return rest.isEmpty ? nil : Array(rest.prefix(100_000))
                            }
                        }
                    }
                    let request = HTTPRequest(.put, server.url("/upload/\(number)"), body: body, profile: profile)
                    return try await transport.response(to: request, limit: 1000).head.status
                }
            }
            for try await status in group { #expect(status == 201) }
        }
        #expect(try await get(server.url("/upload/7")) == Self.large)
        #expect(Set(server.log.map(\.connection)).count == 1)
    }

    @Test("An upload that is refused at once is answered, not broken off", arguments: [true, false])
    func refusedUpload(http2: Bool) async throws {
        let server = try server {
            $0.uploadLimit = 1000
            $0.http2 = http2
        }
        let request = HTTPRequest(.put, server.url("/upload/x"), body: .bytes(Self.large), profile: profile)
        #expect(try await transport.response(to: request, limit: 1000).head.status == 413)
    }

    @Test("Without HTTP/2 on one of the sides it is HTTP/1.1", arguments: [(false, true), (true, false)])
    func fallback(server offers: Bool, client prefers: Bool) async throws {
        let server = try server { $0.http2 = offers }
        var profile = profile
        profile.prefersHTTP2 = prefers
        for _ in 0..<3 {
            let request = HTTPRequest(.get, server.url("/small"), profile: profile)
            #expect(try await transport.response(to: request, limit: 100).body == Self.small)
        }
        #expect(server.log.map(\.version) == ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1"])
        #expect(Set(server.log.map(\.connection)).count == 1)
    }

    @Test("A server that goes away ends every stream with an error that may be tried again")
    func crash() async throws {
        let server = try server()
        let transport = transport, profile = profile
        let errors = await withTaskGroup(of: HTTPError?.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    let request = HTTPRequest(.get, server.url("/slow/large"), profile: profile)
                    do {
                        try await transport.withResponse(to: request) { _, body in
                            _ = try await body.next()
                            server.kill()
                            while try await body.next() != nil {}
                        }
                        return nil
                    } catch {
                        return error as? HTTPError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for error in errors {
            if case .transient = error?.kind { continue }
            Issue.record("\(String(describing: error))")
        }
        #expect(transport.liveTransferCount == 0)
    }
}
