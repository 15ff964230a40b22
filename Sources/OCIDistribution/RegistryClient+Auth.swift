import CoreModel
import HTTPExchange

/// What a request shows, and where it came from.
struct Authorization: Sendable {
    let header: Redacted<String>
    var token: (key: TokenKey, value: BearerToken)?
}

extension RegistryClient {
    /// What to send with the first attempt, from what the registry asked for before.
    func authorization(_ credentials: RegistryCredentials, _ context: OperationContext) async throws -> Authorization? {
        if case .registryToken(let token) = credentials {
            return Authorization(header: Redacted("Bearer \(token.secret)"))
        }
        if memory.demand(of: context.endpoint) == nil, !credentials.isAnonymous { try await learnDemand(context) }
        switch memory.demand(of: context.endpoint) {
        case .bearer(let realm, let service)?:
            let scopes = memory.scopes(for: context.scopes, of: context.endpoint)
            return try await bearer(realm, service, scopes, credentials, context)
        case .basic?: return credentials.basicAuthorization.map { Authorization(header: Redacted($0)) }
        case .nothing?, nil: return nil
        }
    }

    /// Answers the challenge of a refused request.
    func answer(
        _ challenges: [AuthChallenge],
        _ refusal: RegistryError,
        _ credentials: RegistryCredentials,
        _ context: OperationContext,
        refused: Authorization?
    ) async throws -> Authorization {
        if let token = refused?.token { memory.forget(token.value, for: token.key) }
        if case .registryToken = credentials { throw refusal }
        guard let (demand, scope) = try Self.demand(of: challenges, context) else { throw refusal }
        memory.remember(demand: demand, of: context.endpoint)
        if case .bearer(let realm, let service) = demand {
            let scopes = RegistryScope.widen(context.scopes, by: scope)
            memory.remember(scopes, for: context.scopes, of: context.endpoint)
            return try await bearer(realm, service, scopes, credentials, context)
        }
        guard let header = credentials.basicAuthorization, refused == nil else { throw refusal }
        return Authorization(header: Redacted(header))
    }

    /// The best challenge that we can answer, with the scope it names: a token before a password.
    private static func demand(
        of challenges: [AuthChallenge],
        _ context: OperationContext
    ) throws -> (AuthDemand, scope: String?)? {
        for challenge in challenges where challenge.scheme == "bearer" {
            guard let text = challenge.parameters["realm"], let realm = HTTPURL(text) else { continue }
            return (.bearer(realm: realm, service: challenge.parameters["service"]), challenge.parameters["scope"])
        }
        return challenges.contains { $0.scheme == "basic" } ? (.basic, nil) : nil
    }

    /// Asks the registry's root how it wants to be asked, so that a request with credentials is not first answered as
    /// an anonymous one.
    private func learnDemand(_ context: OperationContext) async throws {
        let home = try await url("/v2/", context)
        guard memory.demand(of: context.endpoint) == nil else { return }
        try await retrying(context) {
            let head = try await head(of: home, context)
            try remember(head, context)
        }
    }

    /// Keeps what a response of the registry's root says about signing in.
    func remember(_ head: HTTPResponseHead, _ context: OperationContext) throws {
        if head.status == 401 {
            let challenges = AuthChallenge.parse(head.headers.all("WWW-Authenticate"))
            let found = try Self.demand(of: challenges, context)
            memory.remember(demand: found?.0 ?? .nothing, of: context.endpoint)
        } else if head.status == 429 || head.status >= 500 {
            throw RegistryError.refusal(context.repository.registry, context.subject, head, body: [])
        } else {
            memory.remember(demand: .nothing, of: context.endpoint)
        }
    }

    func head(of home: HTTPURL, _ context: OperationContext) async throws -> HTTPResponseHead {
        let request = try context.bounded(HTTPRequest(.get, home, profile: context.access.profile))
        do {
            return try await transport.withResponse(to: request) { head, _ in head }
        } catch {
            throw context.describe(error)
        }
    }
}

// MARK: - Tokens

extension RegistryClient {
    private func bearer(
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
        var url = plan.url
        for _ in 0...Redirect.limit {
            let request = try context.bounded(plan.request(to: url, profile: context.access.profile))
            let (head, body): (HTTPResponseHead, [UInt8])
            do {
                (head, body) = try await transport.response(to: request, limit: 1 << 20)
            } catch {
                throw context.describe(error)
            }
            if head.isSuccess { return try BearerToken(parsing: body, now: clock.now(), realm: realm.host) }
            let call = RegistryCall(request.method, .url(url), accepting: [])
            // A refresh token is never sent anywhere but where the challenge said.
            if plan.isRepeatableElsewhere, let next = try Redirect.target(of: head, from: url, call, context) {
                url = next
                continue
            }
            throw RegistryError.refusal(
                "\(context.repository.registry)'s token service \(realm.host)",
                context.subject,
                head,
                body: body,
                secrets: plan.secrets
            )
        }
        throw RegistryError(.protocolViolation, "Token service \(realm.host) redirects without end")
    }
}

/// How a token is asked for (Docker's token spec; with an identity token, its OAuth2 form).
struct TokenRequest: Sendable {
    let key: TokenKey
    let credentials: RegistryCredentials

    /// The realm with the query of a GET, or alone for a POST.
    var url: HTTPURL {
        guard isRepeatableElsewhere else { return key.realm }
        var url = key.realm
        if let service = key.service { url = url.adding("service", service) }
        for scope in key.scopes { url = url.adding("scope", scope.description) }
        return url
    }

    var isRepeatableElsewhere: Bool {
        if case .identityToken = credentials { false } else { true }
    }

    var secrets: [String] {
        switch credentials {
        case .basic(_, let password): [password.secret]
        case .identityToken(let token), .registryToken(let token): [token.secret]
        case .anonymous: []
        }
    }

    func request(to url: HTTPURL, profile: ConnectionProfile) -> HTTPRequest {
        var request = HTTPRequest(.get, url, headers: ["Accept": "application/json"], profile: profile)
        if url.host != key.endpoint.host.prefix(while: { $0 != ":" }) { request.profile.tls.serverName = nil }
        if case .identityToken(let token) = credentials {
            request.method = .post
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.body = .bytes(Array(form(token).utf8))
        } else if url.origin == key.realm.origin {
            request.headers["Authorization"] = credentials.basicAuthorization
        }
        return request
    }

    private func form(_ token: Redacted<String>) -> String {
        var fields = [("grant_type", "refresh_token"), ("client_id", "sluice"), ("refresh_token", token.secret)]
        if let service = key.service { fields.append(("service", service)) }
        let scope = key.scopes.map(\.description).joined(separator: " ")
        if !scope.isEmpty { fields.append(("scope", scope)) }
        return fields.map { "\($0.0)=\(HTTPURL.percentEncode($0.1))" }.joined(separator: "&")
    }
}
