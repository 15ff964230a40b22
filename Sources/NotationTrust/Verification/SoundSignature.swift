internal import ManifestTree
internal import SignatureCrypto

/// A signature whose integrity is proven: well formed, by the key of its own first certificate, over this artifact.
/// Whose certificate that is does not matter yet.
package struct SoundSignature: Hashable, Sendable {
    package let envelope: SignatureEnvelope
    package let chain: SigningChain
    /// What was signed: this very artifact.
    package let payload: NotationPayload

    /// - Throws: `NotationProblem` for the first thing that is wrong; `CryptoError`.
    package init(parsing bytes: [UInt8], as format: EnvelopeFormat, of target: NotationPayload) throws {
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
