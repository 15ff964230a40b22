/// A signature of the Notary Project, read but not believed: everything in it is what the sender says.
package struct SignatureEnvelope: Hashable, Sendable {
    /// The largest envelope read, in bytes; real ones have a few thousand.
    package static let sizeLimit = 1 << 20
    /// The most certificates in one envelope.
    package static let certificateLimit = 16

    package let format: EnvelopeFormat
    package let attributes: SignedAttributes
    /// What was signed: a `NotationPayload` in JSON.
    package let payload: [UInt8]
    /// In DER, from the signer's own to the root; at least one.
    package let certificates: [[UInt8]]
    /// An RFC 3161 token over the signature.
    package let timestamp: [UInt8]?
    /// The software that signed, by its own word; nothing depends on it.
    package let agent: String?
    /// As it stands in the envelope: ECDSA as r and s side by side, and what a timestamp is about.
    package let signature: [UInt8]
    /// What the signature is over.
    let signedBytes: [UInt8]

    /// Reads one envelope strictly and applies the rules for its headers; checks no signature.
    /// - Throws: a problem, for everything that is malformed, unknown and critical, or not ours to interpret.
    package init(parsing bytes: [UInt8], as format: EnvelopeFormat) throws(NotationProblem) {
        guard bytes.count <= Self.sizeLimit else {
            throw NotationProblem("its envelope of \(bytes.count) bytes is larger than \(Self.sizeLimit)")
        }
        self =
            switch format {
            case .jws: try JWSEnvelope(parsing: bytes).envelope()
            case .cose: try COSEEnvelope(parsing: bytes).envelope()
            }
    }

    init(_ format: EnvelopeFormat, _ attributes: SignedAttributes, _ parts: Parts) throws(NotationProblem) {
        guard !parts.signature.isEmpty else { throw NotationProblem("its signature is empty") }
        guard (1...Self.certificateLimit).contains(parts.certificates.count) else {
            throw NotationProblem(
                "it has \(parts.certificates.count) certificates, and 1 to \(Self.certificateLimit) are taken"
            )
        }
        self.format = format
        self.attributes = attributes
        payload = parts.payload
        certificates = parts.certificates
        timestamp = parts.timestamp
        agent = parts.agent
        signature = parts.signature
        signedBytes = parts.signedBytes
    }

    /// What both formats hold besides the signed attributes.
    struct Parts {
        var payload: [UInt8]
        var signature: [UInt8]
        var signedBytes: [UInt8]
        var certificates: [[UInt8]]
        var timestamp: [UInt8]?
        var agent: String?
    }
}
