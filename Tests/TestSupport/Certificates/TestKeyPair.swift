import CoreModel
package import SignatureCrypto

/// Key pairs that protect nothing: the same for the same name, and made without a random number.
package struct TestKeyPair: Sendable {
    package enum Kind: Sendable, CaseIterable { case p256, p384, p521, ed25519, rsa }

    package let kind: Kind
    package let signing: SigningKey
    /// SubjectPublicKeyInfo in DER.
    package let publicInfo: [UInt8]
    /// PKCS#8 in DER.
    package let privateInfo: [UInt8]

    /// - Parameter name: what tells keys apart; there is but one RSA key of each size, whatever its name.
    package init(_ name: String, _ kind: Kind = .p256) throws {
        self.kind = kind
        privateInfo = try Self.privateInfo(name, kind)
        var copy = privateInfo
        signing = try SigningKey(der: SecretBytes(taking: &copy))
        publicInfo = signing.publicKey.encoded()
    }

    package var publicKey: PublicKey { signing.publicKey }

    /// The scheme that this kind uses where nothing else is said.
    package var scheme: SignatureScheme { publicKey.usualScheme }

    /// SHA-256 of the SubjectPublicKeyInfo, which transparency logs are known by.
    package var identifier: [UInt8] { Hex.decode(publicKey.fingerprint) ?? [] }

    package var privatePEM: String { Self.pem("PRIVATE KEY", privateInfo) }
    package var publicPEM: String { Self.pem("PUBLIC KEY", publicInfo) }

    package static func pem(_ label: String, _ bytes: [UInt8]) -> String {
        let text = Array(Base64.encode(bytes))
        let lines = stride(from: 0, to: text.count, by: 64).map { String(text[$0..<min($0 + 64, text.count)]) }
        return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
    }

    private static func privateInfo(_ name: String, _ kind: Kind) throws -> [UInt8] {
        let seed = Array("sluice test key \(name)".utf8)
        switch kind {
        case .p256: return try curve("1.2.840.10045.3.1.7", seed, .sha256, length: 32)
        case .p384: return try curve("1.3.132.0.34", seed, .sha384, length: 48)
        case .p521: return try curve("1.3.132.0.35", seed, .sha512, length: 66)
        case .ed25519:
            let secret = Hex.decode(try Digest.of(seed).hex) ?? []
            return DERWriter.sequence(
                DERWriter.integer(0),
                DERWriter.sequence(DERWriter.oid("1.3.101.112")),
                DERWriter.octets(DERWriter.octets(secret))
            )
        case .rsa: return Base64.decode(TestRSAKey.pkcs8) ?? []
        }
    }

    /// PKCS#8 around the private part alone (RFC 5915); OpenSSL computes the point.
    private static func curve(
        _ curve: String,
        _ seed: [UInt8],
        _ hash: Digest.Algorithm,
        length: Int
    ) throws -> [UInt8] {
        // The top byte is zero, which puts the number below every order.
        let digest = Hex.decode(try Digest.of(seed, hash).hex) ?? []
        let scalar = [0] + [UInt8](repeating: 0, count: max(0, length - 1 - digest.count)) + digest.prefix(length - 1)
        return DERWriter.sequence(
            DERWriter.integer(0),
            DERWriter.sequence(DERWriter.oid("1.2.840.10045.2.1"), DERWriter.oid(curve)),
            DERWriter.octets(DERWriter.sequence(DERWriter.integer(1), DERWriter.octets(Array(scalar))))
        )
    }
}
