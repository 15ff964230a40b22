internal import COpenSSL
internal import CoreModel

/// Owns one OpenSSL key that was checked against the rules for keys.
///
/// `@unchecked Sendable`: the key is never changed after `init`; what OpenSSL caches inside it on first use is guarded
/// by the key's own lock, and its reference count is atomic (openssl-threads(7)).
@safe final class KeyHandle: @unchecked Sendable {
    /// How the bytes of a key are to be read.
    enum Form {
        /// SubjectPublicKeyInfo (RFC 5280).
        case publicKeyInfo
        /// RSAPublicKey (PKCS#1).
        case rsaPublicKey
        /// PKCS#8, SEC 1 or PKCS#1.
        case privateKey
    }

    private let key: OpaquePointer
    let kind: KeyKind

    /// Reads a key from DER.
    /// - Throws: `CryptoError.invalidKey` for bytes that are not exactly one key, a kind, curve or size that is not
    ///   accepted, or a key that is not sound; `subject` starts its sentence.
    convenience init(der: [UInt8], as form: Form, subject: String) throws {
        let key = try unsafe der.withUnsafeBytes { unsafe try Self.decode($0, form, subject) }
        try unsafe self.init(owning: key, hasPrivateHalf: form == .privateKey, subject: subject)
    }

    /// Reads an unencrypted private key (PKCS#8, SEC 1 or PKCS#1) from DER.
    /// - Throws: as the other.
    convenience init(der: SecretBytes, subject: String) throws {
        let key = try unsafe der.withBytes { unsafe try Self.decode($0, .privateKey, subject) }
        try unsafe self.init(owning: key, hasPrivateHalf: true, subject: subject)
    }

    /// Takes over a key that OpenSSL has decoded, and judges it.
    init(owning key: OpaquePointer, hasPrivateHalf: Bool, subject: String) throws {
        defer { ERR_clear_error() }
        do {
            kind = try unsafe KeyKind(of: key, subject: subject)
            try unsafe Self.check(key, kind, hasPrivateHalf: hasPrivateHalf, "\(subject) is not a sound \(kind) key")
        } catch {
            unsafe EVP_PKEY_free(key)
            throw error
        }
        unsafe self.key = unsafe key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Lends the key for the time of the call.
    func withKey<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result { try unsafe body(key) }

    /// Whether the key made the signature over the message hashed with `hash`; a malformed signature is a false one.
    ///
    /// OpenSSL itself refuses ECDSA signatures that do not encode to the same bytes again (`ossl_ecdsa_verify`), values
    /// out of range, and Ed25519 scalars that are not reduced; the tests hold it to that.
    func verify(_ signature: [UInt8], _ message: [UInt8], hash: Digest.Algorithm?) throws -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoError.engine("A signature cannot be checked") }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe EVP_DigestVerifyInit(context, nil, hash?.method, nil, key) == 1 else {
            throw CryptoError.engine("A signature cannot be checked with an \(kind) key")
        }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// A signature over the message hashed with `hash`.
    func sign(_ message: [UInt8], hash: Digest.Algorithm?) throws -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoError.engine("A message cannot be signed") }
        defer { unsafe EVP_MD_CTX_free(context) }
        var count = 0
        guard unsafe EVP_DigestSignInit(context, nil, hash?.method, nil, key) == 1,
            unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw CryptoError.engine("A message cannot be signed with an \(kind) key") }
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
            throw CryptoError.engine("A message cannot be signed with an \(kind) key")
        }
        return Array(signature.prefix(count))
    }

    private static func decode(
        _ der: UnsafeRawBufferPointer,
        _ form: Form,
        _ subject: String
    ) throws -> OpaquePointer {
        defer { ERR_clear_error() }
        var position = unsafe der.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let end = unsafe position.map { unsafe $0 + der.count }
        let key =
            switch form {
            case .publicKeyInfo: unsafe d2i_PUBKEY(nil, &position, der.count)
            case .rsaPublicKey: unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, &position, der.count)
            case .privateKey: unsafe d2i_AutoPrivateKey(nil, &position, der.count)
            }
        guard let key = unsafe key else {
            throw CryptoError(.invalidKey, "\(subject) cannot be decoded; export it again in PEM form")
        }
        guard unsafe position == end else {
            unsafe EVP_PKEY_free(key)
            throw CryptoError(.invalidKey, "\(subject) has bytes after its end; export it again")
        }
        return unsafe key
    }

    /// Refuses a public part that no key pair can have (a point off the curve, an even modulus) and halves that do not
    /// belong together.
    private static func check(
        _ key: OpaquePointer,
        _ kind: KeyKind,
        hasPrivateHalf: Bool,
        _ refusal: String
    ) throws {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
            throw CryptoError.engine("A key cannot be checked")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        // The curves are of prime order: a point on one of them has that order, and the multiplication that would prove
        // it costs more than a signature's.
        let isCurve = [.p256, .p384, .p521].contains(kind)
        guard unsafe (isCurve ? EVP_PKEY_public_check_quick(context) : EVP_PKEY_public_check(context)) == 1,
            unsafe !hasPrivateHalf || EVP_PKEY_pairwise_check(context) == 1
        else { throw CryptoError(.invalidKey, "\(refusal); export it again") }
    }
}
