package import HTTPExchange

/// A request as it came over the wire.
package struct ReceivedRequest: Sendable {
    package let method: String
    /// Path and query, undecoded.
    package let target: String
    package let headers: HTTPHeaders
    /// Without transfer coding; empty in what `early` is asked.
    package var body: [UInt8]
    /// Which connection it came by; the first is 1.
    package let connection: Int

    /// The target up to the `?`.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// What follows the `?`, or an empty string.
    package var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// What the server says to one request, and how well it behaves while saying it.
package struct ScriptedReply: Sendable {
    /// How head and body travel.
    package enum Delivery: Sendable {
        /// Correctly, with `Content-Length`.
        case complete
        /// Correctly, in chunks of that many bytes and without `Content-Length`.
        case chunked(Int)
        /// Correctly but slowly: that many bytes of the body at a time, with a pause after each.
        case trickling(bytes: Int, every: Duration)
        /// The whole body under a `Content-Length` that is not its own; then the connection ends.
        case declaring(length: Int)
        /// The right `Content-Length`, then that many bytes of the body, then a close.
        case closing(after: Int)
        /// The right `Content-Length`, then that many bytes of the body, then a TCP reset.
        case resetting(after: Int)
        /// The right `Content-Length`, then that many bytes of the body, then silence until the peer goes away or the
        /// server is stopped.
        case hanging(after: Int)
        /// The body up to the end of the connection, without any length.
        case untilClose
        /// Exactly these bytes in place of head and body; then the connection ends.
        case raw([UInt8])
        /// Nothing at all until the peer goes away or the server is stopped.
        case silent
        /// A close without a word.
        case closingAtOnce
        /// A TCP reset without a word.
        case resettingAtOnce
    }

    package var status: Int
    /// Sent as they are; `Content-Length` or `Transfer-Encoding` is added as the delivery asks, unless it is here.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    package var delivery: Delivery
    /// Heads with 1xx statuses that go before.
    package var interim: [HTTPResponseHead] = []
    /// How long to wait before the first byte.
    package var delay: Duration = .zero

    package init(
        _ status: Int,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        delivery: Delivery = .complete
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.delivery = delivery
    }

    /// A reply with text for its body.
    package static func text(_ status: Int, _ body: String, headers: HTTPHeaders = [:]) -> ScriptedReply {
        ScriptedReply(status, headers: headers, body: Array(body.utf8))
    }

    /// The same reply, delivered otherwise: `.text(200, "abc").delivered(.closing(after: 1))`.
    package func delivered(_ delivery: Delivery) -> ScriptedReply {
        var reply = self
        reply.delivery = delivery
        return reply
    }

    /// The same reply, later.
    package func delayed(by delay: Duration) -> ScriptedReply {
        var reply = self
        reply.delay = delay
        return reply
    }
}
