internal import ManifestTree

/// Why a signature proves nothing, as the end of a sentence: `its log entry is not in the tree …`.
///
/// This is a refusal. Whatever else is thrown kept the signature from being examined at all.
package struct SigstoreProblem: Error, Hashable, Sendable {
    package let reason: String

    /// The most scalars of a reason: it ends up in conditions and events.
    static let lengthLimit = 600

    /// - Parameter reason: may quote what strangers wrote; it is cut where that would flood a message, and control
    ///   characters are escaped.
    package init(_ reason: String) {
        let hasControls = reason.unicodeScalars.contains { $0.properties.generalCategory == .control }
        let shown = hasControls ? Self.escaped(reason) : reason
        // Not by characters: one may consist of any number of combining marks.
        let start = String(shown.unicodeScalars.prefix(Self.lengthLimit))
        self.reason = start.utf8.count < shown.utf8.count ? start + "…" : shown
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { shown, scalar in
            let isControl = scalar.properties.generalCategory == .control
            shown += isControl ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }
    }
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
