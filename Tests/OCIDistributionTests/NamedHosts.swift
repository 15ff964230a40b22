import HTTPExchange
import Synchronization
import TestSupport

/// Lets clients believe that they talk to public hosts over TLS, and sends them to servers on loopback.
final class NamedHosts: HTTPTransport {
    private let base: any HTTPTransport
    private let ports: [String: Int]
    private let seen = Mutex<[HTTPRequest]>([])

    init(_ base: any HTTPTransport, _ servers: [String: LoopbackServer]) {
        self.base = base
        ports = servers.mapValues(\.port)
    }

    /// Every request so far, as the client meant it.
    var requests: [HTTPRequest] { seen.withLock { $0 } }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        seen.withLock { $0.append(request) }
        guard request.url.scheme == .https, let port = ports[request.url.host] else {
            throw HTTPError(.nameLookup, "There is no \(request.url.host)")
        }
        var local = request
        (local.url.scheme, local.url.host, local.url.port) = (.http, "127.0.0.1", port)
        return try await base.withResponse(to: local, body)
    }
}
