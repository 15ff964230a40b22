package import CoreModel

/// A private key that signs as cosign does. Held by OpenSSL, which wipes it when the last copy goes; no description
/// shows it.
package struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let handle: KeyHandle
    /// The other half.
    package let publicKey: PublicKey

    /// Reads one unencrypted key in PEM form: PKCS#8, SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    /// - Throws: `CryptoError.invalidKey` with what is wrong with it; never quotes the key.
    package init(pem: Redacted<String>) throws {
        let subject = "The signing key"
        let block = try PEMBlock(onlyBlockIn: pem.secret, subject: subject)
        guard ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"].contains(block.label) else {
            throw CryptoError(
                .invalidKey,
                "\(subject) is a PEM block of another type (\(block.label.debugDescription)); "
                    + "give an unencrypted PRIVATE KEY"
            )
        }
        handle = try KeyHandle(der: block.bytes, as: .privateKey, subject: subject)
        publicKey = try PublicKey(handle: handle)
    }

    /// The kind of the key, as `ECDSA P-256 signing key`.
    package var description: String { "\(handle.kind) signing key" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A signature over the message: ECDSA (DER) or RSA PKCS#1 v1.5 with SHA-256, or Ed25519.
    /// - Throws: `CryptoError.engine` when OpenSSL fails.
    package func sign(_ message: [UInt8]) throws -> [UInt8] {
        try handle.sign(message, hash: handle.kind.hashes.first)
    }
}
