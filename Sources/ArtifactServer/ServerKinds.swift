import HTTPTypes
import Hummingbird
package import Logging
import NIOCore

/// What a probe is told.
package enum Health: Hashable, Sendable {
    case healthy
    /// The reason is shown to whoever asks.
    case unhealthy(String)
}

extension ListeningServer {
    /// Serves artifacts; Flux's `--storage-addr`.
    package static func artifacts(
        from source: any ArtifactSource,
        at address: ListenAddress,
        logger: Logger
    ) -> ListeningServer {
        let responder = ArtifactResponder(source: source, logger: logger)
        return ListeningServer("artifact", at: address, logger: logger) { await responder.answer($0, $1) }
    }

    /// Serves `/metrics` in Prometheus' text format; Flux's `--metrics-addr`.
    package static func metrics(
        at address: ListenAddress,
        logger: Logger,
        text: @escaping @Sendable () -> String
    ) -> ListeningServer {
        ListeningServer("metrics", at: address, logger: logger) { request, _ in
            request.answer(at: "/metrics") {
                .text(.ok, text(), [.contentType: "text/plain; version=0.0.4; charset=utf-8"])
            }
        }
    }

    /// Serves `/healthz` and `/readyz` for the kubelet's probes; Flux's `--health-addr`.
    package static func health(
        at address: ListenAddress,
        logger: Logger,
        liveness: @escaping @Sendable () async -> Health,
        readiness: @escaping @Sendable () async -> Health
    ) -> ListeningServer {
        ListeningServer("health", at: address, logger: logger) { request, _ in
            let (live, ready) = (await liveness(), await readiness())
            let path = request.uri.path == "/readyz" ? "/readyz" : "/healthz"
            return request.answer(at: path) { .health(path == "/readyz" ? ready : live) }
        }
    }
}

extension Request {
    /// The answer of a server that has one page.
    fileprivate func answer(at path: String, _ page: () -> Response) -> Response {
        guard uri.path == path else { return .text(.notFound, "Only \(path) is served here") }
        guard method == .get || method == .head else {
            return .text(.methodNotAllowed, "Only GET and HEAD are served here", [.allow: "GET, HEAD"])
        }
        let response = page()
        return method == .head ? response.createHeadResponse() : response
    }
}

extension Response {
    fileprivate static func health(_ health: Health) -> Response {
        switch health {
        case .healthy: .text(.ok, "ok")
        case .unhealthy(let reason): .text(.serviceUnavailable, reason)
        }
    }

    /// A short answer in plain text.
    static func text(_ status: HTTPResponse.Status, _ text: String, _ fields: HTTPFields = [:]) -> Response {
        var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"]
        for field in fields { headers[field.name] = field.value }
        let line = text.hasSuffix("\n") ? text : text + "\n"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: line)))
    }
}
