package import CoreModel

/// Why a document could not be read, written or patched.
package struct ManifestError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The bytes are not a valid document.
        case syntax
        /// A map sets one key twice.
        case duplicateKey
        /// The document is larger, deeper or expands further than allowed.
        case limit
        /// The document is valid but holds something that JSON, and so Kubernetes, has no form for.
        case unsupported
        /// A patch is malformed or does not fit the document.
        case patch
    }

    /// A place in a document, counted from one as editors do.
    package struct Position: Hashable, Sendable {
        package let line: Int
        package let column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    package let code: Code
    package let message: String
    /// The file or other name of the document, where it is known.
    package let source: String?
    package let position: Position?
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .terminal }

    /// An error of no particular place.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        source = nil
        position = nil
    }

    /// An error at a place; the message becomes `source:line:column: problem`.
    package init(_ code: Code, source: String, at position: Position, _ problem: String) {
        self.code = code
        self.source = source
        self.position = position
        message = "\(source):\(position.line):\(position.column): \(problem)"
    }
}
