import CoreModel
import HTTPExchange

/// What all requests of one operation share.
struct OperationContext: Sendable {
    let repository: Repository
    let access: RegistryAccess
    let scopes: [RegistryScope]
    /// What the operation is about, for messages: `ghcr.io/acme/app:v1`.
    let subject: String
    let endpoint: RegistryEndpoint
    private let deadline: ContinuousClock.Instant?

    init(_ repository: Repository, _ access: RegistryAccess, scopes: [RegistryScope], subject: String) {
        self.repository = repository
        self.access = access
        self.scopes = scopes
        self.subject = subject
        endpoint = RegistryEndpoint(host: repository.apiHost, profile: access.profile, plainHTTP: access.plainHTTP)
        deadline = access.timeout.map { ContinuousClock.now + $0 }
    }

    /// What is left of the operation's time; nil where it is not bounded.
    /// - Throws: `RegistryError.timeout` when nothing is left.
    func remaining() throws -> Duration? {
        guard let deadline else { return nil }
        let left = deadline - ContinuousClock.now
        guard left > .zero else { throw timedOut(cause: nil) }
        return left
    }

    /// The access for a part of the operation that is an operation of its own: bounded by what is left of the time.
    /// - Throws: `RegistryError.timeout` when nothing is left.
    func accessForPart() throws -> RegistryAccess {
        var access = access
        access.timeout = try remaining()
        return access
    }

    /// Whether so much time is left.
    func allows(_ pause: Duration) -> Bool { deadline.map { ContinuousClock.now + pause < $0 } ?? true }

    /// Puts the operation's bounds on a request.
    func bounded(_ request: HTTPRequest) throws -> HTTPRequest {
        var request = request
        request.timeout = try remaining()
        request.idleTimeout = access.idleTimeout
        return request
    }

    /// Runs a wait of our own, and ends it when the operation's time is over.
    /// - Throws: `RegistryError.timeout`; what `work` throws.
    func withinTime<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        guard let left = try remaining() else { return try await work() }
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: left)
                throw timedOut(cause: nil)
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw timedOut(cause: nil) }
            return result
        }
    }

    /// How messages name who answers at an address: the registry, or the host that it sent us to.
    func name(of url: HTTPURL) -> String {
        url.authority == endpoint.host ? "Registry \(repository.registry)" : "Host \(url.host)"
    }

    func timedOut(cause: (any Error)?) -> RegistryError {
        var message = "Registry \(repository.registry) did not answer in time for \(subject)"
        if let timeout = access.timeout, !allows(.zero) {
            message = "The work on \(subject) did not end within \(GoDuration.format(timeout)); raise the timeout"
        }
        return RegistryError(.timeout, message, cause: cause)
    }

    /// Gives a failed exchange its subject.
    func describe(_ error: any Error) -> any Error {
        if error is CancellationError || Task.isCancelled {
            return RegistryError(.cancelled, "The work on \(subject) was cancelled", cause: error)
        }
        guard let error = error as? HTTPError else { return error }
        if error.code == .timeout { return timedOut(cause: error) }
        let (code, message) = account(of: error.code)
        return RegistryError(code, message, cause: error)
    }

    private func account(of code: HTTPError.Code) -> (RegistryError.Code, String) {
        let registry = "Registry \(repository.registry)"
        return switch code {
        case .cancelled: (.cancelled, "The work on \(subject) was cancelled")
        case .tooLarge: (.protocolViolation, "\(registry) sent too long an answer for \(subject)")
        case .redirect:
            (.protocolViolation, "\(registry) redirected the request for \(subject) where it cannot be followed")
        case .incompleteBody: (.unreachable, "\(registry) broke off its answer for \(subject)")
        case .tls:
            (
                .unreachable,
                "\(registry) could not be trusted for \(subject); check its certificate's dates and names, and name "
                    + "its authority where that is a private one"
            )
        case .proxy: (.unreachable, "The proxy before registry \(repository.registry) failed on \(subject)")
        default: (.unreachable, "\(registry) could not be reached for \(subject)")
        }
    }
}
