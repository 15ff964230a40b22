import CoreModel

/// When revisions were first seen, as whoever keeps that says by `--first-seen`. The tool keeps no record itself, and
/// no date in an artifact or in a signature says when it became visible.
struct FirstSeenTimes: Sendable {
    private var any: Timestamp?
    private var byDigest: [Digest: Timestamp] = [:]

    /// - Parameter texts: `TIME` for every artifact, `DIGEST=TIME` for one.
    /// - Throws: `ToolError.usage`.
    init(_ texts: [String]) throws {
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let time = parts.last.flatMap({ Timestamp($0) }) else {
                throw ToolError(.usage, "--first-seen is '\(text)'; give a time such as 2026-01-31T08:00:00Z")
            }
            guard parts.count == 2 else {
                guard any == nil else { throw Self.twice(text) }
                any = time
                continue
            }
            guard let digest = Digest(parts[0]) else {
                throw ToolError(.usage, "--first-seen is '\(text)'; in front of '=' stands a digest such as sha256:…")
            }
            guard byDigest.updateValue(time, forKey: digest) == nil else { throw Self.twice(text) }
        }
    }

    /// Nil where nobody said it.
    func time(of digest: Digest) -> Timestamp? { byDigest[digest] ?? any }

    private static func twice(_ text: String) -> ToolError {
        ToolError(.usage, "--first-seen \(text) says again what another one says; leave one of them out")
    }
}
