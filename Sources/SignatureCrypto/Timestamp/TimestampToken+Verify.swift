package import CoreModel

/// A moment that a trusted timestamp authority vouches for.
package struct ProvenTime: Hashable, Sendable {
    package let time: DERTime
    /// How far it may be off, in whole seconds.
    package let accuracy: Int64
    package let policy: String
    /// From the authority's certificate to the trusted root.
    package let chain: CertificateChain

    /// Seconds since 1970 that were surely over, and surely not over yet, when the token was made.
    package var earliest: Int64 { time.seconds - accuracy }
    package var latest: Int64 { time.seconds + accuracy + (time.nanoseconds > 0 ? 1 : 0) }
}

extension TimestampToken {
    /// Proves that the message was there at the token's time.
    ///
    /// The authority's chain is judged at that time, or at `moment` where the caller has another one.
    /// - Parameter intermediates: certificates beside those of the token, also the authority's own where the token was
    ///   made without.
    /// - Throws: `EvidenceProblem` with what is wrong; `CryptoError.engine`.
    package func verify(
        of message: [UInt8],
        intermediates: [Certificate] = [],
        roots: [Certificate],
        at moment: Int64? = nil
    ) throws -> ProvenTime {
        try verify(
            of: Digest.of(message, info.imprint.algorithm),
            intermediates: intermediates,
            roots: roots,
            at: moment
        )
    }

    /// The same for a message of which the digest is known.
    /// - Throws: as the other.
    package func verify(
        of digest: Digest,
        intermediates: [Certificate] = [],
        roots: [Certificate],
        at moment: Int64? = nil
    ) throws -> ProvenTime {
        guard digest == info.imprint else {
            throw EvidenceProblem(.timestampOfAnother, "the timestamp is of another signature")
        }
        let certificate = try signerCertificate(among: certificates + intermediates)
        try checkSignature(by: certificate)
        try checkPurpose(of: certificate)
        var rules = ChainRules(purpose: KeyPurpose.timeStamping)
        rules.leafKeyUsage = []
        rules.requiresLeafKeyUsage = false
        let chain = try CertificateChain.build(
            leaf: certificate,
            intermediates: certificates + intermediates,
            roots: roots,
            at: moment ?? time,
            rules: rules
        )
        return ProvenTime(time: info.time, accuracy: info.accuracy, policy: info.policy, chain: chain)
    }

    private func signerCertificate(among candidates: [Certificate]) throws -> Certificate {
        guard let found = try candidates.first(where: signer.names) else {
            throw EvidenceProblem(.timestampSigner, "the timestamp's signer is none of the certificates at hand")
        }
        if let name = info.authority, name != found.subject, !found.alternativeNames.contains(.directory(name)) {
            throw EvidenceProblem(
                .timestampSigner,
                "the timestamp names the authority \"\(name)\" and is signed by \"\(found)\""
            )
        }
        return found
    }

    private func checkSignature(by certificate: Certificate) throws {
        guard Hex.encode(signer.contentDigest) == (try Digest.of(content, signer.digestAlgorithm)).hex else {
            throw EvidenceProblem(.timestampSignature, "the timestamp's statement is not the one that was signed")
        }
        guard try certificate.publicKey.verify(signer.signature, of: signer.signedBytes, scheme: signer.scheme) else {
            throw EvidenceProblem(
                .timestampSignature,
                "the timestamp's signature is not by the key of \"\(certificate)\""
            )
        }
    }

    /// RFC 3161 section 2.3: the purpose is critical and the only one. The key usage is as OpenSSL has it.
    private func checkPurpose(of certificate: Certificate) throws {
        guard certificate.extendedKeyUsages == [KeyPurpose.timeStamping],
            certificate.extension(CertificateExtension.extendedKeyUsage)?.isCritical == true
        else {
            throw EvidenceProblem(
                .extendedKeyUsage,
                "the timestamp's certificate \"\(certificate)\" is not for timestamping alone, as a critical extension"
            )
        }
        let allowed: KeyUsage = [.digitalSignature, .contentCommitment]
        if let usage = certificate.keyUsage, usage.isEmpty || !usage.isSubset(of: allowed) {
            throw EvidenceProblem(
                .keyUsage,
                "the timestamp's certificate \"\(certificate)\" has a key that is for other things than signatures"
            )
        }
    }
}
