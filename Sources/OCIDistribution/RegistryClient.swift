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
    let retry: RetryPolicy
    /// Bytes of a manifest or index that are read.
    let manifestLimit: Int
    let memory: RegistryMemory
    let gate: HostGate
    let resolutions: ResolutionMemory
    let resolveFlights = SingleFlight<ResolutionKey, ResolvedRevision>()
    private let onWarning: (@Sendable (RegistryWarning) -> Void)?
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
        onWarning = settings.onWarning
        memory = RegistryMemory(clock: clock)
        resolutions = ResolutionMemory(clock: clock)
        gate = HostGate(places: settings.requestsPerHost)
    }

    package struct Settings: Sendable {
        /// How a request that failed for a passing reason is repeated within its operation.
        ///
        /// Few and quick: whoever runs the operation has a back-off of their own. A registry that asks for a longer
        /// pause than the longest here is not asked again until then; operations on it fail with `rateLimited`.
        package var retry = RetryPolicy(attempts: 3, firstPause: .milliseconds(250), longestPause: .seconds(5))
        /// Bytes of a manifest or index that are read; see `ArtifactLimits.manifestBytes`.
        package var manifestBytes = ArtifactLimits().manifestBytes
        /// Requests to one host that wait for their answer at the same time.
        package var requestsPerHost = 32
        /// Told each warning of a registry once; where it is nil, warnings are logged.
        package var onWarning: (@Sendable (RegistryWarning) -> Void)?

        package init() {}
    }
}

extension RegistryClient {
    /// Whether the registry answers, and takes the credentials.
    package func ping(_ repository: Repository, _ access: RegistryAccess) async throws {
        let context = OperationContext(repository, access, scopes: [], subject: "its API")
        let call = RegistryCall(.get, "/v2/", accepting: [200])
        _ = try await buffered(call, context, limit: ErrorBody.limit)
    }

    /// Passes on what a registry wants its users to know, once for each text.
    func surface(_ warnings: [String], _ context: OperationContext) {
        for text in warnings.prefix(10).map({ ErrorBody.clean($0, limit: 300) }) {
            guard memory.isFirst(warning: text, of: context.endpoint) else { continue }
            let warning = RegistryWarning(registry: context.repository.registry, text: text)
            guard let onWarning else {
                logger.warning("\(text)", metadata: ["registry": "\(warning.registry)"])
                continue
            }
            onWarning(warning)
        }
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
