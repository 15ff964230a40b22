package import CoreModel
internal import ManifestTree
package import SignatureCrypto

/// A private key as it lies in a file: in PEM as OpenSSL writes it, or as `cosign generate-key-pair` does. No
/// description shows it.
package struct SigningKeyFile: Sendable, CustomStringConvertible, CustomReflectable {
    private enum Form: Sendable {
        case plain(PEMBlock), encrypted(PEMBlock), cosign(SealedSigningKey)
    }

    private let form: Form

    /// Reads the file without opening what is sealed in it.
    /// - Throws: `TrustError.invalidKey`; `name` is what it calls the key.
    package init(parsing text: Redacted<String>, name: String) throws {
        do {
            let block = try PEMBlock(onlyBlockIn: text.secret, subject: "The signing key")
            switch block.label {
            case PEMBlock.encryptedLabel: form = .encrypted(block)
            case _ where SealedSigningKey.labels.contains(block.label):
                form = .cosign(try SealedSigningKey(parsing: block.bytes))
            default: form = .plain(block)
            }
        } catch let problem as StrictMap.Problem {
            throw TrustError(
                .invalidKey,
                "The key '\(name)' is not one of cosign's as it should be: \(problem.reason); export it again"
            )
        } catch {
            throw TrustError(.invalidKey, "The key '\(name)' cannot be used", cause: error)
        }
    }

    /// Whether a password protects the key; the empty one is a password too.
    package var needsPassword: Bool {
        if case .plain = form { false } else { true }
    }

    /// The key, ready to sign. Derives a key from the password, which takes up to some seconds of processor time.
    /// - Throws: `TrustError.invalidKey`, also for the wrong password; `name` is what it calls the key.
    package func open(password: SecretBytes?, name: String) throws -> SigningKey {
        do {
            switch form {
            case .plain(let block): return try SigningKey(block)
            case .encrypted(let block): return try SigningKey(block, password: password)
            case .cosign(let sealed):
                guard let key = try sealed.open(password: password ?? SecretBytes("")) else {
                    throw TrustError(
                        .invalidKey,
                        "The key '\(name)' cannot be decrypted; give the password that belongs to it"
                    )
                }
                return key
            }
        } catch let error as TrustError {
            throw error
        } catch {
            throw TrustError(.invalidKey, "The key '\(name)' cannot be used", cause: error)
        }
    }

    package var description: String { "signing key file" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The form in which cosign keeps a private key: PKCS#8 in a NaCl box whose key scrypt derives from a password.
struct SealedSigningKey: Sendable {
    /// cosign's own labels, of now and of before version 2.
    static let labels: Set<String> = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"]

    private let derivation: Scrypt
    private let box: SecretBox

    /// - Throws: `StrictMap.Problem`, or `CryptoError.invalidKey` for parameters out of bounds.
    init(parsing bytes: [UInt8]) throws {
        let top = try StrictMap(parsing: bytes, "the key", required: ["kdf", "cipher", "ciphertext"])
        let kdf = try top.map("kdf", required: ["name", "params", "salt"])
        let cipher = try top.map("cipher", required: ["name", "nonce"])
        try Self.check(try kdf.string("name"), is: "scrypt", "kdf.name")
        try Self.check(try cipher.string("name"), is: "nacl/secretbox", "cipher.name")
        let parameters = try kdf.map("params", required: ["N", "r", "p"])
        derivation = try Scrypt(
            cost: parameters.integer("N"),
            blockSize: parameters.integer("r"),
            parallelization: parameters.integer("p"),
            salt: kdf.bytes("salt")
        )
        box = try SecretBox(nonce: cipher.bytes("nonce"), box: top.bytes("ciphertext"))
    }

    /// Nil for the wrong password.
    func open(password: SecretBytes) throws -> SigningKey? {
        let key = try derivation.key(from: password, count: SecretBox.keyLength)
        return try box.open(key: key).map { try SigningKey(der: $0) }
    }

    private static func check(_ text: String, is known: String, _ name: String) throws(StrictMap.Problem) {
        guard text == known else {
            throw StrictMap.Problem(reason: "\(name) is \(text.quotedForMessage), not \"\(known)\"")
        }
    }
}
