package import CoreModel

/// A private key that signs as cosign does. Held by OpenSSL, which wipes it when the last copy goes; no description
/// shows it.
package struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let handle: KeyHandle
    /// The other half.
    package let publicKey: PublicKey

    private static let subject = "The signing key"

    /// Reads one key in PEM form: PKCS#8 (`PRIVATE KEY`, or `ENCRYPTED PRIVATE KEY` with its password), SEC 1
    /// (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it; never quotes the key.
    package init(pem: Redacted<String>, password: SecretBytes? = nil) throws {
        try self.init(PEMBlock(onlyBlockIn: pem.secret, subject: Self.subject), password: password)
    }

    /// Reads the key in a PEM block; see the other.
    package init(_ block: PEMBlock, password: SecretBytes? = nil) throws {
        let subject = Self.subject
        switch block.label {
        case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
            var der = block.bytes
            try self.init(KeyHandle(der: SecretBytes(taking: &der), subject: subject))
        case PEMBlock.encryptedLabel:
            guard let password else {
                throw CryptoError(.invalidKey, "\(subject) is encrypted; give its password")
            }
            try self.init(EncryptedPrivateKeyInfo.open(block.bytes, password: password, subject: subject))
        default:
            throw CryptoError(
                .invalidKey,
                "\(subject) is a PEM block of another type (\(block.label.debugDescription)); give a PRIVATE KEY"
            )
        }
    }

    /// Reads an unencrypted key in DER: PKCS#8, SEC 1 or PKCS#1.
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it.
    package init(der: SecretBytes) throws {
        try self.init(KeyHandle(der: der, subject: Self.subject))
    }

    private init(_ handle: KeyHandle) throws {
        self.handle = handle
        publicKey = try PublicKey(handle: handle)
    }

    /// The kind of the key, as `ECDSA P-256 signing key`.
    package var description: String { "\(handle.kind) signing key" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A signature over the message: ECDSA (DER) or RSA PKCS#1 v1.5 with SHA-256, or Ed25519.
    ///
    /// SHA-256 also with the larger curves: it is the hash that every version of `cosign verify` takes without being
    /// told, and that Flux takes.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        try handle.sign(message, hash: handle.kind.hashes.first)
    }

    /// A signature over the message by exactly this scheme.
    /// - Throws: `CryptoError.invalidKey` where the key is of another kind; `.engine` when OpenSSL fails.
    package func sign(_ message: [UInt8], scheme: SignatureScheme) throws -> [UInt8] {
        try handle.sign(message, by: scheme)
    }
}
