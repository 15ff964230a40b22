internal import CoreModel
package import SignatureCrypto

/// Keys, and signatures as JOSE and COSE write them.
extension EnvelopeAlgorithm {
    /// The only algorithm that a key may be used with.
    /// - Throws: a problem for keys of another kind or size.
    package init(for key: PublicKey) throws(NotationProblem) {
        switch (key.usualScheme, key.rsaBits) {
        case (.ecdsa(.sha256), _): self = .es256
        case (.ecdsa(.sha384), _): self = .es384
        case (.ecdsa(.sha512), _): self = .es512
        case (_, 2048): self = .ps256
        case (_, 3072): self = .ps384
        case (_, 4096): self = .ps512
        default:
            throw NotationProblem(
                "its key is \(key), and the Notary Project allows ECDSA on P-256, P-384 and P-521, and RSA of 2048, "
                    + "3072 and 4096 bits"
            )
        }
    }

    /// Whether the key made the signature; ECDSA ones have to be r and s side by side (RFC 7518 section 3.4).
    /// - Throws: `CryptoError` when OpenSSL cannot check at all.
    func verify(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) throws -> Bool {
        guard let width = coordinateBytes else { return try key.verify(signature, of: message, scheme: scheme) }
        guard signature.count == 2 * width else { return false }
        let der = DEREncoding.sequence(
            DEREncoding.unsigned(signature[..<width]),
            DEREncoding.unsigned(signature[width...])
        )
        return try key.verify(der, of: message, scheme: scheme)
    }

    /// A signature in the form of envelopes.
    /// - Throws: `CryptoError`.
    func sign(_ message: [UInt8], by key: SigningKey) throws -> [UInt8] {
        let signature = try key.sign(message, scheme: scheme)
        guard let width = coordinateBytes else { return signature }
        var reader = try DERReader(whole: signature, subject: "the signature")
        return try [reader.integer(), reader.integer()].flatMap { number in
            let digits = number.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: max(0, width - digits.count)) + digits
        }
    }

    private var scheme: SignatureScheme { coordinateBytes == nil ? .rsaPSS(hash) : .ecdsa(hash) }

    /// The width of r and of s in bytes; nil for RSA.
    private var coordinateBytes: Int? {
        switch self {
        case .ps256, .ps384, .ps512: nil
        case .es256: 32
        case .es384: 48
        case .es512: 66
        }
    }
}
