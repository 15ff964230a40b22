import ArtifactTrust
import CoreModel
import NotationTrust
import OCIDistribution
import SignatureCrypto

extension SignArtifact {
    /// Signs as notation does.
    func signAsNotation(_ scene: SigningScene, _ report: inout SigningReport) async throws {
        guard signContainerIdentity == nil else {
            throw ToolError(.usage, "--sign-container-identity goes with cosign; notation signs no repository's name")
        }
        let format = try envelopeFormat()
        let server = try timestamps.server(scene.context)
        if let server, server.roots.isEmpty {
            throw ToolError(
                .usage,
                "--timestamp-root-cert is missing; name the root certificate of the timestamp authority"
            )
        }
        let certificates = try certificate.certificates()
        guard !certificates.isEmpty else {
            throw ToolError(
                .usage,
                "--certificate is missing; notation's signatures need the certificate of --key with its chain"
            )
        }
        let identity = try SigningIdentity(
            key: try await signer.signingKey(scene.context),
            certificates: certificates
        )
        let now = scene.context.clock.now()
        let statement = NotationSigner.Statement(
            annotations: try annotations.pairs(),
            format: format,
            times: SigningTimes(signed: now, expiry: expiry.map { now + $0.duration })
        )
        for subject in try await subjects(scene) {
            var authority: TimestampAuthority?
            if let server {
                authority = TimestampAuthority(
                    roots: server.roots,
                    nonce: TimestampServer.nonce(),
                    exchange: { try await server.exchange($0) }
                )
            }
            let signer = NotationSigner(repository: scene.repository, identity: identity, timestamps: authority)
            report.add(subject, notation: try await signer.sign(subject, statement), format, scene.context)
        }
    }

    private func envelopeFormat() throws -> EnvelopeFormat {
        switch signatureFormat ?? .jws {
        case .jws: .jws
        case .cose: .cose
        case .tag, .bundle, .both:
            throw ToolError(.usage, "--signature-format tag, bundle and both go with cosign; write jws or cose")
        }
    }
}
