package import CoreModel
package import SignatureCrypto

/// What was signed, with its signature.
package struct SignedContent: Hashable, Sendable {
    /// What the signature is over.
    package enum Form: Hashable, Sendable {
        /// These bytes.
        case message([UInt8])
        /// Bytes of which the digest alone is at hand.
        case digest(Digest)
        /// A DSSE envelope.
        case envelope(payload: [UInt8], type: String)
    }

    package let form: Form
    package let signature: [UInt8]
    /// The whole envelope as it was stored, where it is known: old log entries have its digest alone.
    package var envelopeBytes: [UInt8]?

    package init(_ form: Form, signature: [UInt8]) {
        self.form = form
        self.signature = signature
    }

    /// Whether the key made the signature.
    /// - Throws: `CryptoError` when that cannot be checked.
    package func isSigned(by key: PublicKey) throws -> Bool {
        if let bytes = signedBytes { return try key.verify(signature: signature, of: bytes) }
        guard case .digest(let digest) = form else { return false }
        let schemes: [SignatureScheme] = [.ecdsa(digest.algorithm), .rsaPKCS1(digest.algorithm)]
        return try schemes.contains { try key.verify(signature, ofDigest: digest, scheme: $0) }
    }

    /// What the signature is over; nil where only the digest of that is known.
    package var signedBytes: [UInt8]? {
        switch form {
        case .message(let bytes): bytes
        case .digest: nil
        // So that the type is signed too (DSSE, "PAE").
        case .envelope(let payload, let type):
            Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
        }
    }

    /// What timestamps are made over: the signature, or an envelope that stands alone, as cosign 2 has it.
    var stampedBytes: [UInt8] { envelopeBytes ?? signature }

    /// The digest of what the signature is over; nil where it is known by another algorithm only.
    func digest(_ algorithm: Digest.Algorithm) throws -> Digest? {
        if let bytes = signedBytes { return try Digest.of(bytes, algorithm) }
        guard case .digest(let digest) = form, digest.algorithm == algorithm else { return nil }
        return digest
    }
}

/// Who made a signature, as the one who checks it knows.
package enum SignatureVerifier: Hashable, Sendable {
    /// The owner of a key of the policy.
    case key(PublicKey)
    /// The owner of the key in a certificate that travels with the signature.
    case certificate(Certificate)

    /// The key that the signature is checked with.
    package var key: PublicKey {
        switch self {
        case .key(let key): key
        case .certificate(let certificate): certificate.publicKey
        }
    }
}
