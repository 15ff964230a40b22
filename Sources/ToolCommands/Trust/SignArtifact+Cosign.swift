import ArtifactTrust
import CoreModel
import OCIDistribution

extension SignArtifact {
    /// Signs as cosign does, under the tag, as a bundle, or both.
    func signAsCosign(_ scene: SigningScene, _ report: inout SigningReport) async throws {
        guard expiry == nil else {
            throw ToolError(.usage, "--expiry goes with --provider notation; signatures by cosign do not expire")
        }
        let formats = try cosignFormats()
        var stamp: SigningEvidence.Stamp?
        if let server = try timestamps.server(scene.context) { stamp = { try await server.stamp($0) } }
        let certificates = try certificate.certificates()
        let statement = CosignSigner.Statement(
            reference: signContainerIdentity ?? scene.location.repository?.description ?? "",
            annotations: try annotations.pairs(),
            created: scene.context.clock.now()
        )
        let signer = CosignSigner(
            repository: scene.repository,
            key: try await signer.signingKey(scene.context),
            evidence: SigningEvidence(certificates: certificates, stamp: stamp)
        )
        for subject in try await subjects(scene) {
            for format in formats {
                report.add(subject, try await signer.sign(subject, statement, as: format), scene.context)
            }
        }
    }

    private func cosignFormats() throws -> [SignatureFormat] {
        switch signatureFormat ?? .tag {
        case .tag: [.tag]
        case .bundle: [.bundle]
        case .both: [.tag, .bundle]
        case .jws, .cose:
            throw ToolError(.usage, "--signature-format jws and cose go with --provider notation; add that")
        }
    }
}
