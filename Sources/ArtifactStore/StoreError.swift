package import CoreModel

/// Why the store refused content or could not serve it. Failures of files and archives come as their own errors.
package struct StoreError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// All bytes came, and they are not the ones that were asked for.
        case digestMismatch
        /// More or fewer bytes than were announced.
        case sizeMismatch
        /// More bytes, or more ignore patterns, than are accepted.
        case tooLarge
        /// A store-relative path, or an object's name, of a wrong shape.
        case invalidPath
        /// Nothing is stored under the path.
        case notFound
        /// What is stored is not what was stored.
        case corrupt
        /// Another process works with the same storage folder.
        case inUse
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package var kind: FailureKind {
        switch code {
        case .digestMismatch, .sizeMismatch, .notFound, .corrupt: .transient
        case .inUse: .waiting
        case .tooLarge, .invalidPath: .terminal
        }
    }

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
