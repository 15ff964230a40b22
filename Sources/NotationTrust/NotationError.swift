package import CoreModel

/// Why the configuration of a verification, or a signing, by notation cannot be used. A signature that does not verify
/// is a result, not an error.
package struct NotationError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The trust policy document breaks a rule.
        case invalidPolicy
        /// A certificate, a revocation list or the name of a trust store cannot be used.
        case invalidStore
        /// The key and its certificates cannot make a signature that anybody would take.
        case invalidSigner
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package var kind: FailureKind { .terminal }

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
