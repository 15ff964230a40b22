package import CoreModel

/// Why the objects of a Kustomization cannot be told yet; what is wrong with its files is a `BuildError`.
package struct DesiredStateError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// A ConfigMap or Secret with variables does not exist.
        case missingVariables
    }

    package let code: Code
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .waiting }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
