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
            let answer = RefusedAnswer(head: head, body: [], time: clock.now())
            throw RegistryError.refusal(context.repository.registry, context.subject, answer)
        } else {
            memory.remember(demand: .nothing, of: context.endpoint)
        }
    }

    func head(of home: HTTPURL, _ context: OperationContext) async throws -> HTTPResponseHead {
        try await transmit(HTTPRequest(.get, home, profile: context.access.profile), context) { head, _ in head }
    }
}
