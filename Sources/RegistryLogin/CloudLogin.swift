package import CoreModel
package import HTTPExchange
package import OCIDistribution
import SignatureCrypto

/// Credentials for a cloud's registries, from the identity of a workload.
///
/// One for a process: what it was given is kept, apart for each identity, and equal requests wait for one login.
package final class CloudLogin: Sendable {
    /// How long and how much is kept.
    package struct CacheSettings: Sendable {
        /// Most credentials that are kept; 0 for none.
        package var maximumSize = 100
        /// No credentials are kept longer.
        package var maximumDuration = Duration.seconds(3600)
        /// Told of each look and each change, in their order and from within the cache: it must not come back to it.
        package var onEvent: @Sendable (LoginCacheEvent) -> Void = { _ in }
        /// Time that only goes forward.
        var uptime: @Sendable () -> Duration = {
            let start = ContinuousClock.now
            return { ContinuousClock.now - start }
        }()

        package init() {}
    }

    private let transport: any HTTPTransport
    private let environment: LoginEnvironment
    private let clock: any WallClock
    private let settings: LoginExchange.Settings
    private let cache: TokenCache<RegistryCredentials>

    package convenience init(
        transport: any HTTPTransport,
        environment: LoginEnvironment,
        clock: any WallClock = SystemWallClock(),
        cache: CacheSettings = CacheSettings()
    ) {
        self.init(transport, environment, clock, LoginExchange.Settings(), cache)
    }

    init(
        _ transport: any HTTPTransport,
        _ environment: LoginEnvironment,
        _ clock: any WallClock,
        _ settings: LoginExchange.Settings,
        _ cache: CacheSettings
    ) {
        self.transport = transport
        self.environment = environment
        self.clock = clock
        self.settings = settings
        self.cache = TokenCache(cache, clock: clock)
    }

    /// Credentials for a registry.
    /// - Throws: `LoginError`: `otherRegistry` for a host that is not one of the provider's, `configuration` where the
    ///   identity is not set up, `refused`, `unavailable`, `unreachable`, `badAnswer`; what the account's token source
    ///   throws.
    package func credentials(for request: LoginRequest) async throws -> RegistryCredentials {
        let login = try registryLogin(request)
        do {
            return try await cache.value(for: try key(request, login), asker: request.asker) {
                let grant = try await login.grant(request.account)
                return (grant.credentials, grant.expires)
            }
        } catch let error as CancellationError {
            throw LoginError(.cancelled, "The login for \(request.registry) was cancelled", cause: error)
        }
    }

    private func registryLogin(_ request: LoginRequest) throws -> any RegistryLogin {
        let exchange = LoginExchange(
            transport: transport,
            clock: clock,
            settings: settings,
            proxy: request.proxy
        )
        let login: (any RegistryLogin)? =
            switch request.provider {
            case .aws: ECRRegistry(host: request.registry).map { ECRLogin(exchange, environment, $0) }
            case .azure: ACRRegistry(host: request.registry).map { ACRLogin(exchange, environment, $0) }
            case .gcp: GoogleRegistry(host: request.registry).map { _ in GoogleLogin(exchange, environment) }
            }
        guard let login else {
            throw LoginError(
                .otherRegistry,
                "The registry '\(request.registry)' is none of the provider \(request.provider.rawValue): its hosts "
                    + "are \(request.provider.hosts); change the provider, or use generic with a pull secret or --creds"
            )
        }
        return login
    }

    /// Names everything that decides which credentials come out, and tells nothing of it.
    private func key(_ request: LoginRequest, _ login: any RegistryLogin) throws -> String {
        var parts = [request.provider.rawValue, login.scope]
        if let account = request.account {
            parts += [account.namespace, account.name, account.uid]
            // Every annotation that a provider reads is under one of these.
            let prefixes = ["eks.amazonaws.com/", "azure.workload.identity/", "iam.gke.io/", "gcp.auth.fluxcd.io/"]
            let known = account.annotations.filter { entry in prefixes.contains { entry.key.hasPrefix($0) } }
            for (name, value) in known.sorted(by: { $0.key < $1.key }) { parts += [name, value] }
        }
        if let proxy = request.proxy {
            parts += [proxy.address, proxy.username ?? "", proxy.password?.secret ?? ""]
        }
        // Lengths in front, so that no two lists of parts read the same.
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return try Digest.of(Array(text.utf8)).hex
    }
}

/// How one kind of registry turns an identity into credentials.
protocol RegistryLogin: Sendable {
    /// What of the provider the credentials open: equal scopes may share them.
    var scope: String { get }

    /// Logs in as the account, or as the process itself.
    /// - Throws: `LoginError`.
    func grant(_ account: LoginAccount?) async throws -> RegistryGrant
}

/// Credentials and when they end.
struct RegistryGrant: Sendable {
    let credentials: RegistryCredentials
    let expires: Timestamp
}

extension CloudProvider {
    /// Its registries, for messages.
    var hosts: String {
        switch self {
        case .aws:
            "ACCOUNT.dkr.ecr.REGION.amazonaws.com (also -fips, China and the other partitions) and public.ecr.aws"
        case .azure: "*.azurecr.io, *.azurecr.cn, *.azurecr.de and *.azurecr.us"
        case .gcp: "gcr.io, *.gcr.io and *-docker.pkg.dev"
        }
    }
}

/// A cloud login as a source of credentials, for one registry.
package struct CloudCredentials: CredentialSource {
    private let login: CloudLogin
    private let request: LoginRequest

    package init(_ login: CloudLogin, _ request: LoginRequest) {
        self.login = login
        self.request = request
    }

    /// - Throws: `LoginError`.
    package func credentials(for repository: Repository) async throws -> RegistryCredentials {
        // Never to a registry that this login was not made for.
        guard repository.registry == request.registry else { return .anonymous }
        return try await login.credentials(for: request)
    }
}
