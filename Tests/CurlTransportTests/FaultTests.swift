import CurlTransport
import HTTPExchange
import TestSupport
import Testing

@Suite("Exchanges that go wrong")
struct FaultTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice/test") }

    private func failure(of request: HTTPRequest) async -> HTTPError? {
        await #expect(throws: HTTPError.self) {
            _ = try await transport.response(to: request, limit: 1 << 20)
        }
    }

    private static let body = [UInt8](repeating: 7, count: 100_000)

    static let faults: [(ScriptedReply.Delivery, HTTPError.Code, String)] = [
        (.closing(after: 5000), .incompleteBody, "the body ends early"),
        (.declaring(length: 100_001), .incompleteBody, "one byte is missing"),
        (.resetting(after: 5000), .connection, "a reset within the body"),
        (.resettingAtOnce, .connection, "a reset in place of an answer"),
        (.closingAtOnce, .connection, "a close in place of an answer"),
        (.raw(Array("garbage\r\n\r\n".utf8)), .incompleteBody, "no HTTP at all"),
        (.raw(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8)), .incompleteBody, "half a head"),
        (
            .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".utf8)), .incompleteBody,
            "no last chunk"
        ),
        (
            .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n".utf8)), .connection,
            "a chunk size that is no number"
        ),
    ]

    @Test("A broken answer is an error of its own kind", arguments: faults)
    func brokenAnswer(delivery: ScriptedReply.Delivery, code: HTTPError.Code, why: String) async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, body: Self.body, delivery: delivery) }
        let error = await failure(of: HTTPRequest(.get, server.url("/path?token=secret")))
        #expect(error?.code == code, "\(why): \(String(describing: error))")
        #expect(error?.message.contains("GET http://127.0.0.1:\(server.port)/path failed") == true)
        #expect(error?.message.contains("secret") == false)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("More bytes than announced are not read")
    func longerThanAnnounced() async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, body: Self.body, delivery: .declaring(length: 10)) }
        let response = try await transport.response(to: HTTPRequest(.get, server.url()), limit: 1 << 20)
        #expect(response.body.count == 10)
    }

    @Test("What came before the break can be read")
    func partialBody() async throws {
        let server = try LoopbackServer { _ in
            ScriptedReply(200, body: Self.body, delivery: .closing(after: 5000))
        }
        var count = 0
        let error = await #expect(throws: HTTPError.self) {
            try await transport.withResponse(to: HTTPRequest(.get, server.url())) { head, body in
                #expect(head.status == 200)
                for try await piece in body { count += piece.count }
            }
        }
        #expect(error?.code == .incompleteBody)
        #expect(count == 5000)
    }

    @Test("A port without a server, and a name without an address")
    func unreachable() async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        let url = server.url()
        server.stop()
        #expect(await failure(of: HTTPRequest(.get, url))?.code == .connection)
        let unknown = try #require(HTTPURL("http://no-such-host.invalid/"))
        #expect(await failure(of: HTTPRequest(.get, unknown))?.code == .nameLookup)
    }

    static let silences: [(ScriptedReply.Delivery, String)] = [
        (.silent, "before the head"),
        (.hanging(after: 0), "after the head"),
        (.hanging(after: 5000), "within the body"),
    ]

    @Test("Silence ends an exchange", arguments: silences)
    func silence(delivery: ScriptedReply.Delivery, why: String) async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, body: Self.body, delivery: delivery) }
        var request = HTTPRequest(.get, server.url())
        request.idleTimeout = .milliseconds(150)
        let error = await failure(of: request)
        #expect(error?.code == .timeout, "\(why)")
        #expect(error?.message.contains("silent for 150ms") == true)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("Slow is not silent, but the whole may take too long")
    func totalTimeout() async throws {
        let server = try LoopbackServer { _ in
            ScriptedReply(200, body: Self.body, delivery: .trickling(bytes: 100, every: .milliseconds(20)))
        }
        var request = HTTPRequest(.get, server.url())
        request.idleTimeout = .seconds(30)
        request.timeout = .milliseconds(400)
        let error = await failure(of: request)
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("400ms") == true)
    }

    @Test("A reader's own pause is not the other side's silence")
    func readerPauses() async throws {
        let size = 8 << 20
        let server = try LoopbackServer { _ in ScriptedReply(200, body: [UInt8](repeating: 1, count: size)) }
        var request = HTTPRequest(.get, server.url())
        request.idleTimeout = .milliseconds(200)
        let count = try await transport.withResponse(to: request) { _, body in
            var count = try await body.next()?.count ?? 0
            try await Task.sleep(for: .milliseconds(700))
            for try await piece in body { count += piece.count }
            return count
        }
        #expect(count == size)
    }

    @Test("A cancelled task leaves nothing behind", arguments: [0, 5000])
    func cancellation(readBefore count: Int) async throws {
        let server = try LoopbackServer { _ in
            ScriptedReply(200, body: Self.body, delivery: count == 0 ? .silent : .hanging(after: count))
        }
        let transport = transport
        let error = await withTaskGroup(of: HTTPError?.self) { group in
            group.addTask {
                do {
                    _ = try await transport.response(to: HTTPRequest(.get, server.url()), limit: 1 << 20)
                    return nil
                } catch {
                    return error as? HTTPError
                }
            }
            while server.requests.isEmpty { try? await Task.sleep(for: .milliseconds(5)) }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(error?.code == .cancelled)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("A body that is not wanted is dropped with its connection")
    func unreadBody() async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, body: [UInt8](repeating: 1, count: 32 << 20)) }
        let status = try await transport.withResponse(to: HTTPRequest(.get, server.url())) { head, _ in head.status }
        #expect(status == 200)
        #expect(transport.liveTransferCount == 0)
        while server.openConnectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("A body cannot be read after its exchange")
    func escapedBody() async throws {
        let server = try LoopbackServer { _ in .text(200, "text") }
        let body = try await transport.withResponse(to: HTTPRequest(.get, server.url())) { _, body in body }
        let error = await #expect(throws: HTTPError.self) { _ = try await body.next() }
        #expect(error?.code == .cancelled)
    }

    @Test("Shutting down ends what is under way and refuses what comes")
    func shutdown() async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, delivery: .silent) }
        let transport = transport
        async let error = failure(of: HTTPRequest(.get, server.url()))
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        transport.shutdown()
        #expect(await error?.code == .cancelled)
        #expect(transport.liveTransferCount == 0)
        #expect(await failure(of: HTTPRequest(.get, server.url()))?.code == .cancelled)
        transport.shutdown()
    }

    @Test("A thousand cancelled exchanges leave no descriptor", .timeLimit(.minutes(2)))
    func descriptors() async throws {
        let server = try LoopbackServer { _ in ScriptedReply(200, body: Self.body, delivery: .hanging(after: 10)) }
        let transport = transport
        for _ in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        var request = HTTPRequest(.get, server.url())
                        request.timeout = .milliseconds(20 + number * 2)
                        _ = try? await transport.response(to: request, limit: 1 << 20)
                    }
                }
                try? await Task.sleep(for: .milliseconds(60))
                group.cancelAll()
            }
            #expect(transport.liveTransferCount == 0)
        }
        while server.openConnectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite("Requests that must not be sent")
