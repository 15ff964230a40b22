import CoreModel
import HTTPExchange
import KubeModel
import Logging
import ManifestTree

/// What all clients of one API server share: transport, credentials and the bound on requests in flight.
final class ClusterConnection: Sendable {
    let config: ClusterConfig
    private let transport: any HTTPTransport
    private let identity: ClusterIdentity
    private let permits: PermitPool
    private let options: KubeClient.Options

    /// One answer with a document.
    struct Answer: Sendable {
        let status: Int
        let tree: Tree
    }

    init(config: ClusterConfig, transport: any HTTPTransport, options: KubeClient.Options) {
        self.config = config
        self.transport = transport
        self.options = options
        identity = ClusterIdentity(config.credentials, clock: options.clock)
        permits = PermitPool(options.requestsInFlight)
    }

    /// Sends a request, again where the policy says so, and reads the answer.
    /// - Throws: `KubeError`; `CancellationError`.
    func send(_ request: KubeRequest, as impersonation: Impersonation?) async throws -> Answer {
        var attempt = 1
        while true {
            do {
                return try await permits.withPermit { try await once(request, as: impersonation) }
            } catch let error as KubeError {
                let action = action(request)
                if error.code == .unauthorized, attempt == 1, identity.discard() {
                    options.logger.debug(
                        "Credentials were refused, asking for new ones",
                        metadata: ["request": "\(action)"]
                    )
                } else if let delay = options.retry.pause(after: error, of: request, attempt: attempt) {
                    options.logger.debug("Sending again", metadata: ["request": "\(action)", "error": "\(error)"])
                    try await Task.sleep(for: delay)
                } else {
                    throw error
                }
                attempt += 1
            }
        }
    }

    /// Opens a response that stays open, such as a watch. It holds no permit, and nothing is sent again.
    func withStream<Result: Sendable>(
        _ request: KubeRequest,
        as impersonation: Impersonation?,
        idleTimeout: Duration,
        _ body: (HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        var http = try await build(request, impersonation)
        http.idleTimeout = idleTimeout
        let action = action(request)
        do {
            return try await transport.withResponse(to: http) { head, stream in
                guard head.isSuccess else {
                    if head.status == 401 { _ = identity.discard() }
                    let said = try await stream.collect(upTo: 1 << 20)
                    throw KubeError(head, body: said, now: options.clock.now(), doing: action)
                }
                return try await body(stream)
            }
        } catch let error as HTTPError {
            throw KubeError(error, doing: action)
        }
    }

    private func once(_ request: KubeRequest, as impersonation: Impersonation?) async throws -> Answer {
        var http = try await build(request, impersonation)
        http.timeout = options.requestTimeout
        let action = action(request)
        let (head, body): (HTTPResponseHead, [UInt8])
        do {
            (head, body) = try await transport.response(to: http, limit: options.answerLimit)
        } catch let error as HTTPError {
            throw KubeError(error, doing: action)
        }
        guard head.isSuccess else {
            throw KubeError(head, body: body, now: options.clock.now(), doing: action)
        }
        return Answer(status: head.status, tree: try await Self.parse(body, doing: action))
    }

    /// Off the caller's executor, because lists are large.
    @concurrent
    private static func parse(_ body: [UInt8], doing action: String) async throws -> Tree {
        do {
            return try JSONReader.parse(body, source: "the API server's answer", text: .lenient)
        } catch {
            throw KubeError(.badAnswer, "The API server's answer to \(action) is not JSON", cause: error)
        }
    }

    private func build(_ request: KubeRequest, _ impersonation: Impersonation?) async throws -> HTTPRequest {
        let presented = try await identity.current()
        var url = config.server
        url.path += request.path
        if let mark = request.target.firstIndex(of: "?") {
            url.query = String(request.target[request.target.index(after: mark)...])
        }
        var http = HTTPRequest(request.method, url, profile: config.profile)
        http.headers["Accept"] = request.accept
        http.headers["User-Agent"] = options.userAgent
        if let token = presented.token { http.headers["Authorization"] = "Bearer \(token.secret)" }
        if let certificate = presented.certificate {
            http.profile.tls.certificate = certificate
            http.profile.tls.privateKey = presented.privateKey
        }
        if let identity = impersonation ?? config.impersonation {
            http.headers["Impersonate-User"] = identity.user
            for group in identity.groups { http.headers.append("Impersonate-Group", group) }
        }
        if let body = request.body {
            http.headers["Content-Type"] = request.contentType
            http.body = .bytes(body.jsonBytes())
        }
        return http
    }

    /// The request in words, without parameters.
    private func action(_ request: KubeRequest) -> String { "\(request.method.rawValue) \(request.path)" }
}
