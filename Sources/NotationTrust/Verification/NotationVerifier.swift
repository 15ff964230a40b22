package import CoreModel
internal import SignatureCrypto

/// Holds signatures against one statement of a trust policy.
///
/// Pure: bytes and a time in, a result out. It asks nobody, so that what is to be known about revocation has to be
/// among the stores.
package struct NotationVerifier: Sendable {
    package let statement: TrustPolicyStatement
    package let stores: NotationTrustStores

    package init(statement: TrustPolicyStatement, stores: NotationTrustStores) {
        self.statement = statement
        self.stores = stores
    }

    /// Validates one signature of an artifact.
    /// - Parameters:
    ///   - target: the manifest that has to be signed; its annotations do not matter.
    ///   - now: the time of the verification.
    /// - Throws: `CryptoError` when OpenSSL cannot check at all.
    package func verify(
        _ bytes: [UInt8],
        as format: EnvelopeFormat,
        of target: NotationPayload,
        at now: Timestamp
    ) throws -> NotationResult {
        var result = NotationResult(level: statement.level)
        guard statement.level.name != .skip else {
            result.validations = ValidationKind.allCases.map { Validation(kind: $0, outcome: .skipped) }
            return result
        }
        let signature: SoundSignature
        do {
            signature = try SoundSignature(bytes, as: format, of: target)
        } catch let problem as NotationProblem {
            result.validations = [Validation(kind: .integrity, outcome: .failed(reason: problem.reason))]
            return result
        }
        result.payload = signature.payload
        var proof = NotationProof(
            subject: signature.chain.leaf.description,
            fingerprint: signature.chain.leaf.fingerprint,
            scheme: signature.envelope.attributes.scheme,
            claimedTime: signature.envelope.attributes.signingTime
        )
        result.validations = [
            Validation(kind: .integrity, outcome: .passed),
            try validate(.authenticity) { try checkAuthenticity(signature) },
            try validate(.authenticTimestamp) { proof.provenTime = try checkTime(signature, at: now) },
            try validate(.expiry) { try checkExpiry(signature, at: now) },
            try validate(.revocation) { try checkRevocation(signature, proof, at: now) },
        ]
        result.signer = proof
        return result
    }

    private func validate(_ kind: ValidationKind, _ check: () throws -> Void) throws -> Validation {
        let action = statement.level.action(kind)
        guard action != .skip else { return Validation(kind: kind, outcome: .skipped) }
        do {
            try check()
            return Validation(kind: kind, outcome: .passed)
        } catch let problem as NotationProblem {
            let outcome: Validation.Outcome =
                action == .enforce ? .failed(reason: problem.reason) : .logged(reason: problem.reason)
            return Validation(kind: kind, outcome: outcome)
        }
    }

    private func checkExpiry(_ signature: SoundSignature, at now: Timestamp) throws(NotationProblem) {
        guard let expiry = signature.envelope.attributes.expiry, now >= expiry else { return }
        throw NotationProblem("it is no longer meant to be used since \(expiry)")
    }
}

/// A signature whose integrity is proven: well formed, by the key of its own first certificate, over this artifact.
/// Whose certificate that is does not matter yet.
struct SoundSignature {
    let envelope: SignatureEnvelope
    let chain: SigningChain
    let payload: NotationPayload

    /// - Throws: `NotationProblem` for the first thing that is wrong; `CryptoError`.
    init(_ bytes: [UInt8], as format: EnvelopeFormat, of target: NotationPayload) throws {
        envelope = try SignatureEnvelope(parsing: bytes, as: format)
        chain = try SigningChain(der: envelope.certificates)
        let own = try EnvelopeAlgorithm(for: chain.leaf.publicKey)
        let named = envelope.attributes.algorithm
        guard own == named else {
            throw NotationProblem(
                "its algorithm \(named.rawValue) is not the one of its key, which is \(own.rawValue)"
            )
        }
        guard try named.verify(envelope.signature, of: envelope.signedBytes, by: chain.leaf.publicKey) else {
            throw NotationProblem("its signature was not made by the key of its certificate over what it holds")
        }
        // Only now is anything interpreted that the signature covers.
        payload = try NotationPayload(parsing: envelope.payload)
        guard payload.digest == target.digest else {
            throw NotationProblem("it is a signature of \(payload.digest), not of this revision")
        }
        guard payload.mediaType == target.mediaType, payload.size == target.size else {
            throw NotationProblem(
                "it signs this digest as \(payload.mediaType.quotedForMessage) of \(payload.size) bytes, and the "
                    + "revision is \(target.mediaType.quotedForMessage) of \(target.size) bytes"
            )
        }
    }
}
