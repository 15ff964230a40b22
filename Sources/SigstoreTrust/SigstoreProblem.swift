internal import ManifestTree

/// Why a signature proves nothing, as the end of a sentence: `its log entry is not in the tree …`.
///
/// This is a refusal. Whatever else is thrown kept the signature from being examined at all.
package struct SigstoreProblem: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension SigstoreProblem {
    /// Turns what a strict reader found wrong into the refusal of the whole; `what` begins the sentence.
    static func reading<Value>(_ what: String, _ read: () throws(StrictMap.Problem) -> Value) throws(SigstoreProblem)
        -> Value
    {
        do {
            return try read()
        } catch {
            throw SigstoreProblem("\(what): \(error.reason)")
        }
    }
}
