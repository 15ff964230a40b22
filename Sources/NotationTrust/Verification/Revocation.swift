internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// Whether certificates have been revoked, by the lists that came with the trust stores (trust-store-trust-policy.md,
/// "Certificate Revocation Evaluation"). Nobody is asked.
extension NotationVerifier {
    /// - Throws: `NotationProblem`; `CryptoError.engine`.
    func checkRevocation(_ signature: SoundSignature, _ proof: NotationProof, at now: Timestamp) throws {
        try stores.checkRevocation(of: signature.chain.certificates, signedAt: proof.provenTime, at: now)
    }
}

extension NotationTrustStores {
    /// CRLReason (RFC 5280 section 5.3.1).
    private static let (hold, removed) = (6, 8)

    /// Goes from the root to the leaf and stops at the first certificate that is revoked, or of which it cannot be
    /// told.
    ///
    /// A certificate that names no way to learn of its revocation counts as not revoked, unless a list of its issuer
    /// says otherwise. The root answers for itself.
    /// - Parameters:
    ///   - certificates: from the leaf to the root or to the authority that is trusted in its place.
    ///   - signedAt: when the signature is proven to have been made.
    func checkRevocation(of certificates: [Certificate], signedAt: Timestamp?, at now: Timestamp) throws {
        for (index, certificate) in certificates.enumerated().reversed() {
            let isAnchor = index == certificates.count - 1
            guard !isAnchor || certificate.isSelfIssued else { continue }
            let issuer = isAnchor ? certificate : certificates[index + 1]
            let subject = certificate.description.quotedForMessage
            switch try status(of: certificate, by: issuer, signedAt: signedAt, at: now) {
            case .good: continue
            case .revoked(let date):
                throw NotationProblem("its certificate \(subject) was revoked at \(Timestamp(seconds: date))")
            case .unknown where isAnchor || !certificate.namesRevocation: continue
            case .unknown:
                throw NotationProblem(
                    "it cannot be told whether its certificate \(subject) was revoked: it names a service to ask, and "
                        + "no list of its issuer is at hand; add one as *.crl, or let the policy skip revocation"
                )
            case .outdated(let end):
                let since = end.map { "ran out at \(Timestamp(seconds: $0))" } ?? "does not say until when it counts"
                throw NotationProblem(
                    "it cannot be told whether its certificate \(subject) was revoked: the list of its issuer \(since)"
                )
            }
        }
    }

    private enum Status {
        case good
        case revoked(at: Int64)
        /// There is no list of the issuer.
        case unknown
        /// There is one, of another time.
        case outdated(end: Int64?)
    }

    private func status(
        of certificate: Certificate,
        by issuer: Certificate,
        signedAt: Timestamp?,
        at now: Timestamp
    ) throws -> Status {
        let lists = try revocationLists.filter { try $0.isGenuine(issuer) }.sorted { $0.thisUpdate < $1.thisUpdate }
        guard let newest = lists.last else { return .unknown }
        for list in lists {
            guard let entry = list.revocation(of: certificate.serialNumber), entry.reason != Self.removed else {
                continue
            }
            // What is only on hold can be let go again; the newest list knows.
            if entry.reason == Self.hold, list.thisUpdate < newest.thisUpdate { continue }
            if let since = entry.invalidSince, let signedAt, signedAt.seconds < since { continue }
            return .revoked(at: entry.date)
        }
        guard newest.thisUpdate <= now.seconds, let end = newest.nextUpdate, now.seconds <= end else {
            return .outdated(end: newest.nextUpdate)
        }
        return .good
    }
}

extension CertificateRevocationList {
    /// Whether this authority made the list, whenever that was.
    fileprivate func isGenuine(_ authority: Certificate) throws -> Bool {
        guard issuer == authority.subject else { return false }
        do {
            try verify(issuer: authority, at: thisUpdate)
            return true
        } catch let problem as EvidenceProblem {
            return problem.code == .revocationListOutdated
        }
    }
}

extension Certificate {
    private static let distributionPoints = "2.5.29.31"
    private static let informationAccess = "1.3.6.1.5.5.7.1.1"
    private static let ocsp = "1.3.6.1.5.5.7.48.1"

    /// Whether the certificate says where its revocation would be published. What cannot be read counts as that.
    fileprivate var namesRevocation: Bool {
        if self.extension(Self.distributionPoints) != nil { return true }
        guard let access = self.extension(Self.informationAccess) else { return false }
        return (try? Self.names(ocspIn: access.value)) ?? true
    }

    private static func names(ocspIn access: [UInt8]) throws -> Bool {
        var list = try DERReader(whole: access, subject: "the certificate")
        while !list.isAtEnd {
            var description = try list.descend(.sequence)
            if try description.objectIdentifier() == ocsp { return true }
        }
        return false
    }
}
