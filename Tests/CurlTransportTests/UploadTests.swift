import CurlTransport
import HTTPExchange
import Synchronization
import TestSupport
import Testing

/// Pieces of a body, and how many of them were asked for.
private final class PieceSource: Sendable {
    private let state = Mutex(0)
    let count: Int
    let size: Int

    init(count: Int, size: Int) {
        self.count = count
        self.size = size
    }

    var asked: Int { state.withLock { $0 } }
    var length: Int64 { Int64(count * size) }

    func next() -> [UInt8]? {
        state.withLock { number in
            guard number < count else { return nil }
            number += 1
            return [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
        }
    }
}

private struct ProducerFailure: Error {}

@Suite("Streamed request bodies")
struct UploadTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice/test") }

    @Test("A stream arrives whole and in order", arguments: [HTTPMethod.put, .post, .patch])
    func stream(method: HTTPMethod) async throws {
        let server = try LoopbackServer { request in .text(201, "\(request.body.count)") }
        let source = PieceSource(count: 300, size: 33_333)
        let body = HTTPRequestBody.stream(length: source.length) { { source.next() } }
        let response = try await transport.response(to: HTTPRequest(method, server.url(), body: body), limit: 100)
        #expect(response.head.status == 201)
        let received = try #require(server.requests.first)
        #expect(received.headers["Content-Length"] == "\(source.length)")
        #expect(received.body == (1...300).flatMap { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 33_333) })
        #expect(transport.liveTransferCount == 0)
    }

    @Test("A slow producer is not the other side's silence")
    func slowProducer() async throws {
        let server = try LoopbackServer { request in .text(200, request.text) }
        let source = PieceSource(count: 3, size: 10)
        var request = HTTPRequest(.put, server.url())
        request.body = .stream(length: source.length) {
            {
                try await Task.sleep(for: .milliseconds(400))
                return source.next()
            }
        }
        request.idleTimeout = .milliseconds(200)
        #expect(try await transport.response(to: request, limit: 100).body.count == 30)
    }

    @Test("A producer is asked for no more than the network takes")
    func backPressure() async throws {
        var options = LoopbackServer.Options()
        options.early = { _ in ScriptedReply(200, delivery: .silent) }
        let server = try LoopbackServer(options: options) { _ in .text(500, "unused") }
        let source = PieceSource(count: 1000, size: 100_000)
        var request = HTTPRequest(.put, server.url())
        request.body = .stream(length: source.length) { { source.next() } }
        request.idleTimeout = .milliseconds(500)
        let error = await #expect(throws: HTTPError.self) {
            _ = try await transport.response(to: request, limit: 100)
        }
        #expect(error?.code == .timeout)
        #expect(source.asked < 500, "socket buffers and ours hold far less than the 100 MB")
        #expect(transport.liveTransferCount == 0)
    }

    @Test("An answer that does not wait for the body counts")
    func earlyAnswer() async throws {
        var options = LoopbackServer.Options()
        options.early = { _ in .text(413, "too large") }
        let server = try LoopbackServer(options: options) { _ in .text(500, "unused") }
        let source = PieceSource(count: 1000, size: 100_000)
        let body = HTTPRequestBody.stream(length: source.length) { { source.next() } }
        let response = try await transport.response(to: HTTPRequest(.put, server.url(), body: body), limit: 100)
        #expect(response.head.status == 413)
        #expect(source.asked < 1000)
    }

    @Test("A producer's failure is the exchange's", arguments: [0, 2])
    func producerFails(after count: Int) async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        let source = PieceSource(count: count, size: 10)
        let body = HTTPRequestBody.stream(length: 1000) {
            if count == 0 { throw ProducerFailure() }
            return {
                guard let piece = source.next() else { throw ProducerFailure() }
                return piece
            }
        }
        await #expect(throws: ProducerFailure.self) {
            _ = try await transport.response(to: HTTPRequest(.put, server.url(), body: body), limit: 100)
        }
        #expect(transport.liveTransferCount == 0)
    }

    @Test("A body of another length than announced is not sent to its end", arguments: [5, 50])
    func wrongLength(announced: Int64) async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        let source = PieceSource(count: 2, size: 10)
        let body = HTTPRequestBody.stream(length: announced) { { source.next() } }
        let error = await #expect(throws: HTTPError.self) {
            _ = try await transport.response(to: HTTPRequest(.put, server.url(), body: body), limit: 100)
        }
        #expect(error?.code == .invalidRequest)
        #expect(server.requests.isEmpty)
    }
}
