import ArgumentParser
import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto

/// `sluice sign artifact`
struct SignArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Sign an artifact, so that cosign, notation, Flux and Sluice can verify it.",
        discussion: """
            With a key alone, or with a certificate for it (--certificate, --certificate-chain) and a timestamp that \
            proves when it was made (--timestamp-server-url).

            The signature is stored beside the artifact. Nothing is sent to a transparency log: verify it with \
            'cosign verify --key cosign.pub --insecure-ignore-tlog=true', or with 'sluice verify artifact'. Signing \
            again with the same key and annotations changes nothing. Where an artifact has one bundle, cosign 3 no \
            longer looks at signatures under the tag.

            With --provider notation the signature is one of the Notary Project, and a certificate is needed. Each \
            run adds a signature.
            """
    )

    /// The forms of signatures.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case tag, bundle, both, jws, cose
    }

    @Argument(help: "oci://registry/repository:tag or oci-layout:PATH:tag; @digest instead of a tag")
    var url: String

    @OptionGroup var signer: SigningKeyOptions

    @OptionGroup var certificate: SigningCertificateOptions

    @OptionGroup var timestamps: TimestampOptions

    @OptionGroup var annotations: AnnotationOptions

    @Flag(name: .shortAndLong, help: "Sign an index and everything in it.")
    var recursive = false

    @Option(
        help: """
            tag (without --provider notation the default), which every version of cosign and of Flux verifies, bundle \
            for a Sigstore bundle among the referrers, as cosign 3 writes it, or both; for notation jws (the default) \
            or cose.
            """
    )
    var signatureFormat: Format?

    @Option(help: "The repository that the signature is for, where it is not the one it is stored in.")
    var signContainerIdentity: String?

    @Option(help: "How long verifiers may take what is signed, such as 720h; with notation alone.")
    var expiry: DurationArgument?

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
        // `--provider notation` says how to sign, `--provider aws` how to log in.
        let (registry, providers) = registry.separatingSignatureProviders()
        guard Set(providers).count <= 1 else {
            throw ToolError(.usage, "--provider names two ways of signing; give cosign or notation")
        }
        let location = try ArtifactLocation(url)
        let repository = try location.repository(registry, context)
        let scene = SigningScene(location: location, repository: repository, context: context)
        var report = SigningReport(repository: repository.name, output: output)
        if providers.first == "notation" {
            throw ToolError(.usage, "This version does not sign by notation; leave --provider out")
        } else {
            try await signAsCosign(scene, &report)
        }
        report.finish(context)
    }

    /// The manifest or index, and with `--recursive` all that it leads to, each once.
    func subjects(_ scene: SigningScene) async throws -> [Descriptor] {
        let first = try await scene.repository.manifest(scene.location.target)
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
                let fetched = try await scene.repository.manifest(.digest(child.digest))
                found.append(fetched.descriptor)
                documents.append(fetched.document)
            }
        }
        return found
    }
}

/// Where a command signs.
struct SigningScene: Sendable {
    let location: ArtifactLocation
    let repository: any ArtifactRepository
    let context: ToolContext
}
