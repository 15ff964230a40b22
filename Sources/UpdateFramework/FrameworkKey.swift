internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// A key as metadata writes it, with the one scheme that it signs by.
///
/// The key identifier is not compared with the key's hash. The specification asks for that, but Sigstore's roots (and
/// TAP 12) have keys whose entry changed while the identifier stayed, so no client of theirs does it. Nothing rests on
/// it here: an identifier means what the one file that delegates says it means, and thresholds count different keys,
/// not different identifiers.
struct FrameworkKey: Hashable, Sendable {
    private struct Usable: Hashable, Sendable {
        let key: PublicKey
        let scheme: SignatureScheme
    }

    /// Nil for a kind, scheme or value that is not known here: such a key signs nothing.
    private let usable: Usable?
    /// As it was written, which tells keys apart that cannot be used.
    private let written: String

    /// - Throws: `UpdateError.malformed`.
    init(_ fields: MetadataFields) throws(UpdateError) {
        let type = try fields.string("keytype")
        let scheme = try fields.string("scheme")
        let value = try fields.map("keyval").string("public")
        written = "\(type) \(scheme) \(value)"
        usable = Self.usable(type, scheme, value)
    }

    /// What tells this key from others, however it is written; nil for a key that signs nothing.
    var fingerprint: String? { usable?.key.fingerprint }

    /// Whether this key made the signature.
    func verify(_ signature: [UInt8], of message: [UInt8]) throws -> Bool {
        guard let usable else { return false }
        return try usable.key.verify(signature, of: message, scheme: usable.scheme)
    }

    static func == (left: FrameworkKey, right: FrameworkKey) -> Bool {
        left.usable == right.usable && (left.usable != nil || left.written == right.written)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(usable) }

    private static func usable(_ type: String, _ scheme: String, _ value: String) -> Usable? {
        guard let known = schemes[scheme], known.types.contains(type), let key = key(value, type),
            isUsual(known.scheme, of: key)
        else { return nil }
        return Usable(key: key, scheme: known.scheme)
    }

    /// The schemes of the specification and of securesystemslib, and the types of keys that they go with.
    private static let schemes: [String: (types: Set<String>, scheme: SignatureScheme)] = [
        "ed25519": (["ed25519"], .ed25519),
        "ecdsa-sha2-nistp256": (["ecdsa", "ecdsa-sha2-nistp256"], .ecdsa(.sha256)),
        "ecdsa-sha2-nistp384": (["ecdsa", "ecdsa-sha2-nistp384"], .ecdsa(.sha384)),
        "ecdsa-sha2-nistp521": (["ecdsa", "ecdsa-sha2-nistp521"], .ecdsa(.sha512)),
        "rsassa-pss-sha256": (["rsa"], .rsaPSS(.sha256)),
        "rsassa-pss-sha384": (["rsa"], .rsaPSS(.sha384)),
        "rsassa-pss-sha512": (["rsa"], .rsaPSS(.sha512)),
        "rsa-pkcs1v15-sha256": (["rsa"], .rsaPKCS1(.sha256)),
        "rsa-pkcs1v15-sha384": (["rsa"], .rsaPKCS1(.sha384)),
        "rsa-pkcs1v15-sha512": (["rsa"], .rsaPKCS1(.sha512)),
    ]

    /// A curve goes with one scheme; the hash under an RSA signature is the signer's choice.
    private static func isUsual(_ scheme: SignatureScheme, of key: PublicKey) -> Bool {
        switch (scheme, key.usualScheme) {
        case (.rsaPSS, .rsaPKCS1), (.rsaPKCS1, .rsaPKCS1): true
        case (let asked, let usual): asked == usual
        }
    }

    private static func key(_ value: String, _ type: String) -> PublicKey? {
        if value.contains("-----BEGIN") { return try? PublicKey(pem: value) }
        guard let raw = Hex.decode(value) else { return nil }
        if type == "ed25519" { return raw.count == 32 ? try? PublicKey(der: ed25519Prefix + raw) : nil }
        // Sigstore's first four roots wrote P-256 keys as points.
        return raw.count == 65 ? try? PublicKey(der: p256Prefix + raw) : nil
    }

    /// SubjectPublicKeyInfo up to the key's own bytes (RFC 8410 section 4, RFC 5480 section 2).
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
}
