internal import COpenSSL
internal import CoreModel

/// The kinds of keys that are accepted, which decide the signature scheme.
enum KeyKind: Hashable, Sendable, CustomStringConvertible {
    case p256, p384, p521, ed25519
    case rsa(bits: Int)

    /// The accepted sizes of an RSA modulus; the upper bound is OpenSSL's own.
    static let rsaBits = 2048...16_384

    /// - Throws: `CryptoError.invalidKey`; `subject` starts its sentence.
    init(of key: OpaquePointer, subject: String) throws {
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_EC: self = try unsafe Self.curve(of: key, subject)
        case EVP_PKEY_RSA: self = try unsafe Self.modulus(of: key, subject)
        case EVP_PKEY_ED25519: self = try unsafe Self.edwards(key, subject)
        default: throw Self.refusal(subject, "is of an unsupported kind")
        }
    }

    var description: String {
        switch self {
        case .p256: "ECDSA P-256"
        case .p384: "ECDSA P-384"
        case .p521: "ECDSA P-521"
        case .ed25519: "Ed25519"
        case .rsa(let bits): "RSA \(bits)"
        }
    }

    /// The hashes that a signature may have been made with; empty for a scheme that hashes by itself.
    ///
    /// cosign signs with SHA-256 whatever the key (SIGNATURE_SPEC.md, "Hashing Algorithms"); its newer versions pick
    /// the hash that belongs to the curve.
    var hashes: [Digest.Algorithm] {
        switch self {
        case .p256, .rsa: [.sha256]
        case .p384: [.sha256, .sha384]
        case .p521: [.sha256, .sha512]
        case .ed25519: []
        }
    }

    private static func curve(of key: OpaquePointer, _ subject: String) throws -> KeyKind {
        var explicit: CInt = 0
        _ = unsafe EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit)
        guard explicit == 0, let name = unsafe text(OSSL_PKEY_PARAM_GROUP_NAME, of: key) else {
            throw refusal(subject, "spells out its curve's parameters instead of naming the curve")
        }
        guard unsafe text(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, of: key) == "uncompressed" else {
            throw refusal(subject, "holds a compressed curve point")
        }
        switch name {
        case "prime256v1": return .p256
        case "secp384r1": return .p384
        case "secp521r1": return .p521
        default: throw refusal(subject, "is on the curve \(name)")
        }
    }

    private static func modulus(of key: OpaquePointer, _ subject: String) throws -> KeyKind {
        let bits = Int(unsafe EVP_PKEY_get_bits(key))
        guard rsaBits.contains(bits) else { throw refusal(subject, "is an RSA key of \(bits) bits") }
        return .rsa(bits: bits)
    }

    private static func edwards(_ key: OpaquePointer, _ subject: String) throws -> KeyKind {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else {
            throw CryptoError.engine("\(subject) cannot be read")
        }
        guard !SmallOrderPoint.contains(bytes) else {
            throw CryptoError(
                .invalidKey,
                "\(subject) is an Ed25519 point of small order, under which anyone can sign; replace it"
            )
        }
        return .ed25519
    }

    private static func text(_ name: String, of key: OpaquePointer) -> String? {
        var bytes = [CChar](repeating: 0, count: 64)
        guard unsafe EVP_PKEY_get_utf8_string_param(key, name, &bytes, bytes.count, nil) == 1 else {
            ERR_clear_error()
            return nil
        }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func refusal(_ subject: String, _ what: String) -> CryptoError {
        CryptoError(
            .invalidKey,
            "\(subject) \(what); use ECDSA on P-256, P-384 or P-521, RSA of "
                + "\(rsaBits.lowerBound) to \(rsaBits.upperBound) bits, or Ed25519"
        )
    }
}
