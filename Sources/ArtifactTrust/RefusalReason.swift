internal import CoreModel

/// The sentence that says why no signature counted, short enough for a condition whatever the registry holds.
struct RefusalReason: CustomStringConvertible {
    /// The most signatures described one by one.
    static let describedLimit = 5

    let description: String

    /// Takes what was examined, and the tag that was looked under.
    init(_ examined: Examination, tag: String) {
        guard !examined.results.isEmpty || !examined.absences.isEmpty else {
            description =
                "the repository has no signatures of this revision (no tag '\(tag)', and no Sigstore bundle among its "
                + "referrers); sign it first"
            return
        }
        let results = examined.results
        var parts = examined.absences
        parts += results.prefix(Self.describedLimit).enumerated().map { index, result in
            let content = result.format == .tag ? "payload" : "bundle"
            return "signature \(index + 1) (\(content) \(result.payload.short)): \(result.refusal ?? "not examined")"
        }
        if results.count > Self.describedLimit { parts.append("and \(results.count - Self.describedLimit) more") }
        if examined.skipped > 0 {
            let total = results.count + examined.skipped
            parts.append("only the first \(results.count) of \(total) signatures were examined")
        }
        description = parts.joined(separator: "; ")
    }
}
