package import CoreModel

/// What is sent to a timestamp authority (RFC 3161 section 2.4.1), as `application/timestamp-query`.
package struct TimestampRequest: Hashable, Sendable {
    package let imprint: Digest
    /// Big-endian; at least eight random bytes.
    package let nonce: [UInt8]

    /// - Parameter nonce: random bytes, so that an old answer is not taken for a new one.
    package init(of message: [UInt8], hash: Digest.Algorithm = .sha256, nonce: [UInt8]) throws {
        imprint = try Digest.of(message, hash)
        self.nonce = nonce
    }

    /// The request in DER; it asks for the authority's certificates.
    package var encoded: [UInt8] {
        DEREncoding.sequence(
            DEREncoding.unsigned([1]),
            DEREncoding.sequence(
                imprint.algorithm.algorithmIdentifier,
                DEREncoding.element(.octetString, Hex.decode(imprint.hex) ?? [])
            ),
            encodedNonce,
            DEREncoding.element(.boolean, [0xFF])
        )
    }

    fileprivate var encodedNonce: [UInt8] { DEREncoding.unsigned(nonce) }
}

/// What a timestamp authority answers (TimeStampResp, RFC 3161 section 2.4.2); Sigstore keeps it whole.
package struct TimestampResponse: Sendable {
    package let token: TimestampToken

    /// - Throws: `EvidenceProblem.timestampRefused` when the authority did not grant a token; otherwise as
    ///   `TimestampToken`.
    package init(der: [UInt8]) throws {
        var fields = try DERReader(whole: der, limit: TimestampToken.sizeLimit, subject: TimestampToken.subject)
        var status = try fields.descend(.sequence)
        let code = try status.count()
        guard code <= 1 else {
            throw EvidenceProblem(.timestampRefused, "the timestamp authority refused the request with status \(code)")
        }
        token = try TimestampToken(der: Array(fields.next(.sequence).encoded))
        try fields.finish()
    }

    /// Checks that it answers this request. Whether the token can be trusted is another question.
    /// - Throws: `EvidenceProblem.timestampOfAnother` or `.timestampNonce`.
    package func check(against request: TimestampRequest) throws {
        guard token.info.imprint == request.imprint else {
            throw EvidenceProblem(.timestampOfAnother, "the timestamp is of another signature")
        }
        guard token.info.nonce.map({ DEREncoding.element(.integer, $0) }) == request.encodedNonce else {
            throw EvidenceProblem(.timestampNonce, "the timestamp answers another request")
        }
    }
}
