/// Why a signature or a certificate of the Notary Project does not count, as the end of a sentence that names it:
/// `its header has no crit`.
package struct NotationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}
