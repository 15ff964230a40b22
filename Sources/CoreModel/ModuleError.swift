/// What the caller of a failed operation may expect of the next attempt.
///
/// Every error of Sluice answers this, and one function in each reconciler turns it into a requeue; no other code
/// decides whether to try again.
package enum FailureKind: Hashable, Sendable {
    /// The same request may succeed later; `retryAfter` is what the other side asked for, if it said.
    case transient(retryAfter: Duration?)
    /// Something else has to happen first (a dependency, a source, a lease); not a fault.
    case waiting
    /// Only a changed input can succeed: the user has to act.
    case terminal
    /// The work was stopped on purpose.
    case cancelled

    /// A transient failure of which the other side said nothing more.
    package static let transient = FailureKind.transient(retryAfter: nil)
}

/// The shape of every module's error: a whole sentence that names its subject first and says what to do next.
package protocol ModuleError: Error, Sendable, CustomStringConvertible {
    /// The sentence. Never holds a secret.
    var message: String { get }
    /// The error below, where one caused this.
    var cause: (any Error)? { get }
    /// What a retry can achieve.
    var kind: FailureKind { get }
}

extension ModuleError {
    /// The message, followed by what caused it.
    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}

extension FailureKind {
    /// The kind of any error: what it says of itself, `cancelled` for a cancelled task, otherwise transient.
    package init(of error: any Error) {
        if let error = error as? any ModuleError {
            self = error.kind
        } else if error is CancellationError {
            self = .cancelled
        } else {
            self = .transient
        }
    }
}
