package import CoreModel

/// Why a registry operation did not do its work.
package struct RegistryError: ModuleError {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// A reference, repository or tag is not written as the spec wants it.
        case invalidReference
        /// A manifest, index or descriptor breaks the OCI image spec, or is too large.
        case invalidManifest
        /// An artifact does not have what a selector asks for, or has several of it.
        case notSelected
        /// Content is not what its digest or size says.
        case digestMismatch
        /// The registry does not know who asks, or refuses the credentials.
        case unauthorized
        /// The registry knows who asks and says no.
        case denied
        /// Registry, repository, tag, manifest or blob is not there.
        case notFound
        /// Too many requests.
        case rateLimited
        /// The registry failed (5xx).
        case unavailable
        /// The registry refused the request for another reason.
        case rejected
        /// The registry's answer breaks the distribution spec, or would break our rules (a redirect to plain HTTP).
        case protocolViolation
        /// No answer came; `cause` says why.
        case unreachable
        /// The time for the operation ran out.
        case timeout
        /// A Docker configuration cannot be used.
        case invalidCredentials
        /// The task was cancelled.
        case cancelled
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// The HTTP status, where there was a response.
    package let status: Int?
    /// The first error code of the registry's own answer, such as `MANIFEST_UNKNOWN`.
    package let registryCode: String?
    /// What the registry asked us to wait.
    package let retryAfter: Duration?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.init(code, message, cause: cause, response: Response())
    }

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, response: Response) {
        self.code = code
        self.message = message
        self.cause = cause
        status = response.status
        registryCode = response.code
        retryAfter = response.retryAfter
    }

    package var kind: FailureKind {
        switch code {
        case .cancelled: .cancelled
        case .invalidReference, .invalidCredentials: .terminal
        case .unreachable: cause.map { FailureKind(of: $0) } ?? .transient
        // Credentials, repositories and tags are mended on the other side, so these are worth another look.
        default: .transient(retryAfter: retryAfter)
        }
    }

    /// What a response said about its failure.
    struct Response {
        var status: Int?
        var code: String?
        var retryAfter: Duration?
    }
}
