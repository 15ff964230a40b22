import CoreModel
import HTTPExchange
import Synchronization

/// Who answers under a registry's name, from where we stand. Everything that is remembered is kept apart by this:
/// behind another proxy, or without a look at the certificate, the same name may be somebody else.
struct RegistryEndpoint: Hashable, Sendable {
    let host: String
    let profile: ConnectionProfile
    let plainHTTP: Bool
}

/// How a registry wants to be asked.
enum AuthDemand: Hashable, Sendable {
    /// It answered without asking.
    case nothing
    case basic
    case bearer(realm: HTTPURL, service: String?)
}

/// Names a token: nobody else's credentials, registry or scope ever lead to it.
struct TokenKey: Hashable, Sendable {
    let endpoint: RegistryEndpoint
    let realm: HTTPURL
    let service: String?
    let scopes: [RegistryScope]
    /// Of the credentials; see `RegistryCredentials.identity`.
    let identity: String
}

/// What a client knows of the registries it has talked to. Bounded, in memory only.
final class RegistryMemory: Sendable {
    private struct Known {
        var scheme: HTTPURL.Scheme?
        var demand: AuthDemand?
        var widened: [[RegistryScope]: [RegistryScope]] = [:]
        var freshUntil: Timestamp
    }

    private struct State {
        var endpoints: [RegistryEndpoint: Known] = [:]
        var tokens: [TokenKey: BearerToken] = [:]
        var warnings: Set<KnownWarning> = []
    }

    private struct KnownWarning: Hashable {
        let endpoint: RegistryEndpoint
        let text: String
    }

    private static let capacity = 2048
    /// After this, a registry is looked at anew: whether it has TLS by now, and how it wants to be asked.
    private static let lifetime = Duration.seconds(15 * 60)

    private let state = Mutex(State())
    private let clock: any WallClock

    init(clock: any WallClock) { self.clock = clock }

    func scheme(of endpoint: RegistryEndpoint) -> HTTPURL.Scheme? { known(endpoint)?.scheme }

    func demand(of endpoint: RegistryEndpoint) -> AuthDemand? { known(endpoint)?.demand }

    /// What to ask for when `scopes` are needed: more, where the registry said so before.
    func scopes(for scopes: [RegistryScope], of endpoint: RegistryEndpoint) -> [RegistryScope] {
        known(endpoint)?.widened[scopes] ?? scopes
    }

    func remember(scheme: HTTPURL.Scheme, of endpoint: RegistryEndpoint) {
        update(endpoint) { $0.scheme = scheme }
    }

    func remember(demand: AuthDemand, of endpoint: RegistryEndpoint) {
        update(endpoint) { $0.demand = demand }
    }

    func remember(_ widened: [RegistryScope], for scopes: [RegistryScope], of endpoint: RegistryEndpoint) {
        guard widened != scopes else { return }
        update(endpoint) { known in
            if known.widened.count >= Self.capacity { known.widened = [:] }
            known.widened[scopes] = widened
        }
    }

    /// Called when the endpoint could not be reached as remembered.
    func forget(_ endpoint: RegistryEndpoint) {
        state.withLock { $0.endpoints[endpoint] = nil }
    }

    func token(for key: TokenKey) -> BearerToken? {
        let now = clock.now()
        return state.withLock { state in
            guard let token = state.tokens[key], token.usableUntil > now else { return nil }
            return token
        }
    }

    func remember(_ token: BearerToken, for key: TokenKey) {
        let now = clock.now()
        state.withLock { state in
            if state.tokens.count >= Self.capacity { state.tokens = state.tokens.filter { $0.value.usableUntil > now } }
            if state.tokens.count >= Self.capacity { state.tokens = [:] }
            state.tokens[key] = token
        }
    }

    /// Drops a token that was refused, unless another one has taken its place.
    func forget(_ token: BearerToken, for key: TokenKey) {
        state.withLock { state in
            if state.tokens[key] == token { state.tokens[key] = nil }
        }
    }

    /// Whether the registry has not said so before.
    func isFirst(warning text: String, of endpoint: RegistryEndpoint) -> Bool {
        state.withLock { state in
            if state.warnings.count >= Self.capacity { state.warnings = [] }
            return state.warnings.insert(KnownWarning(endpoint: endpoint, text: text)).inserted
        }
    }

    private func known(_ endpoint: RegistryEndpoint) -> Known? {
        let now = clock.now()
        return state.withLock { state in
            guard let known = state.endpoints[endpoint], known.freshUntil > now else { return nil }
            return known
        }
    }

    private func update(_ endpoint: RegistryEndpoint, _ change: (inout Known) -> Void) {
        let now = clock.now()
        state.withLock { state in
            var known = state.endpoints[endpoint] ?? Known(freshUntil: now + Self.lifetime)
            if known.freshUntil <= now { known = Known(freshUntil: now + Self.lifetime) }
            change(&known)
            if state.endpoints.count >= Self.capacity, state.endpoints[endpoint] == nil { state.endpoints = [:] }
            state.endpoints[endpoint] = known
        }
    }
}
