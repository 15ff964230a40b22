package import CoreModel

/// Why a document is not the Kubernetes value it is taken for.
package struct KubeModelError: ModuleError, Equatable {
    package enum Code: String, Hashable, Sendable {
        /// The document has no `apiVersion`, `kind` or usable `metadata`.
        case notAnObject
        /// A label selector cannot be read.
        case invalidSelector
        /// A name, label or namespace breaks the rules of Kubernetes.
        case invalidName
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
