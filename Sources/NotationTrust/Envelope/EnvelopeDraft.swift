package import CoreModel
internal import ManifestTree
package import SignatureCrypto

/// A signature in the making: what it says is settled, so that the signature and a timestamp over it can be added.
package struct EnvelopeDraft: Sendable {
    private let format: EnvelopeFormat
    private let attributes: SignedAttributes
    private let header: [UInt8]
    private var parts: SignatureEnvelope.Parts

    /// Signs a payload.
    /// - Parameters:
    ///   - chain: the certificates from the signer's own to the root.
    ///   - time: cut to whole seconds.
    /// - Throws: `NotationError.invalidSigner` for certificates that no verifier would take, or that are not the key's;
    ///   `CryptoError`.
    package init(
        _ payload: NotationPayload,
        as format: EnvelopeFormat,
        by identity: SigningIdentity,
        at time: SigningTimes
    ) throws {
        self.format = format
        attributes = SignedAttributes(
            algorithm: identity.algorithm,
            scheme: .x509,
            signingTime: Timestamp(seconds: time.signed.seconds),
            expiry: time.expiry.map { Timestamp(seconds: $0.seconds) }
        )
        let body = payload.encode()
        let signedBytes: [UInt8]
        switch format {
        case .jws:
            header = JWSEnvelope.protectedHeader(attributes)
            signedBytes = JWSEnvelope.signedBytes(header: header, payload: body)
        case .cose:
            header = COSEEnvelope.protectedHeader(attributes)
            signedBytes = COSEEnvelope.signedBytes(header: header, payload: body)
        }
        parts = SignatureEnvelope.Parts(
            payload: body,
            signature: try identity.algorithm.sign(signedBytes, by: identity.key),
            signedBytes: signedBytes,
            certificates: identity.chain.certificates.map(\.der),
            agent: "sluice"
        )
    }

    /// The signature, which a timestamp is asked for.
    package var signature: [UInt8] { parts.signature }
    /// The hash that a timestamp is asked with.
    package var hash: Digest.Algorithm { attributes.algorithm.hash }

    /// Adds a timestamp: an RFC 3161 token over `signature`.
    package mutating func add(timestamp token: [UInt8]) { parts.timestamp = token }

    /// The finished envelope.
    package func encode() -> [UInt8] {
        switch format {
        case .jws: JWSEnvelope.encode(header: header, parts)
        case .cose: COSEEnvelope.encode(header: header, parts)
        }
    }
}

/// When a signature is made, and until when what it is about should be used.
package struct SigningTimes: Hashable, Sendable {
    package let signed: Timestamp
    package let expiry: Timestamp?

    package init(signed: Timestamp, expiry: Timestamp? = nil) {
        self.signed = signed
        self.expiry = expiry
    }
}

/// A private key with the certificates that say whose it is.
package struct SigningIdentity: Sendable {
    package let key: SigningKey
    package let chain: SigningChain
    package let algorithm: EnvelopeAlgorithm

    /// Takes the certificates in any order of the authorities; the key's own comes first.
    /// - Throws: `NotationError.invalidSigner`; `CryptoError.engine`.
    package init(key: SigningKey, certificates: [Certificate]) throws {
        do {
            guard let leaf = certificates.first, leaf.publicKey == key.publicKey else {
                throw NotationProblem("the first certificate is not the one of the key")
            }
            chain = try SigningChain(certificates, for: .signing)
            algorithm = try EnvelopeAlgorithm(for: key.publicKey)
            self.key = key
        } catch let problem as NotationProblem {
            throw Self.refusal(problem.reason)
        } catch let problem as EvidenceProblem {
            throw Self.refusal(problem.reason)
        }
    }

    private static func refusal(_ reason: String) -> NotationError {
        NotationError(
            .invalidSigner,
            "The certificates cannot sign: \(reason); give the whole chain, the signer's own first and the root last"
        )
    }
}
