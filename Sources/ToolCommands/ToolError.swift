package import CoreModel

/// Why a command did not do its work, where no module below has said it.
package struct ToolError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// A flag or argument is missing or cannot be used.
        case usage
        /// A file of the user is missing or of the wrong kind.
        case file
        /// The object or artifact is not there.
        case notFound
        /// The object is suspended.
        case suspended
        /// The controller says that it failed.
        case failed
        /// The time for waiting ran out.
        case timeout
        /// The artifact is not signed by any of the keys.
        case notVerified
        /// A timestamp authority gave no timestamp.
        case timestamp
        /// The artifact and the local files are not the same.
        case differs
        /// The artifact is of a shape that the command cannot work with.
        case artifact
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var kind: FailureKind { code == .timeout || code == .timestamp ? .transient : .terminal }
}
