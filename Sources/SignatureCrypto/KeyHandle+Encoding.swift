internal import COpenSSL
internal import CoreModel

/// The public half in DER, written here: OpenSSL's encoders are looked up anew for each key, which takes as long as
/// checking a signature does.
extension KeyHandle {
    /// The key's SubjectPublicKeyInfo (RFC 5480, 8017, 8410), in its only encoding.
    /// - Throws: `CryptoError.engine` when OpenSSL does not tell the key's parts.
    func publicKeyInfo() throws -> [UInt8] {
        switch kind {
        case .p256, .p384, .p521: Self.info(Self.curve(kind), try unsafe withKey { unsafe try Self.point(of: $0) })
        case .ed25519: Self.info([Self.edwards], try unsafe withKey { unsafe try Self.point(of: $0) })
        case .rsa:
            Self.info(
                [Self.rsa, DEREncoding.element(.null, [])],
                DEREncoding.sequence(
                    DEREncoding.unsigned(try unsafe withKey { unsafe try Self.number(OSSL_PKEY_PARAM_RSA_N, of: $0) }),
                    DEREncoding.unsigned(try unsafe withKey { unsafe try Self.number(OSSL_PKEY_PARAM_RSA_E, of: $0) })
                )
            )
        }
    }

    private static let edwards = DEREncoding.objectIdentifier("1.3.101.112") ?? []
    private static let rsa = DEREncoding.objectIdentifier("1.2.840.113549.1.1.1") ?? []

    private static func curve(_ kind: KeyKind) -> [[UInt8]] {
        let curve =
            switch kind {
            case .p384: "1.3.132.0.34"
            case .p521: "1.3.132.0.35"
            default: "1.2.840.10045.3.1.7"
            }
        return ["1.2.840.10045.2.1", curve].map { DEREncoding.objectIdentifier($0) ?? [] }
    }

    private static func info(_ algorithm: [[UInt8]], _ key: [UInt8]) -> [UInt8] {
        DEREncoding.sequence(
            DEREncoding.element(.sequence, Array(algorithm.joined())),
            DEREncoding.element(.bitString, [0] + key)
        )
    }

    /// A point: uncompressed on the curves, which every key on them is, and 32 bytes for Ed25519.
    private static func point(of key: OpaquePointer) throws -> [UInt8] {
        // P-521 has the longest.
        var bytes = [UInt8](repeating: 0, count: 133)
        var count = 0
        guard unsafe EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, &bytes, bytes.count, &count) == 1
        else { throw CryptoError.engine("A public key cannot be encoded") }
        return Array(bytes.prefix(count))
    }

    private static func number(_ name: String, of key: OpaquePointer) throws -> [UInt8] {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1, let number = unsafe number else {
            throw CryptoError.engine("A public key cannot be encoded")
        }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: (Int(unsafe BN_num_bits(number)) + 7) / 8)
        guard unsafe BN_bn2bin(number, &bytes) == bytes.count else {
            throw CryptoError.engine("A public key cannot be encoded")
        }
        return bytes
    }
}
