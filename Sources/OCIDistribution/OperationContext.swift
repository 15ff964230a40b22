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
        switch error.code {
        case .timeout: return timedOut(cause: error)
        case .cancelled: return RegistryError(.cancelled, "The work on \(subject) was cancelled", cause: error)
        case .tooLarge:
            return RegistryError(
                .protocolViolation,
                "Registry \(repository.registry) sent too long an answer for \(subject)",
                cause: error
            )
        case .incompleteBody:
            return RegistryError(
                .unreachable,
                "Registry \(repository.registry) broke off its answer for \(subject)",
                cause: error
            )
        default:
            return RegistryError(
                .unreachable,
                "Registry \(repository.registry) could not be reached for \(subject)",
                cause: error
            )
        }
    }
}
