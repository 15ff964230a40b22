package import CoreModel

/// Why trusted files could not be had from a TUF repository.
package struct UpdateError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The root that was given as trusted cannot be used.
        case unusableRoot
        /// A file is not metadata of the kind that belongs there.
        case malformed
        /// Too few of a role's keys signed a file.
        case unsigned
        /// A file is older than one that was trusted before.
        case rollback
        /// A file's time is over: the repository is not kept, or someone shows an old state of it.
        case expired
        /// A file is not the one that other files speak of.
        case mismatch
        /// No role that is trusted with the path lists such a target.
        case noSuchTarget
        /// A file is larger than is taken.
        case tooLarge
        /// The repository does not answer, or a file is missing from it.
        case unavailable
        /// What was trusted before cannot be read or written.
        case store
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// All but a bad root may be mended in the repository, without any change here.
    package var kind: FailureKind {
        switch code {
        case .unusableRoot: .terminal
        case .unavailable, .store:
            if let cause = cause as? any ModuleError, case .cancelled = cause.kind { .cancelled } else { .transient }
        default: .transient
        }
    }
}
