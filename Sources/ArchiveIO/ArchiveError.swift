package import CoreModel

/// Why an archive was refused, or could not be read or written. The message names the entry, where one is at fault.
package struct ArchiveError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// The bytes are no tar archive, packed or plain.
        case notAnArchive
        /// It began as an archive, and then ends early or holds nonsense.
        case damaged
        /// A name that is empty, absolute, climbs, holds a backslash, or is not UTF-8.
        case unsafeName
        /// A symbolic or hard link that leaves the tree, or that leads to nothing usable.
        case unsafeLink
        /// A device, pipe or socket.
        case unsupportedEntry
        /// A file where a directory is needed, or the other way round.
        case conflict
        /// More bytes than `ArtifactLimits` allow.
        case tooLarge
        /// More entries than `ArtifactLimits` allow.
        case tooManyEntries
        /// A name with more components, or longer, than is allowed.
        case tooDeep
        /// Unpacks to more than `ArtifactLimits.ratio` times what it was packed.
        case ratio
        /// A file changed while it was being packed.
        case changed
        /// The file system failed; `cause` says how.
        case file
        /// libarchive failed where it should not.
        case engine
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// The name of the entry at fault, as the archive writes it; nil when it is the archive itself.
    package let entry: String?

    package var kind: FailureKind {
        switch code {
        case .file: cause.map { FailureKind(of: $0) } ?? .transient
        case .engine, .changed: .transient
        default: .terminal
        }
    }

    /// A fault of one entry; `reason` continues the sentence "The entry 'x' …".
    init(_ code: Code, entry: String, _ reason: String, cause: (any Error)? = nil) {
        self.code = code
        self.entry = entry
        self.cause = cause
        message = "The archive entry \(Self.shown(entry)) \(reason)"
    }

    /// A fault of the archive as a whole.
    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        entry = nil
    }

    /// A name fit for a log line: quoted, control characters escaped, of bounded length.
    private static func shown(_ name: String) -> String {
        guard name.unicodeScalars.count > 200 else { return name.debugDescription }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(200))).debugDescription + "…"
    }
}
