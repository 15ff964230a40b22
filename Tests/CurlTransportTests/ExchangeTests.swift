import CurlTransport
import HTTPExchange
import TestSupport
import Testing

@Suite("Exchanges that go well")
struct ExchangeTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice/test") }

    static let methods: [(HTTPMethod, HTTPRequestBody, String, String?)] = [
        (.get, .none, "", nil),
        (.delete, .none, "", nil),
        (.delete, .bytes(Array("{}".utf8)), "{}", "2"),
        (.post, .none, "", "0"),
        (.put, .none, "", "0"),
        (.patch, .bytes([]), "", "0"),
        (.post, .bytes(Array("a=1".utf8)), "a=1", "3"),
        (.put, .bytes(Array("text".utf8)), "text", "4"),
        (.patch, .bytes(Array("[]".utf8)), "[]", "2"),
    ]

    @Test("Method, body and exact length arrive", arguments: methods)
    func sendsMethod(method: HTTPMethod, body: HTTPRequestBody, text: String, length: String?) async throws {
        let server = try LoopbackServer { _ in .text(200, "answer") }
        let request = HTTPRequest(
            method,
            server.url("/a/../b?x=%2F&y"),
            headers: ["X-Empty": "", "X-A": "b"],
            body: body
        )
        let response = try await transport.response(to: request, limit: 100)
        #expect(response.head.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self) == "answer")
        let received = try #require(server.requests.first)
        #expect(received.method == method.rawValue)
        #expect(received.target == "/a/../b?x=%2F&y", "the target travels as it is")
        #expect(received.text == text)
        #expect(received.headers["Content-Length"] == length)
        #expect(received.headers["Content-Type"] == nil)
        #expect(received.headers["Accept-Encoding"] == nil)
        #expect(received.headers["Expect"] == nil)
        #expect(received.headers["Transfer-Encoding"] == nil)
        #expect(received.headers["User-Agent"] == "sluice/test")
        #expect(received.headers["X-Empty"] == "")
        #expect(received.headers["X-A"] == "b")
        #expect(transport.liveTransferCount == 0)
    }

    @Test("HEAD has a head and no body")
    func head() async throws {
        let server = try LoopbackServer { _ in .text(200, "twelve bytes") }
        let response = try await transport.response(to: HTTPRequest(.head, server.url()), limit: 0)
        #expect(response.head.contentLength == 12)
        #expect(response.body.isEmpty)
        #expect(server.requests.map(\.method) == ["HEAD"])
    }

    @Test("Interim heads are passed over; repeated and folded fields are kept")
    func interimHeads() async throws {
        let raw = """
            HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n\
            HTTP/1.1 201 Created\r\nSet-Cookie: a\r\nset-cookie:  b \r\nX-Folded: one\r\n  two\r\n\
            Content-Length: 2\r\n\r\nok
            """
        let server = try LoopbackServer { _ in ScriptedReply(200, delivery: .raw(Array(raw.utf8))) }
        let response = try await transport.response(to: HTTPRequest(.get, server.url()), limit: 10)
        #expect(response.head.status == 201)
        #expect(response.head.headers["Link"] == nil)
        #expect(response.head.headers.all("Set-Cookie") == ["a", "b"])
        #expect(response.head.headers["X-Folded"] == "one two")
        #expect(response.body == Array("ok".utf8))
    }

    static let deliveries: [(ScriptedReply.Delivery, String)] = [
        (.complete, "with a length"),
        (.chunked(70_001), "in chunks"),
        (.trickling(bytes: 100_000, every: .milliseconds(20)), "slowly"),
        (.untilClose, "to the end of the connection"),
    ]

    @Test("A body arrives whole however it travels", arguments: deliveries)
    func deliversBody(delivery: ScriptedReply.Delivery, why: String) async throws {
        let body = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = try LoopbackServer { _ in ScriptedReply(200, body: body, delivery: delivery) }
        var request = HTTPRequest(.get, server.url())
        request.idleTimeout = .seconds(20)
        let response = try await transport.response(to: request, limit: body.count)
        #expect(response.body == body, "\(why)")
    }

    @Test("Redirects and encodings are left to the caller")
    func leavesResponsesAlone() async throws {
        let server = try LoopbackServer { request in
            request.path == "/"
                ? ScriptedReply(302, headers: ["Location": "/next"])
                : ScriptedReply(200, headers: ["Content-Encoding": "gzip"], body: [1, 2, 3])
        }
        let redirect = try await transport.response(to: HTTPRequest(.get, server.url()), limit: 0)
        #expect(redirect.head.status == 302)
        #expect(redirect.head.headers["Location"] == "/next")
        let encoded = try await transport.response(to: HTTPRequest(.get, server.url("/gzip")), limit: 3)
        #expect(encoded.body == [1, 2, 3])
        #expect(server.requests.count == 2)
    }

    @Test("Exchanges one after the other share a connection")
    func keepsConnections() async throws {
        let server = try LoopbackServer { request in .text(200, request.text) }
        for number in 0..<20 {
            let request = HTTPRequest(.put, server.url(), body: .bytes(Array("\(number)".utf8)))
            let response = try await transport.response(to: request, limit: 10)
            #expect(response.body == Array("\(number)".utf8))
        }
        #expect(server.connectionCount == 1)
    }
}
