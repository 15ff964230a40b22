internal import SignatureCrypto

/// Proves that a signer's certificate was issued by an authority of the trusted root, was good at a time, and is in a
/// log of certificates.
struct CertificateProof {
    let root: TrustedRoot
    /// Certificates that came with the signature; they may complete a path and are trusted for nothing.
    let others: [Certificate]

    /// - Parameter time: seconds since 1970.
    /// - Throws: `SigstoreProblem`; `CryptoError` when something cannot be checked.
    func check(_ leaf: Certificate, at time: Int64) throws {
        let chain = try chain(leaf, at: time)
        guard chain.certificates.count > 1 else { throw SigstoreProblem("its certificate is that of an authority") }
        try checkTimestamps(leaf, issuer: chain.certificates[1])
    }

    private func chain(_ leaf: Certificate, at time: Int64) throws -> CertificateChain {
        guard !root.certificateAuthorities.isEmpty else {
            throw SigstoreProblem("the trusted root names no certificate authority")
        }
        let authorities = root.certificateAuthorities.filter { $0.window.contains(time) }
        guard !authorities.isEmpty else {
            throw SigstoreProblem("it was made when no certificate authority of the trusted root was in use")
        }
        return try refusing("its certificate") {
            try CertificateChain.build(
                leaf: leaf,
                intermediates: authorities.flatMap(\.intermediates) + others,
                roots: authorities.map(\.root),
                at: time,
                rules: ChainRules(purpose: KeyPurpose.codeSigning)
            )
        }
    }

    /// One promise by one known log is enough, as for everybody who verifies Fulcio's certificates.
    private func checkTimestamps(_ leaf: Certificate, issuer: Certificate) throws {
        guard let list = leaf.extension(CertificateExtension.signedTimestamps) else {
            throw SigstoreProblem("its certificate has no signed certificate timestamp")
        }
        var problem = SigstoreProblem("its certificate's timestamps are of no log that the trusted root names")
        for timestamp in try refusing("its certificate", { try CertificateTimestamp.list(list.value) }) {
            guard let log = root.certificateLogs[timestamp.logID] else { continue }
            guard log.window.contains(Int64(clamping: timestamp.time / 1_000)) else {
                problem = SigstoreProblem("its certificate's timestamp was made when the log's key was not in use")
                continue
            }
            if try timestamp.verify(leaf, issuer: issuer, by: log) { return }
            problem = SigstoreProblem("its certificate's timestamp is false")
        }
        throw problem
    }
}
