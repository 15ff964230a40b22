import ArgumentParser
import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SafeFiles
import SignatureCrypto

/// `sluice verify artifact`
struct VerifyArtifact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Check who signed an artifact; the exit status is 0 only when it is verified."
    )

    @Argument(help: "oci://registry/repository:tag or oci-layout:PATH:tag; @digest instead of a tag")
    var url: String

    @Option(help: "A file with a public key in PEM form; may be given several times, one match is enough.")
    var key: [String] = []

    @OptionGroup var annotations: AnnotationOptions

    @Option(name: .shortAndLong, help: "json or yaml.")
    var output: OutputFormat?

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        let context = try ToolContext.required()
        // `--provider cosign` says how it was signed, `--provider aws` how to log in.
        let (registry, signatures) = registry.separatingSignatureProviders()
        if let provider = signatures.first(where: { $0 != "cosign" }) {
            throw ToolError(.usage, "The provider '\(provider)' is not known to this version; use cosign")
        }
        let location = try ArtifactLocation(url)
        let policy = try policy()
        let repository = try location.repository(registry, context)
        let digest = try await repository.resolve(location.target).digest
        let tag = location.digest == nil ? location.effectiveTag : nil
        let verdict = try await ArtifactVerifier(source: RepositorySignatureSource(repository))
            .verify(
                TrustSubject(digest, reference: "\(location)", tag: tag),
                policy: policy,
                at: TrustContext(now: context.clock.now())
            )
        if let output { context.standardOutput(output.render(verdict.tree)) }
        guard verdict.isVerified else { throw ToolError(.notVerified, "\(location): \(verdict)") }
        if output == nil { context.success(verdict.description) }
    }

    private func policy() throws -> TrustPolicy {
        guard !key.isEmpty else { throw ToolError(.usage, "--key is missing; name a file with a public key") }
        return try TrustPolicy(
            keys: key.map { path in
                let bytes = try LocalPath(path).file().file.readAll(limit: 1 << 20)
                do {
                    return NamedKey(name: path, key: try PublicKey(pem: bytes))
                } catch {
                    throw ToolError(
                        .file,
                        "The file '\(path)' is not a usable public key; give one as PEM",
                        cause: error
                    )
                }
            },
            requirements: TrustRequirements(annotations: try annotations.pairs())
        )
    }
}
