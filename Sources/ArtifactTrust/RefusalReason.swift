internal import CoreModel

/// The sentence that says why no signature counted, short enough for a condition whatever the registry holds.
struct RefusalReason: CustomStringConvertible {
    /// The most signatures described one by one.
    static let describedLimit = 5

    let description: String

    /// Takes the results of the signatures examined, and how many layers and signatures there were.
    init(_ results: [SignatureResult], layers: Int, candidates: Int) {
        guard candidates > 0 else {
            description =
                "none of the \(layers) layers of the signature object has the media type "
                + "\(SimpleSigningPayload.mediaType)"
            return
        }
        var parts = results.prefix(Self.describedLimit).enumerated().map { index, result in
            "signature \(index + 1) (payload \(result.payload.short)): \(result.refusal ?? "not examined")"
        }
        if results.count > Self.describedLimit { parts.append("and \(results.count - Self.describedLimit) more") }
        if candidates > results.count {
            parts.append("only the first \(results.count) of \(candidates) signatures were examined")
        }
        description = parts.joined(separator: "; ")
    }
}
