internal import CoreModel

/// An X.509 certificate of version 3 (RFC 5280), read strictly: DER in its only form, nothing twice, nothing left over,
/// a key and a signature scheme that are accepted. Whether anybody should trust it is `CertificateChain`'s to say.
package struct Certificate: Hashable, Sendable, CustomStringConvertible {
    package let der: [UInt8]
    /// SHA-256 of the DER, as lower-case hexadecimal.
    package let fingerprint: String
    /// The TBSCertificate as it was signed.
    package let tbsBytes: [UInt8]
    package let signatureScheme: SignatureScheme
    package let signature: [UInt8]
    /// Big-endian, as the DER has it; never negative.
    package let serialNumber: [UInt8]
    package let issuer: DistinguishedName
    package let subject: DistinguishedName
    /// Seconds since 1970; the certificate is valid at both ends too.
    package let notBefore: Int64
    package let notAfter: Int64
    package let publicKey: PublicKey
    /// SubjectPublicKeyInfo in DER.
    package let publicKeyInfo: [UInt8]
    /// In the order of the certificate.
    package let extensions: [CertificateExtension]
    /// What the well-known extensions say.
    package let facts: CertificateFacts
    let handle: CertificateHandle
    private let knownSigner = KnownSigner()

    /// Certificates larger than this are not read.
    package static let sizeLimit = 64 << 10

    /// - Parameter name: the subject of reasons: `the certificate`, `the timestamp authority's certificate`.
    /// - Throws: `EvidenceProblem` with what is wrong with it; `CryptoError.engine` when OpenSSL fails.
    package init(der: [UInt8], name: String = "the certificate") throws {
        var outer = try DERReader(whole: der, limit: Self.sizeLimit, subject: name)
        let tbs = try outer.next(.sequence)
        let algorithm = try Self.peekedAlgorithm(&outer)
        signature = try outer.wholeBitString()
        try outer.finish()
        self.der = der
        fingerprint = try Digest.of(der).hex
        tbsBytes = Array(tbs.encoded)
        signatureScheme = algorithm.scheme

        var fields = outer.reader(of: tbs)
        serialNumber = try Self.versionAndSerial(&fields)
        guard try fields.next(.sequence).encoded.elementsEqual(algorithm.encoded) else {
            throw fields.problem("it names two signature schemes")
        }
        issuer = try DistinguishedName(reading: &fields)
        var validity = try fields.descend(.sequence)
        notBefore = try validity.time()
        notAfter = try validity.time()
        try validity.finish()
        guard notBefore <= notAfter else { throw fields.problem("it ends before it begins") }
        subject = try DistinguishedName(reading: &fields)
        publicKeyInfo = Array(try fields.next(.sequence).encoded)
        (handle, publicKey) = try Self.decoded(der, publicKeyInfo, name)
        guard var wrapped = try fields.next(ifPresent: .constructed(3)).map(fields.reader) else {
            throw fields.problem("it has no extensions or carries unique identifiers of old")
        }
        extensions = try CertificateExtension.list(&wrapped)
        try wrapped.finish()
        try fields.finish()
        facts = try CertificateFacts(extensions, name: name)
    }

    /// Reads all certificates of a PEM text; explanatory text between them is skipped, other blocks are not.
    /// - Throws: `CryptoError.invalidKey` for text that is not PEM, and as the other.
    package static func list(pem: [UInt8], name: String = "the certificate") throws -> [Certificate] {
        try PEMBlock.list(pem, label: "CERTIFICATE", subject: "The certificate file").map {
            try Certificate(der: $0, name: name)
        }
    }

    /// It may sign certificates by its basic constraints.
    package var isCA: Bool { facts.isCA }
    /// How many authorities may stand between it and a leaf; nil for any number.
    package var pathLength: Int? { facts.pathLength }
    /// Nil where the certificate does not say.
    package var keyUsage: KeyUsage? { facts.keyUsage }
    /// In dotted form; empty where the certificate does not say.
    package var extendedKeyUsages: [String] { facts.extendedKeyUsages }
    package var alternativeNames: [AlternativeName] { facts.alternativeNames }
    package var subjectKeyIdentifier: [UInt8]? { facts.subjectKeyIdentifier }
    package var authorityKeyIdentifier: [UInt8]? { facts.authorityKeyIdentifier }

    /// Issuer and subject are the same name.
    package var isSelfIssued: Bool { issuer.encoded == subject.encoded }

    /// The extension with this identifier.
    package func `extension`(_ identifier: String) -> CertificateExtension? {
        extensions.first { $0.identifier == identifier }
    }

    /// Valid at the moment, both ends included.
    package func isValid(at seconds: Int64) -> Bool { (notBefore...notAfter).contains(seconds) }

    /// Whether the key made this certificate's signature. An authority's in a trusted root is asked that for each
    /// signature that is verified, so that the answer is kept.
    /// - Throws: `CryptoError.engine` when OpenSSL cannot check.
    package func isSigned(by key: PublicKey) throws -> Bool {
        if knownSigner.isKnown(key) { return true }
        guard try key.verify(signature, of: tbsBytes, scheme: signatureScheme) else { return false }
        knownSigner.remember(key)
        return true
    }

    /// The subject's name, or the first alternative name where that is empty.
    package var description: String {
        if !subject.isEmpty { return subject.description }
        return alternativeNames.first?.description ?? "number \(Hex.encode(serialNumber))"
    }

    package static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }
    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

    private static func peekedAlgorithm(
        _ reader: inout DERReader
    ) throws -> (scheme: SignatureScheme, encoded: ArraySlice<UInt8>) {
        var ahead = reader
        let encoded = try reader.next(.sequence).encoded
        return (try SignatureScheme(reading: &ahead), encoded)
    }

    private static func versionAndSerial(_ fields: inout DERReader) throws -> [UInt8] {
        guard var version = try fields.next(ifPresent: .constructed(0)).map(fields.reader), try version.count() == 2,
            version.isAtEnd
        else { throw fields.problem("it is not of X.509 version 3") }
        let serial = Array(try fields.integer())
        // RFC 5280 section 4.1.2.2: positive, at most 20 octets.
        guard let first = serial.first, first < 0x80, serial.count <= 21 else {
            throw fields.problem("its serial number is negative or has more than 20 bytes")
        }
        return serial
    }

    private static func decoded(
        _ der: [UInt8],
        _ info: [UInt8],
        _ name: String
    ) throws -> (CertificateHandle, PublicKey) {
        let subject = "the public key of \(name)"
        do {
            guard let handle = CertificateHandle(der: der) else {
                // As a rule it is the key that cannot be read, which says why.
                _ = try PublicKey(der: info, subject: subject)
                throw EvidenceProblem(.malformed, "\(name) cannot be read by OpenSSL")
            }
            return (handle, try PublicKey(handle.key(subject: subject), der: info, subject: subject))
        } catch let error as CryptoError where error.code == .invalidKey {
            throw EvidenceProblem(.weakKey, error.message)
        }
    }
}
