package import CoreModel
package import HTTPExchange
package import Logging

/// Talks to OCI registries: resolves, reads, lists and writes (OCI distribution spec 1.1).
///
/// One client serves a whole process: what it learns of registries and the tokens it was given are shared between
/// operations, kept apart by registry, connection profile, scope and credentials. It holds no connections; the
/// transport does. Every operation throws `RegistryError`.
package final class RegistryClient: Sendable {
    let transport: any HTTPTransport
    let clock: any WallClock
    let logger: Logger
    let retry: RegistryRetry
    /// Bytes of a manifest or index that are read.
    let manifestLimit: Int
    let memory: RegistryMemory
    let tokenFlights = SingleFlight<TokenKey, BearerToken>()
    let pings = SingleFlight<RegistryEndpoint, HTTPURL.Scheme>()
    /// Who may change which list of referrers: one at a time.
    let referrersTurns = Admission<String>(places: 1)

    package init(
        transport: any HTTPTransport,
        clock: any WallClock = SystemWallClock(),
        logger: Logger = Logger(label: "sluice.registry"),
        settings: Settings = Settings()
    ) {
        self.transport = transport
        self.clock = clock
        self.logger = logger
        retry = settings.retry
        manifestLimit = settings.manifestBytes
        memory = RegistryMemory(clock: clock)
    }

    package struct Settings: Sendable {
        /// How a request that failed for a passing reason is repeated within its operation.
        package var retry: RegistryRetry
        /// Bytes of a manifest or index that are read; see `ArtifactLimits.manifestBytes`.
        package var manifestBytes: Int

        package init(retry: RegistryRetry = .registry, manifestBytes: Int = ArtifactLimits().manifestBytes) {
            self.retry = retry
            self.manifestBytes = manifestBytes
        }
    }
}

extension RegistryClient {
    /// Whether the registry answers, and takes the credentials.
    package func ping(_ repository: Repository, _ access: RegistryAccess) async throws {
        let context = OperationContext(repository, access, scopes: [], subject: "its API")
        let call = RegistryCall(.get, "/v2/", accepting: [200])
        _ = try await buffered(call, context, limit: ErrorBody.limit)
    }

    /// An address of the registry's API; decides between TLS and plain HTTP where both are allowed.
    func url(_ path: String, _ context: OperationContext) async throws -> HTTPURL {
        let scheme = try await scheme(context)
        guard let url = HTTPURL("\(scheme.rawValue)://\(context.endpoint.host)\(path)") else {
            throw RegistryError(.invalidReference, "The registry '\(context.endpoint.host)' has no valid address")
        }
        return url
    }
}
