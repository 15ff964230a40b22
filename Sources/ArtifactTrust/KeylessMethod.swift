internal import CoreModel
internal import SignatureCrypto
package import SigstoreTrust

/// cosign signatures made with a short-lived certificate, whose owner a certificate authority has identified.
package struct KeylessMethod: Hashable, Sendable {
    package let identities: TrustedIdentities
    package let basis: SigstoreBasis
    /// SHA-256 over the identities and the basis, whatever the identities' order.
    package let fingerprint: String

    /// - Throws: `TrustError.invalidPolicy` for a trusted root without certificate authority or log of certificates,
    ///   under which no signature could be good.
    package init(identities: TrustedIdentities, basis: SigstoreBasis) throws {
        guard !basis.root.certificateAuthorities.isEmpty, !basis.root.certificateLogs.isEmpty else {
            let missing = basis.root.certificateAuthorities.isEmpty ? "certificate authority" : "log of certificates"
            throw TrustError(
                .invalidPolicy,
                "The trusted root of the keyless verification names no \(missing) that can be used; "
                    + "give the trusted_root.json of your Sigstore instance"
            )
        }
        self.identities = identities
        self.basis = basis
        let lines = ["keyless 1"] + basis.fingerprintLines + (try Self.lines(identities))
        fingerprint = try Digest.of(lines.joined(separator: "\n").utf8).hex
    }

    /// Whether a signature was made by one of the identities.
    func prove(_ evidence: SignatureEvidence, at now: Timestamp) throws -> SignerProof {
        switch try evidence.facts.signer(of: evidence, basis) {
        case .failure(let problem): return .refused(problem.reason)
        case .success(let signer):
            if let reason = identities.mismatch(signer.identity) { return .refused(reason) }
            if let reason = SigstoreBasis.refusal(of: signer.times, at: now) { return .refused(reason) }
            let identity = CertificateIdentity(
                issuer: signer.identity.issuer,
                subject: signer.identity.subject,
                signedAt: Timestamp(seconds: signer.times[0].seconds)
            )
            return .made(by: .certificate(identity))
        }
    }

    /// One digest for each identity, since their texts may hold anything.
    private static func lines(_ identities: TrustedIdentities) throws -> [String] {
        switch identities {
        case .any: ["any identity"]
        case .oneOf(let matchers):
            Set(
                try matchers.map { matcher in
                    let lines = matcher.fingerprintLines.map { "\($0.utf8.count) \($0)" }
                    return try Digest.of(lines.joined(separator: "\n").utf8).hex
                }
            ).sorted()
        }
    }
}

/// What was worked out about one signature: many authorities may ask, and checking a certificate's chain, logs and
/// timestamps takes a dozen signatures.
final class SigstoreFacts {
    private var signers: [SigstoreBasis: Result<CertifiedSigner, SigstoreProblem>] = [:]

    /// Whom the certificate of a signature names, if all is proven.
    /// - Throws: `CryptoError` when something cannot be checked.
    func signer(
        of evidence: SignatureEvidence,
        _ basis: SigstoreBasis
    ) throws -> Result<CertifiedSigner, SigstoreProblem> {
        if let known = signers[basis] { return known }
        let found: Result<CertifiedSigner, SigstoreProblem>
        do {
            found = .success(try basis.verification(of: evidence).certifiedSigner())
        } catch let problem as SigstoreProblem {
            found = .failure(problem)
        }
        signers[basis] = found
        return found
    }
}
