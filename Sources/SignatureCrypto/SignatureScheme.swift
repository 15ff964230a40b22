package import CoreModel

/// How a signature is made, said by whoever made it and never guessed from the key.
package enum SignatureScheme: Hashable, Sendable, CustomStringConvertible {
    /// ECDSA in DER, over the message's digest.
    case ecdsa(Digest.Algorithm)
    case rsaPKCS1(Digest.Algorithm)
    /// RSASSA-PSS with MGF1 of the same hash and a salt of the hash's length, as JWS, COSE and TLS have it.
    case rsaPSS(Digest.Algorithm)
    /// Over the message itself.
    case ed25519
    /// Over the message's SHA-512 (RFC 8032 section 5.1).
    case ed25519ph

    /// The hash that is signed; nil for a scheme that takes the message itself.
    package var digestAlgorithm: Digest.Algorithm? {
        switch self {
        case .ecdsa(let hash), .rsaPKCS1(let hash), .rsaPSS(let hash): hash
        case .ed25519ph: .sha512
        case .ed25519: nil
        }
    }

    package var description: String {
        switch self {
        case .ecdsa(let hash): "ECDSA with \(hash.rawValue)"
        case .rsaPKCS1(let hash): "RSA PKCS#1 v1.5 with \(hash.rawValue)"
        case .rsaPSS(let hash): "RSA-PSS with \(hash.rawValue)"
        case .ed25519: "Ed25519"
        case .ed25519ph: "Ed25519ph"
        }
    }

    /// The scheme can be used with a key of this kind.
    func fits(_ kind: KeyKind) -> Bool {
        switch (self, kind) {
        case (.ecdsa, .p256), (.ecdsa, .p384), (.ecdsa, .p521): true
        case (.rsaPKCS1, .rsa), (.rsaPSS, .rsa): true
        case (.ed25519, .ed25519), (.ed25519ph, .ed25519): true
        default: false
        }
    }
}
