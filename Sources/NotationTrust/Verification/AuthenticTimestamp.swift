internal import CoreModel
internal import SignatureCrypto

/// Whether the signature was made while its certificates were valid (trust-store-trust-policy.md, "Validate Trusted
/// Timestamp").
extension NotationVerifier {
    /// The moment that is proven; nil where nothing but the validity of the certificates now was asked for.
    /// - Throws: `NotationProblem`; `CryptoError.engine`.
    func checkTime(_ signature: SoundSignature, at now: Timestamp) throws -> Timestamp? {
        let attributes = signature.envelope.attributes
        switch attributes.scheme {
        case .signingAuthority:
            try require(signature.chain, validDuring: attributes.signingTime.span, "the authority signed")
            return attributes.signingTime
        case .x509:
            guard needsTimestamp(signature.chain, at: now) else {
                try require(signature.chain, validDuring: now.span, "this verification")
                return nil
            }
            let proven = try timestamp(of: signature, at: now)
            try require(signature.chain, validDuring: proven.range, "its timestamp")
            return Timestamp(seconds: proven.time.seconds, nanoseconds: Int32(proven.time.nanoseconds))
        }
    }

    private func needsTimestamp(_ chain: SigningChain, at now: Timestamp) -> Bool {
        guard statement.stores.contains(where: { $0.type == .tsa }) else { return false }
        switch statement.timestamps {
        case .always: return true
        case .afterCertExpiry: return chain.certificates.contains { $0.notAfter < now.span.upperBound }
        }
    }

    private func require(
        _ chain: SigningChain,
        validDuring time: ClosedRange<Int64>,
        _ name: String
    ) throws(NotationProblem) {
        if let problem = chain.problem(with: time, called: name) { throw problem }
    }

    private func timestamp(of signature: SoundSignature, at now: Timestamp) throws -> ProvenTime {
        guard let token = signature.envelope.timestamp else {
            throw NotationProblem("it has no timestamp, which the policy '\(statement.name)' asks for")
        }
        let roots = stores.certificates(in: statement.stores.filter { $0.type == .tsa })
        do {
            let proven = try TimestampToken(der: token).verify(of: signature.envelope.signature, roots: roots)
            try SigningChain.check(proven.chain.certificates, for: .timestamping)
            if statement.level.action(.revocation) != .skip {
                try stores.checkRevocation(of: proven.chain.certificates, signedAt: nil, at: now)
            }
            return proven
        } catch let problem as EvidenceProblem {
            throw NotationProblem("its timestamp proves nothing: \(problem.reason)")
        } catch let problem as NotationProblem {
            throw NotationProblem("its timestamp proves nothing: \(problem.reason)")
        }
    }
}

extension ProvenTime {
    /// The baseline policy of RFC 3628, whose authorities are right to the second.
    private static let baselinePolicy = "0.4.0.2023.1.1"

    /// The whole seconds in which the token may have been made.
    fileprivate var range: ClosedRange<Int64> {
        let more: Int64 = accuracy == 0 && policy == Self.baselinePolicy ? 1 : 0
        return earliest - more...latest + more
    }
}

extension Timestamp {
    /// The whole seconds that a moment lies in: one, or two for a moment between them.
    fileprivate var span: ClosedRange<Int64> { seconds...seconds + (nanoseconds > 0 ? 1 : 0) }
}
