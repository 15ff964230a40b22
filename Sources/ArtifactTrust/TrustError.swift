package import CoreModel

/// Why trust could not be decided. A signature that is missing or wrong is a `TrustVerdict`, not an error.
package struct TrustError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The policy has no key to verify with.
        case noKeys
        /// A key of the policy cannot be used.
        case invalidKey
        /// The policy has more keys than are tried.
        case tooManyKeys
        /// The policy cannot hold, or cannot be read.
        case invalidPolicy
        /// A timestamp authority's answer is no timestamp of the signature.
        case timestamp
        /// Something that is no signature is where a new signature belongs.
        case signatureObject
        /// The registry or OpenSSL failed before every signature was examined, and none verified so far.
        case undecided
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// An undecided verification is worth another attempt, whatever stopped it, unless it was stopped on purpose.
    package var kind: FailureKind {
        guard code == .undecided else { return .terminal }
        guard let cause else { return .transient }
        switch FailureKind(of: cause) {
        case .cancelled: return .cancelled
        case .transient(let retryAfter): return .transient(retryAfter: retryAfter)
        case .waiting, .terminal: return .transient
        }
    }
}
