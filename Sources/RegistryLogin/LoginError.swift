package import CoreModel

/// Why no credentials for a registry could be had.
package struct LoginError: ModuleError {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The provider does not run the registry.
        case otherRegistry
        /// A variable, file, annotation or helper that the login needs is missing or cannot be used.
        case configuration
        /// The identity is not accepted, or may not do this.
        case refused
        /// The service failed, or has had too many requests.
        case unavailable
        /// No answer came; `cause` says why.
        case unreachable
        /// The answer cannot be used.
        case badAnswer
        /// A credential helper failed.
        case helper
        /// The task was cancelled.
        case cancelled
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// What the service asked us to wait.
    package var retryAfter: Duration?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var kind: FailureKind {
        switch code {
        case .cancelled: .cancelled
        case .otherRegistry, .configuration: .terminal
        // Roles, policies and services are mended on the other side.
        default: .transient(retryAfter: retryAfter)
        }
    }
}
