internal import COpenSSL
internal import CoreModel

/// The one SignerInfo of a timestamp token (RFC 5652 section 5.3): who signed, what and how.
struct TimestampSigner: Hashable, Sendable {
    /// How the signer's certificate is named.
    enum Identifier: Hashable, Sendable {
        case issuerAndSerial(issuer: [UInt8], serial: [UInt8])
        case subjectKeyIdentifier([UInt8])
    }

    /// The digest of the certificate that the signer names under its signature (RFC 2634, RFC 5035).
    struct CertificateDigest: Hashable, Sendable {
        /// Nil for SHA-1, which the first version has no choice about.
        let algorithm: Digest.Algorithm?
        let bytes: [UInt8]
    }

    let identifier: Identifier
    let digestAlgorithm: Digest.Algorithm
    let scheme: SignatureScheme
    let signature: [UInt8]
    /// The signed attributes as they are signed: with the tag of a SET.
    let signedBytes: [UInt8]
    let contentDigest: [UInt8]
    let certificateDigests: [CertificateDigest]

    private static let contentType = "1.2.840.113549.1.9.3"
    private static let messageDigest = "1.2.840.113549.1.9.4"
    private static let signingCertificate = "1.2.840.113549.1.9.16.2.12"
    private static let signingCertificateV2 = "1.2.840.113549.1.9.16.2.47"

    init(reading reader: inout DERReader) throws {
        var fields = try reader.descend(.sequence)
        let version = try fields.count()
        identifier = try Self.identifier(&fields, version)
        digestAlgorithm = try Digest.Algorithm(reading: &fields)
        let attributes = try fields.next(.constructed(0))
        scheme = try SignatureScheme(reading: &fields, digest: digestAlgorithm)
        if let hash = scheme.digestAlgorithm, hash != digestAlgorithm {
            throw EvidenceProblem(.unsupportedAlgorithm, "the timestamp names two hashes for one signature")
        }
        signature = try fields.octetString()
        // Unsigned attributes are anybody's; they say nothing.
        _ = try fields.next(ifPresent: .constructed(1))
        try fields.finish()
        signedBytes = [DERTag.set.octet] + attributes.encoded.dropFirst()

        let values = try Self.values(of: fields.reader(of: attributes))
        guard var type = values[Self.contentType], try type.objectIdentifier() == TimestampToken.infoType,
            var digest = values[Self.messageDigest]
        else { throw fields.problem("its signed attributes do not name what is signed") }
        contentDigest = try digest.octetString()
        certificateDigests =
            try Self.digests(values[Self.signingCertificate], hasAlgorithm: false)
            + Self.digests(values[Self.signingCertificateV2], hasAlgorithm: true)
        guard !certificateDigests.isEmpty else {
            throw fields.problem("its signed attributes do not name the signer's certificate")
        }
    }

    /// Whether the certificate is the one that the signer names, in every way that it does.
    func names(_ certificate: Certificate) throws -> Bool {
        switch identifier {
        case .issuerAndSerial(let issuer, let serial):
            guard certificate.issuer.encoded == issuer, certificate.serialNumber == serial else { return false }
        case .subjectKeyIdentifier(let wanted):
            guard certificate.subjectKeyIdentifier == wanted else { return false }
        }
        return try certificateDigests.allSatisfy { digest in
            guard let algorithm = digest.algorithm else { return try Self.sha1(certificate.der) == digest.bytes }
            return try Digest.of(certificate.der, algorithm) == Digest(algorithm: algorithm, bytes: digest.bytes)
        }
    }

    private static func identifier(_ fields: inout DERReader, _ version: Int) throws -> Identifier {
        if version == 3, let key = try fields.next(ifPresent: .primitive(0)) {
            return .subjectKeyIdentifier(Array(key.content))
        }
        guard version == 1 else { throw fields.problem("its signer has an unknown version") }
        var parts = try fields.descend(.sequence)
        let issuer = Array(try parts.next(.sequence).encoded)
        let serial = Array(try parts.integer())
        try parts.finish()
        return .issuerAndSerial(issuer: issuer, serial: serial)
    }

    /// The one value of each attribute, none of which may be there twice.
    private static func values(of attributes: DERReader) throws -> [String: DERReader] {
        var attributes = attributes
        var values: [String: DERReader] = [:]
        while !attributes.isAtEnd {
            var fields = try attributes.descend(.sequence)
            let identifier = try fields.objectIdentifier()
            let set = try fields.descend(.set)
            try fields.finish()
            guard values.updateValue(set, forKey: identifier) == nil else {
                throw attributes.problem("it has a signed attribute twice")
            }
        }
        return values
    }

    /// The first certificate of SigningCertificate or SigningCertificateV2 is the signer's.
    private static func digests(_ value: DERReader?, hasAlgorithm: Bool) throws -> [CertificateDigest] {
        guard var value else { return [] }
        var attribute = try value.descend(.sequence)
        try value.finish()
        var list = try attribute.descend(.sequence)
        var first = try list.descend(.sequence)
        var algorithm: Digest.Algorithm?
        if hasAlgorithm { algorithm = first.nextTag == .sequence ? try Digest.Algorithm(reading: &first) : .sha256 }
        return [CertificateDigest(algorithm: algorithm, bytes: try first.octetString())]
    }

    private static func sha1(_ bytes: [UInt8]) throws -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        guard unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil) == 1 else {
            throw CryptoError.engine("A digest could not be computed")
        }
        return digest
    }
}