struct RequestRulesTests {
    static let server = HTTPURL(scheme: .http, host: "127.0.0.1", port: 1)

    static let requests: [(HTTPRequest, String)] = [
        (HTTPRequest(.get, server, headers: ["X": "a\r\nY: b"]), "a line in a value"),
        (HTTPRequest(.get, server, headers: ["X": "a\nb"]), "a line feed in a value"),
        (HTTPRequest(.get, server, headers: ["X": "a\0b"]), "a zero in a value"),
        (HTTPRequest(.get, server, headers: ["X\r\nY": "a"]), "a line in a name"),
        (HTTPRequest(.get, server, headers: ["X:Y": "a"]), "a colon in a name"),
        (HTTPRequest(.get, server, headers: ["X Y": "a"]), "a space in a name"),
        (HTTPRequest(.get, server, headers: ["": "a"]), "no name"),
        (HTTPRequest(.get, server, headers: ["Transfer-Encoding": "chunked"]), "a framing of one's own"),
        (HTTPRequest(.get, server, headers: ["Content-Length": "5"]), "a length without a body"),
        (HTTPRequest(.put, server, headers: ["Content-Length": "5"], body: .bytes([1])), "another length"),
        (HTTPRequest(.head, server, body: .bytes([1])), "a body of HEAD"),
        (HTTPRequest(.put, server, body: .stream(length: -1) { { nil } }), "a negative length"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "a\r\nb")), "a line in the host"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "a", path: "/ b")), "a space in the path"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "a", path: "/\r\nX: y")), "a line in the path"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "u:p@a")), "user information"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "a/b")), "a path in the host"),
        (HTTPRequest(.get, HTTPURL(scheme: .http, host: "a", path: "/", query: "q\nr")), "a line in the query"),
        (HTTPRequest(.get, server, profile: proxied("ftp://p:1")), "a proxy of another protocol"),
        (HTTPRequest(.get, server, profile: proxied("http://u:p@p:1")), "a proxy with user information"),
        (HTTPRequest(.get, server, profile: proxied("http://p:1\r\nX: y")), "a line in the proxy's address"),
    ]

    private static func proxied(_ address: String) -> ConnectionProfile {
        ConnectionProfile(proxy: ProxySettings(address: address))
    }

    @Test("They are refused before any socket", arguments: requests)
    func refuses(request: HTTPRequest, why: String) async throws {
        let transport = try CurlTransport(userAgent: "sluice/test")
        let error = await #expect(throws: HTTPError.self, "\(why)") {
            _ = try await transport.response(to: request, limit: 1)
        }
        #expect(error?.code == .invalidRequest, "\(why)")
        #expect(transport.liveTransferCount == 0)
    }
}
