import CoreModel
import HTTPExchange

extension RegistryClient {
    /// TLS, unless plain HTTP is allowed and it is what works.
    ///
    /// On loopback plain HTTP is tried first: TLS is the exception there. The choice is remembered.
    func scheme(_ context: OperationContext) async throws -> HTTPURL.Scheme {
        guard context.access.plainHTTP else { return .https }
        if let known = memory.scheme(of: context.endpoint) { return known }
        do {
            return try await pings.value(for: context.endpoint) {
                if let known = memory.scheme(of: context.endpoint) { return known }
                let found = try await probe(context)
                memory.remember(scheme: found, of: context.endpoint)
                return found
            }
        } catch {
            throw context.describe(error)
        }
    }

    private func probe(_ context: OperationContext) async throws -> HTTPURL.Scheme {
        guard let secure = HTTPURL("https://\(context.endpoint.host)/v2/") else {
            throw RegistryError(.invalidReference, "The registry '\(context.endpoint.host)' has no valid address")
        }
        var firstFailure: (any Error)?
        for scheme in secure.isLoopback ? [HTTPURL.Scheme.http, .https] : [.https, .http] {
            var url = secure
            url.scheme = scheme
            do {
                let head = try await head(of: url, context)
                // What servers with TLS say to a request without it.
                if scheme == .http, head.status == 400 { continue }
                try? remember(head, context)
                return scheme
            } catch let error as RegistryError where error.code == .unreachable || error.cause is HTTPError {
                if error.code == .cancelled { throw error }
                firstFailure = firstFailure ?? error
            }
        }
        throw firstFailure
            ?? RegistryError(
                .protocolViolation,
                "Registry \(context.repository.registry) answers neither over https nor over plain http"
            )
    }
}
