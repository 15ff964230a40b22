package import CoreModel
import HTTPExchange

/// Why a request to an API server did not do what was asked.
package struct KubeError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// 401: the credentials were not accepted.
        case unauthorized
        /// 403: the identity may not do this.
        case forbidden
        /// 404.
        case notFound
        /// 409 `AlreadyExists`.
        case alreadyExists
        /// 409: the object changed in between, or a field belongs to another manager.
        case conflict
        /// 422: the object breaks the rules of its kind.
        case invalid
        /// 410: the resource version or the page token is too old; list again.
        case expired
        /// 429.
        case tooManyRequests
        /// 504, or no answer in time.
        case timeout
        /// Any other 5xx.
        case unavailable
        /// Any other refusal.
        case rejected
        /// The server knows no such kind.
        case noKindMatch
        /// The server cannot be reached, or the connection broke.
        case connection
        /// The answer makes no sense.
        case badAnswer
        /// The kubeconfig or the environment is unusable.
        case configuration
        /// A token file, plugin or certificate gave no credentials.
        case credentials
        /// The request cannot be built from what was given.
        case badRequest
        case cancelled
    }

    /// One of the reasons in a refusal (`details.causes` of the Status).
    package struct Detail: Hashable, Sendable {
        package let field: String
        package let reason: String
        package let message: String
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// The HTTP status, where there was an answer.
    package var statusCode: Int?
    /// The Status' own word, such as `NotFound` or `Invalid`; empty where the server gave none.
    package var reason = ""
    package var details: [Detail] = []
    /// What the server asked to wait.
    package var retryAfter: Duration?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// What the transport says of a failed exchange.
    init(_ error: HTTPError, doing action: String) {
        let code: Code =
            switch error.code {
            case .cancelled: .cancelled
            case .timeout: .timeout
            case .invalidRequest: .configuration
            default: .connection
            }
        self.init(code, "The API server gave no answer to \(action)", cause: error)
    }

    package var kind: FailureKind {
        switch code {
        case .cancelled: .cancelled
        case .invalid, .configuration, .badRequest, .rejected: .terminal
        default: .transient(retryAfter: retryAfter)
        }
    }
}
