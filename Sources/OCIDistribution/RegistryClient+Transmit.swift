import CoreModel
import HTTPExchange

extension RegistryClient {
    /// Sends one request when its host's turn has come, within the operation's bounds. Everything that this client
    /// sends goes through here.
    /// - Throws: `RegistryError`, `rateLimited` for a host that wants to be left alone for longer than we wait;
    ///   whatever the closure throws.
    func transmit<Result: Sendable>(
        _ request: HTTPRequest,
        _ context: OperationContext,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let key = HostGate.Key(request)
        do {
            let place = try await place(for: request, key, context)
            defer { place.leave() }
            return try await transport.withResponse(to: context.bounded(request)) { head, response in
                place.leave()
                gate.notice(head, from: key)
                return try await body(head, response)
            }
        } catch {
            throw context.describe(error)
        }
    }

    private func place(
        for request: HTTPRequest,
        _ key: HostGate.Key,
        _ context: OperationContext
    ) async throws -> AdmittedPlace {
        var waited: Timestamp?
        while true {
            while let rest = gate.rest(of: key, waited: waited) {
                try checkPatience(for: rest.left, request.url, context)
                try await sleep(rest.left, context)
                waited = rest.end
            }
            let place = try await gate.enter(request, key, context)
            // While this one stood in line, somebody else may have been told to leave the host alone.
            if gate.rest(of: key, waited: waited) == nil { return place }
            place.leave()
        }
    }

    private func checkPatience(for rest: Duration, _ url: HTTPURL, _ context: OperationContext) throws {
        guard rest > retry.longestPause || !context.allows(rest) else { return }
        var response = RegistryError.Response()
        response.retryAfter = rest
        throw RegistryError(
            .rateLimited,
            "\(context.name(of: url)) wants to be left alone for another \(GoDuration.format(rest.wholeSeconds)), so "
                + "\(context.subject) was not asked for; ask less often, or sign in for a higher limit",
            response: response
        )
    }
}

extension Duration {
    /// Rounded up, for people.
    fileprivate var wholeSeconds: Duration {
        .seconds(components.seconds + (components.attoseconds > 0 ? 1 : 0))
    }
}
