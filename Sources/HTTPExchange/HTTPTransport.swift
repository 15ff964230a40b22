/// What sends requests. The product has one implementation, over libcurl; tests have scripted ones.
package protocol HTTPTransport: Sendable {
    /// Sends one request and gives the closure its response. Redirects are not followed and nothing is retried.
    ///
    /// The exchange ends when the closure ends: a body that was not read to its end is dropped with its connection.
    /// Cancelling the task ends it too.
    /// - Throws: `HTTPError` when no response came or its body broke off; whatever the closure throws.
    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result
}

extension HTTPTransport {
    /// Sends one request and reads at most `limit` bytes of its response into memory.
    /// - Throws: `HTTPError`, with `tooLarge` for a longer body.
    package func response(
        to request: HTTPRequest,
        limit: Int
    ) async throws -> (head: HTTPResponseHead, body: [UInt8]) {
        try await withResponse(to: request) { head, body in
            (head, try await body.collect(upTo: limit))
        }
    }
}
