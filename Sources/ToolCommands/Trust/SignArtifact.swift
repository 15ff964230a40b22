import ArgumentParser
import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution

/// `sluice sign artifact`
struct SignArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Sign an artifact with a key, so that cosign, Flux and Sluice can verify it.",
        discussion: """
            The signature is stored beside the artifact. Nothing is sent to a transparency log: verify it with \
            'cosign verify --key cosign.pub --insecure-ignore-tlog=true', or with 'sluice verify artifact'. Signing \
            again with the same key and annotations changes nothing. Where an artifact has one bundle, cosign 3 no \
            longer looks at signatures under the tag.
            """
    )

    /// Where signatures are put.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case tag, bundle, both

        var formats: [SignatureFormat] {
            switch self {
            case .tag: [.tag]
            case .bundle: [.bundle]
            case .both: [.tag, .bundle]
            }
        }
    }

    @Argument(help: "oci://registry/repository:tag or oci-layout:PATH:tag; @digest instead of a tag")
    var url: String

    @OptionGroup var signer: SigningKeyOptions

    @OptionGroup var annotations: AnnotationOptions

    @Flag(name: .shortAndLong, help: "Sign an index and everything in it.")
    var recursive = false

    @Option(
        help: """
            tag, which every version of cosign and of Flux verifies, bundle for a Sigstore bundle among the referrers, \
            as cosign 3 writes it, or both.
            """
    )
    var signatureFormat = Format.tag

    @Option(help: "The repository that the signature is for, where it is not the one it is stored in.")
    var signContainerIdentity: String?

    @Option(help: "As cosign has it; only false, since nothing is uploaded.")
    var tlogUpload = false

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup var registry: RegistryOptions

    /// The most manifests signed at once.
    private static let subjectLimit = 1_000

    func run() async throws {
        let context = try ToolContext.required()
        guard !tlogUpload else {
            throw ToolError(.usage, "Signatures are not uploaded to a transparency log; leave --tlog-upload out")
        }
        let location = try ArtifactLocation(url)
        let repository = try location.repository(registry, context)
        let statement = CosignSigner.Statement(
            reference: signContainerIdentity ?? Self.identity(of: location),
            annotations: try annotations.pairs(),
            created: context.clock.now()
        )
        let signer = CosignSigner(repository: repository, key: try await signer.signingKey(context))
        var report = SigningReport(repository: repository.name, output: output)
        for subject in try await subjects(location.target, repository) {
            for format in signatureFormat.formats {
                report.add(subject, try await signer.sign(subject, statement, as: format), context)
            }
        }
        report.finish(context)
    }

    /// A layout belongs to no repository, and its path says nothing to who verifies.
    private static func identity(of location: ArtifactLocation) -> String {
        if case .registry(let repository) = location.place { repository.description } else { "" }
    }

    /// The manifest or index, and with `--recursive` all that it leads to, each once.
    private func subjects(_ target: ManifestTarget, _ repository: any ArtifactRepository) async throws -> [Descriptor] {
        let first = try await repository.manifest(target)
        var found = [first.descriptor]
        var documents = recursive ? [first.document] : []
        while let document = documents.popLast() {
            guard case .index(let index) = document else { continue }
            for child in index.manifests where !found.contains(where: { $0.digest == child.digest }) {
                guard found.count < Self.subjectLimit else {
                    throw ToolError(
                        .artifact,
                        "The index \(first.digest) leads to more than \(Self.subjectLimit) manifests; "
                            + "sign some of them by their digests"
                    )
                }
                // Read even where it leads nowhere, since only what is there should be signed.
                let fetched = try await repository.manifest(.digest(child.digest))
                found.append(fetched.descriptor)
                documents.append(fetched.document)
            }
        }
        return found
    }
}

/// What a user is told about new signatures.
private struct SigningReport {
    let repository: String
    let output: OutputFormat?
    private var entries: [Tree] = []

    init(repository: String, output: OutputFormat?) {
        self.repository = repository
        self.output = output
    }

    mutating func add(_ subject: Descriptor, _ stored: CosignSigner.Stored, _ context: ToolContext) {
        entries.append([
            "repository": .string(repository), "digest": .string(subject.digest.description),
            "format": .string(stored.format.rawValue), "signature": .string(stored.place),
            "new": .bool(stored.isNew),
        ])
        guard output == nil else { return }
        let place = stored.format == .tag ? "tag \(stored.place)" : "bundle \(stored.place)"
        context.success("\(stored.isNew ? "signed" : "already signed") \(repository)@\(subject.digest) (\(place))")
    }

    func finish(_ context: ToolContext) {
        if let output { context.standardOutput(output.render(.list(entries))) }
    }
}
