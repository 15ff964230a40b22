internal import CoreModel
internal import SignatureCrypto

/// A log's promise to include a certificate, embedded in that certificate (RFC 6962 section 3).
struct CertificateTimestamp: Hashable, Sendable {
    let logID: [UInt8]
    /// Milliseconds since 1970.
    let time: UInt64
    let extensions: [UInt8]
    let scheme: SignatureScheme
    let signature: [UInt8]

    /// The most timestamps read; certificate authorities embed one to three.
    static let limit = 16

    /// Reads the extension's value: an OCTET STRING with a list in TLS form.
    static func list(_ value: [UInt8]) throws -> [CertificateTimestamp] {
        var outer = DERReader(value[...], subject: "the list of certificate timestamps")
        let octets = try outer.octetString()
        try outer.finish()
        var whole = TLSReader(octets[...])
        guard var list = whole.vector(lengthBytes: 2), whole.isAtEnd, !list.isEmpty else { throw malformed }
        var timestamps: [CertificateTimestamp] = []
        var reader = TLSReader(list)
        while !reader.isAtEnd {
            guard let one = reader.vector(lengthBytes: 2), timestamps.count < limit else { throw malformed }
            list = one
            if let timestamp = try CertificateTimestamp(reading: one) { timestamps.append(timestamp) }
        }
        return timestamps
    }

    /// Nil for a version that is not known, which RFC 6962 section 3.3 says to skip.
    private init?(reading bytes: ArraySlice<UInt8>) throws {
        var reader = TLSReader(bytes)
        guard let version = reader.integer(1) else { throw Self.malformed }
        guard version == 0 else { return nil }
        guard let id = reader.take(32), let time = reader.integer(8), let extensions = reader.vector(lengthBytes: 2),
            let hash = reader.integer(1), let algorithm = reader.integer(1),
            let signature = reader.vector(lengthBytes: 2), reader.isAtEnd
        else { throw Self.malformed }
        guard let scheme = Self.scheme(hash, algorithm) else { return nil }
        logID = Array(id)
        self.time = time
        self.extensions = Array(extensions)
        self.scheme = scheme
        self.signature = Array(signature)
    }

    /// Whether the log signed the certificate, without its timestamps, as the issuer's (RFC 6962 section 3.2).
    func verify(_ certificate: Certificate, issuer: Certificate, by log: TransparencyLog) throws -> Bool {
        let body = certificate.tbs(without: CertificateExtension.signedTimestamps)
        var signed: [UInt8] = [0, 0]
        signed += Self.bigEndian(time, 8) + [0, 1]
        signed += try Digest.of(issuer.publicKeyInfo).bytes
        signed += Self.bigEndian(UInt64(body.count), 3) + body
        signed += Self.bigEndian(UInt64(extensions.count), 2) + extensions
        return try log.key.key.verify(signature, of: signed, scheme: scheme)
    }

    /// SignatureAndHashAlgorithm (RFC 5246 section 7.4.1.4.1), as far as it is not weak.
    private static func scheme(_ hash: UInt64, _ algorithm: UInt64) -> SignatureScheme? {
        let hashes: [UInt64: Digest.Algorithm] = [4: .sha256, 5: .sha384, 6: .sha512]
        switch (algorithm, hashes[hash]) {
        case (3, let hash?): return .ecdsa(hash)
        case (1, let hash?): return .rsaPKCS1(hash)
        case (7, _) where hash == 8: return .ed25519
        default: return nil
        }
    }

    private static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static let malformed = SigstoreProblem("its certificate's list of certificate timestamps is malformed")
}

/// Reads the fixed and variable fields of TLS's presentation language (RFC 5246 section 4).
struct TLSReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    /// A big-endian integer of at most eight bytes.
    mutating func integer(_ count: Int) -> UInt64? { take(count)?.reduce(0) { $0 << 8 | UInt64($1) } }

    mutating func vector(lengthBytes: Int) -> ArraySlice<UInt8>? {
        integer(lengthBytes).flatMap { Int(exactly: $0) }.flatMap { take($0) }
    }
}
