internal import CLibgit2
package import CoreModel

/// Why a git repository could not be read.
package struct GitError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The checkout belongs to another user, so git's own rule (`safe.directory`) forbids to read its settings.
        case notOwned
        /// A repository without files, which nothing can be packed from.
        case bare
        /// libgit2 cannot read it: damaged, or of a kind that it does not know.
        case unreadable
        /// The address is none that can be fetched from.
        case invalidAddress
        /// The repository has no such branch, tag or commit.
        case unknownReference
        /// The server answers with another status than success.
        case refused
        /// The server's answer is not what git's protocol has.
        case protocolBroken
        /// More, or larger, files than are taken.
        case tooLarge
        /// What a commit holds must not be written: a name that leads elsewhere.
        case unsafeContent
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package let kind: FailureKind

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, kind: FailureKind = .terminal) {
        self.code = code
        self.message = message
        self.cause = cause
        self.kind = kind
    }

    /// What libgit2 says of the call that has just failed on this thread.
    static func unreadable(_ subject: String, _ what: String) -> GitError {
        GitError(.unreadable, "The git checkout of '\(subject)' cannot be read: \(what) failed (\(lastReason))")
    }

    private static var lastReason: String {
        guard let error = unsafe git_error_last(), let text = unsafe error.pointee.message else {
            return "libgit2 gives no reason"
        }
        return unsafe String(cString: text)
    }
}
