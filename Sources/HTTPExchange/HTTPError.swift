package import CoreModel

/// Why an exchange did not come to its end.
package struct HTTPError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The host name is unknown.
        case nameLookup
        /// No connection, or it was reset.
        case connection
        /// The certificate or the handshake was refused.
        case tls
        /// A bound of the request ran out.
        case timeout
        /// The body ended early, or the protocol was broken.
        case incompleteBody
        /// More bytes than the reader allows.
        case tooLarge
        /// The proxy refused or could not be reached.
        case proxy
        /// A redirect that must not be followed.
        case redirect
        /// The request itself cannot be sent (a bad certificate, URL or setting).
        case invalidRequest
        /// The task was cancelled.
        case cancelled
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var kind: FailureKind {
        switch code {
        case .cancelled: .cancelled
        case .invalidRequest, .tooLarge: .terminal
        default: .transient
        }
    }
}
