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
            .verify(TrustSubject(digest, reference: "\(location)", tag: tag), policy: .cosignKeys(policy))
        if let output { context.standardOutput(output.render(verdict.tree)) }
        guard verdict.isVerified else { throw ToolError(.notVerified, "\(location): \(verdict)") }
        if output == nil { context.success(verdict.description) }
    }

    private func policy() throws -> CosignKeyPolicy {
        guard !key.isEmpty else { throw ToolError(.usage, "--key is missing; name a file with a public key") }
        return try CosignKeyPolicy(
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
            }
        )
    }
}

extension TrustVerdict {
    /// The verdict for scripts.
    fileprivate var tree: Tree {
        [
            "reference": .string(subject.reference),
            "digest": .string(subject.digest.description),
            "provider": .string(provider),
            "verified": .bool(isVerified),
            "message": .string(description),
            "keys": .list(
                authorities.map { authority in
                    [
                        "name": .string(authority.name), "fingerprint": .string(authority.fingerprint),
                        "verified": .bool(authority.isSatisfied), "reason": .string(authority.reason),
                    ]
                }
            ),
            "signatures": .list(
                signatures.map { signature in
                    var tree: Tree = ["payload": .string(signature.payload.description)]
                    tree["key"] = signature.signer.map { .string($0.name) }
                    tree["claimedReference"] = signature.claimedReference.map { .string($0) }
                    tree["refusal"] = signature.refusal.map { .string($0) }
                    return tree
                }
            ),
        ]
    }
}
