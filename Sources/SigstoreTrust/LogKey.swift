internal import CoreModel
package import SignatureCrypto

/// A public key of a log, with the one scheme that the log signs by.
package struct LogKey: Hashable, Sendable {
    package let key: PublicKey
    package let scheme: SignatureScheme

    package init(key: PublicKey, scheme: SignatureScheme) {
        self.key = key
        self.scheme = scheme
    }

    func verify(_ signature: [UInt8], of message: [UInt8]) throws -> Bool {
        try key.verify(signature, of: message, scheme: scheme)
    }
}

extension LogKey {
    /// The numbers of `dev.sigstore.common.v1.PublicKeyDetails`.
    static let names: [Int64: String] = [
        1: "PKCS1_RSA_PKCS1V5", 2: "PKCS1_RSA_PSS", 3: "PKIX_RSA_PKCS1V5", 4: "PKIX_RSA_PSS",
        5: "PKIX_ECDSA_P256_SHA_256", 6: "PKIX_ECDSA_P256_HMAC_SHA_256", 7: "PKIX_ED25519", 8: "PKIX_ED25519_PH",
        9: "PKIX_RSA_PKCS1V15_2048_SHA256", 10: "PKIX_RSA_PKCS1V15_3072_SHA256",
        11: "PKIX_RSA_PKCS1V15_4096_SHA256", 12: "PKIX_ECDSA_P384_SHA_384", 13: "PKIX_ECDSA_P521_SHA_512",
        14: "LMS_SHA256", 15: "LMOTS_SHA256", 16: "PKIX_RSA_PSS_2048_SHA256", 17: "PKIX_RSA_PSS_3072_SHA256",
        18: "PKIX_RSA_PSS_4096_SHA256", 19: "PKIX_ECDSA_P384_SHA_256", 20: "PKIX_ECDSA_P521_SHA_256",
        21: "ML_DSA_65", 22: "ML_DSA_87", 23: "ML_DSA_44",
    ]

    private static let schemes: [String: SignatureScheme] = [
        "PKCS1_RSA_PKCS1V5": .rsaPKCS1(.sha256), "PKIX_RSA_PKCS1V5": .rsaPKCS1(.sha256),
        "PKCS1_RSA_PSS": .rsaPSS(.sha256), "PKIX_RSA_PSS": .rsaPSS(.sha256),
        "PKIX_RSA_PKCS1V15_2048_SHA256": .rsaPKCS1(.sha256), "PKIX_RSA_PKCS1V15_3072_SHA256": .rsaPKCS1(.sha256),
        "PKIX_RSA_PKCS1V15_4096_SHA256": .rsaPKCS1(.sha256), "PKIX_RSA_PSS_2048_SHA256": .rsaPSS(.sha256),
        "PKIX_RSA_PSS_3072_SHA256": .rsaPSS(.sha256), "PKIX_RSA_PSS_4096_SHA256": .rsaPSS(.sha256),
        "PKIX_ECDSA_P256_SHA_256": .ecdsa(.sha256), "PKIX_ECDSA_P384_SHA_384": .ecdsa(.sha384),
        "PKIX_ECDSA_P384_SHA_256": .ecdsa(.sha256), "PKIX_ECDSA_P521_SHA_512": .ecdsa(.sha512),
        "PKIX_ECDSA_P521_SHA_256": .ecdsa(.sha256), "PKIX_ED25519": .ed25519, "PKIX_ED25519_PH": .ed25519ph,
    ]

    /// Reads a key as a trusted root holds it.
    /// - Throws: `SigstoreProblem` for a scheme that is not known, or a key that is not accepted.
    init(_ bytes: [UInt8], details: String) throws(SigstoreProblem) {
        guard let scheme = Self.schemes[details] else {
            throw SigstoreProblem("its key is of the kind \(details.prefix(60)), which is not supported")
        }
        do {
            self.init(key: try Self.key(bytes, isPKCS1: details.hasPrefix("PKCS1_")), scheme: scheme)
        } catch {
            throw SigstoreProblem("its key cannot be used: \(error)")
        }
        guard Self.fits(details, key.description) else {
            throw SigstoreProblem("its key is \(key), and it says that it is of the kind \(details)")
        }
    }

    private static func key(_ bytes: [UInt8], isPKCS1: Bool) throws -> PublicKey {
        guard isPKCS1 else { return try PublicKey(der: bytes) }
        let label = "RSA PUBLIC KEY"
        return try PublicKey(pem: "-----BEGIN \(label)-----\n\(Base64.encode(bytes))\n-----END \(label)-----\n")
    }

    private static func fits(_ details: String, _ kind: String) -> Bool {
        switch details.split(separator: "_").dropFirst().prefix(2).joined(separator: "_") {
        case "ECDSA_P256": kind == "ECDSA P-256"
        case "ECDSA_P384": kind == "ECDSA P-384"
        case "ECDSA_P521": kind == "ECDSA P-521"
        case "ED25519", "ED25519_PH": kind == "Ed25519"
        default: kind.hasPrefix("RSA")
        }
    }
}
