package import HTTPExchange
import Synchronization

/// Leads names of the Internet to servers on this machine, and everything else nowhere: a test never leaves loopback,
/// and yet the code under test finds its own addresses.
///
/// ```swift
/// let map = HostMap(curl, ["sts.eu-west-1.amazonaws.com": aws.server, "acme.azurecr.io/oauth2": azure.server])
/// ```
package final class HostMap: HTTPTransport {
    private let transport: any HTTPTransport
    private let servers: [String: LoopbackServer]
    private let seen = Mutex<[HTTPRequest]>([])

    /// Keys are hosts, or hosts with the beginning of a path; the longest that fits counts.
    package init(_ transport: any HTTPTransport, _ servers: [String: LoopbackServer]) {
        self.transport = transport
        self.servers = servers
    }

    /// Every request as it was meant.
    package var requests: [HTTPRequest] { seen.withLock { $0 } }

    /// Every request's address without its query.
    package var addresses: [String] { requests.map { "\($0.method.rawValue) \($0.url.origin)\($0.url.path)" } }

    package func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        seen.withLock { $0.append(request) }
        if request.url.isLoopback { return try await transport.withResponse(to: request, body) }
        let place = request.url.host + request.url.path
        guard let key = servers.keys.filter(place.hasPrefix).max(by: { $0.count < $1.count }), let server = servers[key]
        else { throw HTTPError(.nameLookup, "There is no host \(request.url.host)") }
        var mapped = request
        mapped.headers["Host"] = request.url.authority
        mapped.url.scheme = .http
        mapped.url.host = "127.0.0.1"
        mapped.url.port = server.port
        return try await transport.withResponse(to: mapped, body)
    }
}
