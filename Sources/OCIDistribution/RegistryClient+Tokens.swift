import CoreModel
import HTTPExchange

extension RegistryClient {
    /// A token for the scopes: one that is known, or a new one.
    func bearer(
        _ realm: HTTPURL,
        _ service: String?,
        _ scopes: [RegistryScope],
        _ credentials: RegistryCredentials,
        _ context: OperationContext
    ) async throws -> Authorization {
        let key = TokenKey(
            endpoint: context.endpoint,
            realm: realm,
            service: service,
            scopes: scopes,
            identity: try credentials.identity
        )
        let token: BearerToken
        if let known = memory.token(for: key) {
            token = known
        } else {
            do {
                token = try await tokenFlights.value(for: key) {
                    // Somebody else's flight may have landed between the look and the take-off.
                    if let known = memory.token(for: key) { return known }
                    let fresh = try await fetchToken(key, credentials, context)
                    memory.remember(fresh, for: key)
                    return fresh
                }
            } catch {
                throw context.describe(error)
            }
        }
        return Authorization(header: Redacted("Bearer \(token.value.secret)"), token: (key, token))
    }

    private func fetchToken(
        _ key: TokenKey,
        _ credentials: RegistryCredentials,
        _ context: OperationContext
    ) async throws -> BearerToken {
        let home = try await url("/v2/", context)
        guard key.realm.scheme == .https || home.scheme == .http else {
            throw RegistryError(
                .protocolViolation,
                "Registry \(context.repository.registry) wants its token fetched over plain http from "
                    + "\(key.realm.host), which is refused because the registry itself is reached over https"
            )
        }
        return try await retrying(context) {
            try await tokenResponse(TokenRequest(key: key, credentials: credentials), key.realm, context)
        }
    }

    private func tokenResponse(
        _ plan: TokenRequest,
        _ realm: HTTPURL,
        _ context: OperationContext
    ) async throws -> BearerToken {
        var request = plan.request(profile: context.access.profile)
        var hop = 0
        while true {
            let step = try await transmit(request, context) { head, response in
                if let next = try Self.tokenRedirects.next(after: head, to: request, hop: hop) {
                    return TokenStep.redirect(to: next)
                }
                let body = try await response.collect(upTo: 1 << 20)
                if head.isSuccess { return .done(try BearerToken(parsing: body, now: clock.now(), realm: realm.host)) }
                throw RegistryError.refusal(
                    "\(context.repository.registry)'s token service \(realm.host)",
                    context.subject,
                    RefusedAnswer(head: head, body: body, time: clock.now()),
                    secrets: plan.secrets
                )
            }
            switch step {
            case .done(let token): return token
            case .redirect(let next): request = next
            }
            hop += 1
        }
    }

    /// A refresh token is never sent anywhere but where the challenge said.
    private static let tokenRedirects = RedirectRule()
}

/// What the answer of a token service leads to.
private enum TokenStep: Sendable {
    case done(BearerToken)
    case redirect(to: HTTPRequest)
}
