import CoreModel
import SignatureCrypto
import TestSupport
import Testing

/// Signatures whose scheme is said, against the `openssl` program and against each other.
struct SignatureSchemeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: TestKeyPair.Kind
        let scheme: SignatureScheme
        /// What tells `openssl pkeyutl` the same.
        let options: [String]
        var testDescription: String { scheme.description }
    }

    static let pss = ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
    static let rows: [Row] = [
        Row(kind: .p256, scheme: .ecdsa(.sha256), options: ["-digest", "sha256"]),
        Row(kind: .p256, scheme: .ecdsa(.sha384), options: ["-digest", "sha384"]),
        Row(kind: .p384, scheme: .ecdsa(.sha384), options: ["-digest", "sha384"]),
        Row(kind: .p521, scheme: .ecdsa(.sha512), options: ["-digest", "sha512"]),
        Row(kind: .rsa, scheme: .rsaPKCS1(.sha256), options: ["-digest", "sha256"]),
        Row(kind: .rsa, scheme: .rsaPKCS1(.sha512), options: ["-digest", "sha512"]),
        Row(kind: .rsa, scheme: .rsaPSS(.sha256), options: ["-digest", "sha256"] + pss),
        Row(kind: .rsa, scheme: .rsaPSS(.sha384), options: ["-digest", "sha384"] + pss),
        Row(kind: .rsa, scheme: .rsaPSS(.sha512), options: ["-digest", "sha512"] + pss),
        Row(kind: .ed25519, scheme: .ed25519, options: []),
    ]

    static let message = Array("a payload".utf8)

    @Test(arguments: rows)
    func agreesWithOpenSSL(row: Row) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try TestKeyPair("scheme", row.kind)
        try tool.write(Array(key.privatePEM.utf8), to: "key.pem")
        try tool.write(Self.message, to: "message")
        let ours = try key.signing.sign(Self.message, scheme: row.scheme)
        try tool.write(ours, to: "signature")
        let common = ["-inkey", "key.pem", "-rawin", "-in", "message"] + row.options
        try tool.run(["pkeyutl", "-verify", "-sigfile", "signature"] + common)
        let theirs = try tool.run(["pkeyutl", "-sign"] + common)
        for signature in [ours, theirs] {
            #expect(try key.publicKey.verify(signature, of: Self.message, scheme: row.scheme))
            #expect(try !key.publicKey.verify(signature, of: Self.message + [0], scheme: row.scheme))
            guard let hash = row.scheme.digestAlgorithm else { continue }
            let digest = try Digest.of(Self.message, hash)
            #expect(try key.publicKey.verify(signature, ofDigest: digest, scheme: row.scheme))
            let other = try Digest.of(Self.message + [0], hash)
            #expect(try !key.publicKey.verify(signature, ofDigest: other, scheme: row.scheme))
        }
    }

    /// A signature of one scheme is none of any other, whatever the key.
    @Test(arguments: rows)
    func nothingPassesForAnotherScheme(row: Row) throws {
        let key = try TestKeyPair("scheme", row.kind)
        let signature = try key.signing.sign(Self.message, scheme: row.scheme)
        for other in Self.rows where other.scheme != row.scheme {
            #expect(try !key.publicKey.verify(signature, of: Self.message, scheme: other.scheme), "\(other.scheme)")
            let stranger = try TestKeyPair("scheme", other.kind)
            guard stranger.publicKey != key.publicKey else { continue }
            #expect(try !stranger.publicKey.verify(signature, of: Self.message, scheme: row.scheme))
        }
    }

    @Test func aDigestOfAnotherHashIsRefused() throws {
        let key = try TestKeyPair("scheme")
        let signature = try key.signing.sign(Self.message, scheme: .ecdsa(.sha256))
        let digest = try Digest.of(Self.message, .sha512)
        #expect(try !key.publicKey.verify(signature, ofDigest: digest, scheme: .ecdsa(.sha256)))
    }

    @Test func publicKeysRoundTrip() throws {
        for kind in TestKeyPair.Kind.allCases {
            let key = try TestKeyPair("scheme", kind)
            #expect(try PublicKey(der: key.publicInfo) == key.publicKey)
            #expect(try PublicKey(der: key.publicInfo).encoded() == key.publicInfo)
            #expect(throws: CryptoError.self) { try PublicKey(der: key.publicInfo + [0]) }
        }
    }

    /// RFC 8032 section 7.3. OpenSSL has it from 3.2 on; an older one says so, and takes nothing for it.
    @Test func theTestVectorOfEd25519ph() throws {
        let information = "302a300506032b6570032100ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"
        let signature = try #require(
            Hex.decode(
                "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                    + "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
            )
        )
        let key = try PublicKey(der: try #require(Hex.decode(information)))
        let message = Array("abc".utf8)
        #expect(try !key.verify(signature, of: message, scheme: .ed25519))
        do {
            #expect(try key.verify(signature, of: message, scheme: .ed25519ph))
            #expect(try !key.verify(signature, of: message + [0], scheme: .ed25519ph))
        } catch let problem as EvidenceProblem {
            #expect(problem.description.contains("needs OpenSSL 3.2 or later"))
        }
    }
}
