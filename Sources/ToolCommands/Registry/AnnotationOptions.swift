import ArgumentParser

/// cosign's flag for what signatures say besides the digest.
struct AnnotationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "What the signature says besides, as key=value; may be given several times.")
    var annotations: [String] = []

    /// - Throws: `ToolError` for what is no pair, and for a key with two values.
    func pairs() throws -> [String: String] {
        var pairs: [String: String] = [:]
        for annotation in annotations {
            let parts = annotation.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ToolError(.usage, "The annotation '\(annotation)' cannot be read; write key=value")
            }
            let (key, value) = (String(parts[0]), String(parts[1]))
            guard pairs[key, default: value] == value else {
                throw ToolError(.usage, "The annotation '\(key)' has two values; give one of them")
            }
            pairs[key] = value
        }
        return pairs
    }
}
