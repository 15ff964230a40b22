package import CoreModel

extension SignatureScheme {
    /// Reads an AlgorithmIdentifier of a signature (RFC 5280, 4055, 5758, 8410): identifier and parameters.
    ///
    /// - Parameter digest: the hash that stands elsewhere, for CMS, where RSA and ECDSA may be named without it.
    /// - Throws: `EvidenceProblem.weakAlgorithm` for MD5 and SHA-1, `.unsupportedAlgorithm` for anything else that is
    ///   not accepted, `.malformed` for parameters that do not belong there.
    package init(reading reader: inout DERReader, digest: Digest.Algorithm? = nil) throws {
        var fields = try reader.descend(.sequence)
        let identifier = try fields.objectIdentifier()
        let subject = reader.subject
        if let (scheme, hasNull) = Self.known(identifier, digest) {
            // RFC 4055 section 2.1: NULL belongs there, and readers take its absence too.
            if hasNull, fields.nextTag == .null { try fields.null() }
            self = scheme
        } else if identifier == "1.2.840.113549.1.1.10" {
            self = .rsaPSS(try Self.probabilistic(&fields))
        } else if Self.broken.contains(identifier) {
            throw EvidenceProblem(.weakAlgorithm, "\(subject) is signed with MD5 or SHA-1, which can be forged")
        } else {
            throw EvidenceProblem(.unsupportedAlgorithm, "\(subject) is signed with the unknown scheme \(identifier)")
        }
        try fields.finish()
    }

    /// MD2, MD5 and SHA-1 with RSA, DSA and ECDSA.
    private static let broken: Set<String> = [
        "1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3",
        "1.2.840.10045.4.1", "1.3.14.3.2.29",
    ]

    private static func known(
        _ identifier: String,
        _ digest: Digest.Algorithm?
    ) -> (scheme: SignatureScheme, hasNull: Bool)? {
        switch identifier {
        case "1.2.840.113549.1.1.11": (.rsaPKCS1(.sha256), true)
        case "1.2.840.113549.1.1.12": (.rsaPKCS1(.sha384), true)
        case "1.2.840.113549.1.1.13": (.rsaPKCS1(.sha512), true)
        case "1.2.840.113549.1.1.1": digest.map { (.rsaPKCS1($0), true) }
        case "1.2.840.10045.4.3.2": (.ecdsa(.sha256), false)
        case "1.2.840.10045.4.3.3": (.ecdsa(.sha384), false)
        case "1.2.840.10045.4.3.4": (.ecdsa(.sha512), false)
        case "1.2.840.10045.2.1": digest.map { (.ecdsa($0), false) }
        case "1.3.101.112": (.ed25519, false)
        default: nil
        }
    }

    /// RSASSA-PSS-params (RFC 4055 section 3.1). The defaults are all of SHA-1, so that everything has to be there.
    private static func probabilistic(_ fields: inout DERReader) throws -> Digest.Algorithm {
        let subject = fields.subject
        func refuse() -> EvidenceProblem {
            EvidenceProblem(
                .unsupportedAlgorithm,
                "\(subject) is signed with RSA-PSS of other parameters than one SHA-2 hash and a salt of its length"
            )
        }
        var parameters = try fields.descend(.sequence)
        guard var hashField = try parameters.next(ifPresent: .constructed(0)).map(parameters.reader),
            var maskField = try parameters.next(ifPresent: .constructed(1)).map(parameters.reader),
            var saltField = try parameters.next(ifPresent: .constructed(2)).map(parameters.reader)
        else { throw refuse() }
        let hash = try Digest.Algorithm(reading: &hashField)
        var mask = try maskField.descend(.sequence)
        guard try mask.objectIdentifier() == "1.2.840.113549.1.1.8", try Digest.Algorithm(reading: &mask) == hash,
            try saltField.count() == hash.byteCount
        else { throw refuse() }
        for reader in [hashField, mask, maskField, saltField] { try reader.finish() }
        guard parameters.isAtEnd else { throw refuse() }
        return hash
    }
}

extension Digest.Algorithm {
    /// Reads an AlgorithmIdentifier of a hash.
    /// - Throws: as for signatures.
    package init(reading reader: inout DERReader) throws {
        var fields = try reader.descend(.sequence)
        switch try fields.objectIdentifier() {
        case "2.16.840.1.101.3.4.2.1": self = .sha256
        case "2.16.840.1.101.3.4.2.2": self = .sha384
        case "2.16.840.1.101.3.4.2.3": self = .sha512
        case "1.3.14.3.2.26", "1.2.840.113549.2.5":
            throw EvidenceProblem(.weakAlgorithm, "\(reader.subject) uses MD5 or SHA-1, which can be forged")
        case let other:
            throw EvidenceProblem(.unsupportedAlgorithm, "\(reader.subject) uses the unknown hash \(other)")
        }
        if fields.nextTag == .null { try fields.null() }
        try fields.finish()
    }

    /// The AlgorithmIdentifier of the hash, without parameters (RFC 5754 section 2).
    package var algorithmIdentifier: [UInt8] {
        let last: UInt8 =
            switch self {
            case .sha256: 1
            case .sha384: 2
            case .sha512: 3
            }
        return DEREncoding.sequence([0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last])
    }
}
