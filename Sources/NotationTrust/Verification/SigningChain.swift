internal import CoreModel
internal import ManifestTree
package import SignatureCrypto

/// The certificates of an envelope in their order, from the signer's own to the root, every rule of the specification
/// checked that needs neither a trust store nor a clock (signature-specification.md, "Certificate Requirements").
package struct SigningChain: Hashable, Sendable {
    /// What the leaf is for.
    enum Purpose {
        case signing, timestamping
    }

    /// Purposes that the certificate of a signer must not have. Besides those that the specification names, OCSP.
    private static let foreignPurposes: [(identifier: String, name: String)] = [
        (KeyPurpose.any, "any purpose"), ("1.3.6.1.5.5.7.3.1", "TLS servers"), ("1.3.6.1.5.5.7.3.2", "TLS clients"),
        ("1.3.6.1.5.5.7.3.4", "electronic mail"), ("1.3.6.1.5.5.7.3.9", "OCSP"),
    ]
    /// What the key of a leaf may be used for besides signing.
    private static let leafUsages: KeyUsage = [.digitalSignature, .contentCommitment]

    /// At least one; the root last.
    package let certificates: [Certificate]

    package var leaf: Certificate { certificates[0] }

    /// Reads the certificates of an envelope.
    /// - Throws: `NotationProblem` for the first rule that one of them breaks; `CryptoError.engine`.
    init(der: [[UInt8]]) throws {
        let name = "the certificate"
        do {
            try self.init(try der.map { try Certificate(der: $0, name: name) }, for: .signing)
        } catch let problem as EvidenceProblem {
            throw NotationProblem("its certificates are not in order: \(problem.reason)")
        }
    }

    /// - Throws: `NotationProblem`, `EvidenceProblem`, `CryptoError.engine`.
    init(_ certificates: [Certificate], for purpose: Purpose = .signing) throws {
        self.certificates = certificates
        guard !certificates.isEmpty else { throw NotationProblem("it has no certificates") }
        try Self.checkOrder(certificates)
        try Self.check(certificates, for: purpose)
        try confirm()
    }

    /// The rules that each certificate has to fulfil by itself, from the leaf to the last one.
    /// - Throws: `NotationProblem` for the first rule that one of them breaks.
    static func check(_ certificates: [Certificate], for purpose: Purpose) throws {
        for (index, certificate) in certificates.enumerated() {
            if index == 0 {
                try check(leaf: certificate, purpose)
            } else {
                try check(authority: certificate, below: index - 1)
            }
        }
    }

    /// Each is issued by the next one, and the last by itself. No other is, so that nothing stands there that has no
    /// part in the chain.
    private static func checkOrder(_ certificates: [Certificate]) throws {
        for (index, certificate) in certificates.enumerated() {
            let isLast = index == certificates.count - 1
            let isRoot = certificate.isSelfIssued ? try certificate.isSigned(by: certificate.publicKey) : false
            if isLast {
                guard isRoot else {
                    throw problem(certificate, "is the last one and no root; the whole chain belongs into the envelope")
                }
                continue
            }
            guard !isRoot else { throw problem(certificate, "is a root and not the last one") }
            let issuer = certificates[index + 1]
            guard certificate.issuer.encoded == issuer.subject.encoded else {
                throw problem(certificate, "is not issued by the next one, \(issuer.description.quotedForMessage)")
            }
            guard try certificate.isSigned(by: issuer.publicKey) else {
                throw problem(certificate, "is not signed by the next one, \(issuer.description.quotedForMessage)")
            }
        }
    }

    private static func check(leaf: Certificate, _ purpose: Purpose) throws {
        guard !leaf.isCA else { throw problem(leaf, "signs for itself and is an authority") }
        let usage = try keyUsage(of: leaf)
        guard usage.contains(.digitalSignature) else { throw problem(leaf, "is not for signatures") }
        guard usage.isSubset(of: leafUsages) else { throw problem(leaf, "is for more than signatures") }
        if purpose == .signing {
            let others = foreignPurposes + [(KeyPurpose.timeStamping, "timestamps")]
            if let other = others.first(where: { leaf.extendedKeyUsages.contains($0.identifier) }) {
                throw problem(leaf, "is for \(other.name), not for signing code")
            }
            _ = try Self.asProblem(leaf) { () throws(NotationProblem) in try EnvelopeAlgorithm(for: leaf.publicKey) }
        } else {
            let others = foreignPurposes + [(KeyPurpose.codeSigning, "signing code")]
            guard leaf.extendedKeyUsages.contains(KeyPurpose.timeStamping) else {
                throw problem(leaf, "is not for timestamps")
            }
            if let other = others.first(where: { leaf.extendedKeyUsages.contains($0.identifier) }) {
                throw problem(leaf, "is for \(other.name) besides timestamps")
            }
        }
    }

    private static func check(authority: Certificate, below count: Int) throws {
        guard authority.isCA, authority.extension(CertificateExtension.basicConstraints)?.isCritical == true else {
            throw problem(authority, "issued another one and is no authority by critical basic constraints")
        }
        guard try keyUsage(of: authority).contains(.certificateSigning) else {
            throw problem(authority, "issued another one and is not for signing certificates")
        }
        if let limit = authority.pathLength, limit < count {
            throw problem(authority, "allows \(limit) authorities below it, and there are \(count)")
        }
    }

    private static func keyUsage(of certificate: Certificate) throws(NotationProblem) -> KeyUsage {
        guard let usage = certificate.keyUsage,
            certificate.extension(CertificateExtension.keyUsage)?.isCritical == true
        else { throw problem(certificate, "does not say critically what its key is for") }
        return usage
    }

    /// Everything else that RFC 5280 asks for, name constraints and unknown critical extensions among it, with OpenSSL
    /// as the second judge. The specification would let those be; nothing that an authority calls critical is ignored.
    private func confirm() throws {
        var rules = ChainRules()
        rules.allowsTrustedLeaf = certificates.count == 1
        rules.maximumLength = SignatureEnvelope.certificateLimit
        let chain = try CertificateChain.build(
            leaf: leaf,
            intermediates: Array(certificates.dropFirst().dropLast()),
            roots: [certificates[certificates.count - 1]],
            at: nil,
            rules: rules
        )
        guard chain.certificates == certificates else {
            throw NotationProblem("its certificates are not in order: they lead to a root on another path")
        }
    }

    private static func asProblem<Result>(
        _ certificate: Certificate,
        _ body: () throws(NotationProblem) -> Result
    ) throws(NotationProblem) -> Result {
        do {
            return try body()
        } catch {
            throw NotationProblem(
                "its certificate \(certificate.description.quotedForMessage) cannot sign: \(error.reason)"
            )
        }
    }

    private static func problem(_ certificate: Certificate, _ what: String) -> NotationProblem {
        NotationProblem("its certificate \(certificate.description.quotedForMessage) \(what)")
    }
}

extension SigningChain {
    /// The first certificate that is not valid during the whole time between two moments, both included.
    func problem(with time: ClosedRange<Int64>, called name: String) -> NotationProblem? {
        for certificate in certificates {
            let subject = certificate.description.quotedForMessage
            if time.lowerBound < certificate.notBefore {
                let start = Timestamp(seconds: certificate.notBefore)
                return NotationProblem("its certificate \(subject) is valid from \(start) on, after \(name)")
            }
            if time.upperBound > certificate.notAfter {
                let end = Timestamp(seconds: certificate.notAfter)
                return NotationProblem("its certificate \(subject) has expired at \(end), before \(name)")
            }
        }
        return nil
    }

    /// Whether a store holds the root, or an authority between that it trusts in the root's place. A leaf counts only
    /// where it is its own root.
    func isTrusted(by store: [Certificate]) -> Bool {
        let anchors = certificates.count == 1 ? certificates[...] : certificates.dropFirst()
        return anchors.contains { store.contains($0) }
    }
}
