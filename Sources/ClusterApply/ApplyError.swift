package import CoreModel

/// Why a set of objects was not brought to a cluster.
package struct ApplyError: ModuleError {
    package enum Code: String, Hashable, Sendable {
        /// An object cannot be applied by anyone: it has no name, or is there twice.
        case invalidObject
        /// The API server refused objects; the others of their stage were applied.
        case applyFailed
        /// Definitions were applied but are not in effect yet.
        case stageTimeout
        /// Objects could not be deleted.
        case pruneFailed
        /// An object will not become ready by itself.
        case notReady
        /// Objects were not ready in time.
        case readyTimeout
    }

    package let code: Code
    /// One line for each object that failed.
    package let message: String
    package let cause: (any Error)?
    /// What was done before the failure, so that it can be reported and recorded.
    package var changes = ChangeSet()

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var kind: FailureKind { code == .invalidObject ? .terminal : .transient }

    /// At most this many objects are named in one message.
    private static let linesLimit = 20

    /// API servers quote whole pod templates; the reason stands at the end of them, and the subject at the start. With
    /// this a message fits into a condition, which holds 32 KiB.
    private static func shortened(_ line: String) -> String {
        guard line.utf8.count > 1500 else { return line }
        return "\(line.prefix(900)) […] \(line.suffix(500))"
    }

    /// One error of several lines, in a stable order.
    static func joining(_ code: Code, _ lines: [String], changes: ChangeSet) -> ApplyError {
        var shown = lines.prefix(linesLimit).map(shortened)
        if lines.count > linesLimit { shown.append("and \(lines.count - linesLimit) more") }
        var error = ApplyError(code, shown.joined(separator: "\n"))
        error.changes = changes
        return error
    }
}
