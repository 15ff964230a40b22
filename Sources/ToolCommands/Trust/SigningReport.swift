import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution

/// What a user is told about new signatures.
struct SigningReport {
    let repository: String
    let output: OutputFormat?
    private var entries: [Tree] = []

    init(repository: String, output: OutputFormat?) {
        self.repository = repository
        self.output = output
    }

    /// Tells of a signature by cosign's ways.
    mutating func add(_ subject: Descriptor, _ stored: CosignSigner.Stored, _ context: ToolContext) {
        let kind = stored.format == .tag ? "tag" : "bundle"
        add(subject, format: stored.format.rawValue, place: (kind, stored.place), isNew: stored.isNew, context)
    }

    private mutating func add(
        _ subject: Descriptor,
        format: String,
        place: (kind: String, name: String),
        isNew: Bool,
        _ context: ToolContext
    ) {
        entries.append([
            "repository": .string(repository), "digest": .string(subject.digest.description),
            "format": .string(format), "signature": .string(place.name), "new": .bool(isNew),
        ])
        guard output == nil else { return }
        let verb = isNew ? "signed" : "already signed"
        context.success("\(verb) \(repository)@\(subject.digest) (\(place.kind) \(place.name))")
    }

    func finish(_ context: ToolContext) {
        if let output { context.standardOutput(output.render(.list(entries))) }
    }
}
