package import CoreModel

/// A public key that signatures are checked with: ECDSA on P-256, P-384 or P-521, RSA of 2,048 to 16,384 bits, or
/// Ed25519.
///
/// Parsed and checked once; checking signatures from many tasks at the same time is safe. Equal keys have the same
/// fingerprint.
package struct PublicKey: Sendable, Hashable, CustomStringConvertible {
    private let handle: KeyHandle
    /// SubjectPublicKeyInfo in DER.
    private let info: [UInt8]
    /// SHA-256 of the key's SubjectPublicKeyInfo in DER, as lower-case hexadecimal: the same for the same key however
    /// it was written.
    package let fingerprint: String

    /// Reads one key in PEM form: `PUBLIC KEY` (SubjectPublicKeyInfo) or `RSA PUBLIC KEY` (PKCS#1).
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it.
    package init(pem: String) throws {
        let subject = "The public key"
        let block = try PEMBlock(onlyBlockIn: pem, subject: subject)
        let form = try Self.form(of: block.label, subject)
        try self.init(handle: KeyHandle(der: block.bytes, as: form, subject: subject))
        guard form != .publicKeyInfo || info == block.bytes else {
            throw CryptoError(.invalidKey, "\(subject) is not written in canonical DER; export it again")
        }
    }

    /// Reads one key in PEM form from the bytes of a file or a Secret.
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it.
    package init(pem: [UInt8]) throws {
        guard let text = String(validating: pem, as: UTF8.self) else {
            throw CryptoError(.invalidKey, "The public key is not text; give it in PEM form")
        }
        try self.init(pem: text)
    }

    /// Reads one key from SubjectPublicKeyInfo in canonical DER, as certificates and Sigstore's trusted roots hold it.
    /// - Parameter subject: starts the sentence of a refusal.
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it.
    package init(der: [UInt8], subject: String = "The public key") throws {
        try self.init(KeyHandle(der: der, as: .publicKeyInfo, subject: subject), der: der, subject: subject)
    }

    /// A key that OpenSSL has decoded from this SubjectPublicKeyInfo.
    /// - Throws: as the other.
    init(_ handle: KeyHandle, der: [UInt8], subject: String) throws {
        try self.init(handle: handle)
        guard info == der else {
            throw CryptoError(.invalidKey, "\(subject) is not written in canonical DER; export it again")
        }
    }

    /// The public half of a key that was accepted before.
    init(handle: KeyHandle) throws {
        self.handle = handle
        info = try handle.publicKeyInfo()
        fingerprint = try Digest.of(info).hex
    }

    /// The kind of the key, as `ECDSA P-256` or `RSA 4096`.
    package var description: String { handle.kind.description }

    /// Whether this key made the signature over the message.
    ///
    /// ECDSA signatures are taken in strict DER with SHA-256 or the curve's own hash, RSA ones as PKCS#1 v1.5 with
    /// SHA-256, Ed25519 ones over the message itself. A malformed signature is a false one, not an error.
    /// - Throws: `CryptoError.engine` when OpenSSL cannot check at all.
    package func verify(signature: [UInt8], of message: [UInt8]) throws -> Bool {
        guard !signature.isEmpty else { return false }
        let hashes = handle.kind.hashes
        guard !hashes.isEmpty else { return try handle.verify(signature, message, hash: nil) }
        return try hashes.contains { try handle.verify(signature, message, hash: $0) }
    }

    /// Whether this key made the signature over the message by exactly this scheme; false for a scheme of another kind
    /// of key.
    /// - Throws: `CryptoError.engine` when OpenSSL cannot check at all; `EvidenceProblem.unsupportedAlgorithm` for
    ///   Ed25519ph where OpenSSL is older than 3.2.
    package func verify(_ signature: [UInt8], of message: [UInt8], scheme: SignatureScheme) throws -> Bool {
        try handle.verify(signature, message, by: scheme)
    }

    /// The same for a message of which only the digest is known; false where the scheme hashes by another algorithm or
    /// needs the message.
    /// - Throws: as the other.
    package func verify(_ signature: [UInt8], ofDigest digest: Digest, scheme: SignatureScheme) throws -> Bool {
        guard scheme.digestAlgorithm == digest.algorithm, let bytes = Hex.decode(digest.hex) else { return false }
        return try handle.verify(signature, digest: bytes, by: scheme)
    }

    /// The key's SubjectPublicKeyInfo in DER.
    package func encoded() -> [UInt8] { info }

    /// The scheme that belongs to the key where nothing else is said: the hash of the curve's size, PKCS#1 v1.5 with
    /// SHA-256 for RSA.
    package var usualScheme: SignatureScheme {
        switch handle.kind {
        case .p256: .ecdsa(.sha256)
        case .p384: .ecdsa(.sha384)
        case .p521: .ecdsa(.sha512)
        case .rsa: .rsaPKCS1(.sha256)
        case .ed25519: .ed25519
        }
    }

    /// The bits of an RSA key's modulus; nil for other kinds.
    package var rsaBits: Int? {
        if case .rsa(let bits) = handle.kind { bits } else { nil }
    }

    private static func form(of label: String, _ subject: String) throws -> KeyHandle.Form {
        switch label {
        case "PUBLIC KEY": return .publicKeyInfo
        case "RSA PUBLIC KEY": return .rsaPublicKey
        case _ where label.hasSuffix("PRIVATE KEY"):
            throw CryptoError(
                .invalidKey,
                "\(subject) is a private key; put the public key here, and replace the pair if others could read it"
            )
        default:
            throw CryptoError(
                .invalidKey,
                "\(subject) is a PEM block of another type (\(label.debugDescription)); give a PUBLIC KEY"
            )
        }
    }

    package static func == (left: PublicKey, right: PublicKey) -> Bool { left.fingerprint == right.fingerprint }
    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
