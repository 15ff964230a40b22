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
    /// - Throws: `NotationError.invalidSigner` for certificates that are not valid at that time, and for an expiry that
    ///   is not after it; `CryptoError`.
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
        try Self.check(attributes, identity.chain)
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

    private static func check(_ attributes: SignedAttributes, _ chain: SigningChain) throws {
        let time = attributes.signingTime
        if let problem = chain.problem(with: time.seconds...time.seconds, called: "the time of signing") {
            throw NotationError(
                .invalidSigner,
                "No signature can be made at \(time): \(problem.reason); renew the certificate"
            )
        }
        if let expiry = attributes.expiry, expiry <= time {
            throw NotationError(
                .invalidSigner,
                "A signature of \(time) cannot expire at \(expiry); let it expire later"
            )
        }
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

    /// - Parameter certificates: the whole chain, the key's own certificate first and the root last.
    /// - Throws: `NotationError.invalidSigner` for certificates that are not the key's, or that no verifier would take;
    ///   `CryptoError.engine`.
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
