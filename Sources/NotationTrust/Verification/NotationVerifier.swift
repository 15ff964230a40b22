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
        guard statement.level.name != .skip else { return skipped() }
        do {
            return try verify(SoundSignature(parsing: bytes, as: format, of: target), at: now)
        } catch let problem as NotationProblem {
            var result = NotationResult(level: statement.level)
            result.validations = [Validation(kind: .integrity, outcome: .failed(reason: problem.reason))]
            return result
        }
    }

    /// The same for a signature whose integrity was proven before, whoever asked for it.
    /// - Throws: `CryptoError` when OpenSSL cannot check at all.
    package func verify(_ signature: SoundSignature, at now: Timestamp) throws -> NotationResult {
        guard statement.level.name != .skip else { return skipped() }
        var proof = NotationProof(
            subject: signature.chain.leaf.description,
            fingerprint: signature.chain.leaf.fingerprint,
            scheme: signature.envelope.attributes.scheme,
            claimedTime: signature.envelope.attributes.signingTime
        )
        var result = NotationResult(level: statement.level)
        result.payload = signature.payload
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

    private func skipped() -> NotationResult {
        var result = NotationResult(level: statement.level)
        result.validations = ValidationKind.allCases.map { Validation(kind: $0, outcome: .skipped) }
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
