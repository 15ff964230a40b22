package import CoreModel

/// Why the material that verification rests on cannot be used. What a signature lacks is a `SigstoreProblem`.
package struct SigstoreError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The trusted root cannot be read, or holds nothing that could be used.
        case invalidRoot
        /// An identity that signers are held against says nothing, or is no expression.
        case invalidIdentity
    }

    package let code: Code
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .terminal }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
