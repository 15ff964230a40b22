import KubeClient

/// Tells refusals that only a new object can overcome from all others.
enum ImmutableFields {
    private static let phrases = [
        "field is immutable", "is immutable", "immutable field", "may not be changed", "may not change once set",
        "cannot be changed", "cannot change roleref", "may not change fields other than",
    ]

    /// Every cause of the refusal is a field that cannot change. One cause of another sort is enough to say no, because
    /// the object would be deleted and then refused again.
    static func caused(_ error: KubeError) -> Bool {
        guard error.code == .invalid else { return false }
        if error.details.isEmpty { return names(error.message) }
        return error.details.allSatisfy { names($0.message) }
    }

    private static func names(_ message: String) -> Bool {
        var text = message.lowercased()
        // "Invalid value: <what was sent>: <why>": what was sent is the user's text and must not count.
        if text.hasPrefix("invalid value: "), let why = lastPart(of: text) { text = why }
        if text.contains("updates to "), text.contains("forbidden") { return true }
        return phrases.contains { text.contains($0) }
    }

    /// What follows the last `: `.
    private static func lastPart(of text: String) -> String? {
        let bytes = Array(text.utf8)
        for index in bytes.indices.dropLast().reversed() where bytes[index] == UInt8(ascii: ":") {
            if bytes[index + 1] == UInt8(ascii: " ") { return String(decoding: bytes[(index + 2)...], as: UTF8.self) }
        }
        return nil
    }
}
