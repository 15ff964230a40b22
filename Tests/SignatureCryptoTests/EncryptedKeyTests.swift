import CoreModel
import SignatureCrypto
import Testing

/// Keys that the `openssl` program has protected with a password.
struct EncryptedKeyTests {
    static let password = "correct horse"

    static let protections: [(String, [String])] = [
        ("OpenSSL's own choice", []),
        ("AES-128 with SHA-512", ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"]),
        ("a hundred thousand rounds", ["-iter", "100000"]),
        ("scrypt", ["-scrypt"]),
    ]

    @Test(arguments: protections)
    func opensWithThePassword(why: String, protection: [String]) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let text = try Self.protect(TestKey.p256, protection, tool)
        let key = try SigningKey(pem: Redacted(text), password: SecretBytes(Self.password))
        #expect(try key.publicKey == SigningKey(pem: Redacted(TestKey.p256)).publicKey, "\(why)")
    }

    static let kinds: [(String, [String])] = [
        ("ECDSA P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ECDSA P-521", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        ("RSA 2048", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("Ed25519", ["-algorithm", "ED25519"]),
    ]

    @Test(arguments: kinds)
    func holdsEachKindOfKey(kind: String, make: [String]) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let text = try Self.protect(tool.privateKey(make), [], tool)
        let key = try SigningKey(pem: Redacted(text), password: SecretBytes(Self.password))
        #expect(key.publicKey.description == kind)
    }

    @Test func theWrongPasswordIsSaidWithoutIt() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let text = try Self.protect(TestKey.p256, [], tool)
        for password in ["", "canary", Self.password + "\n"] {
            let error = try #require(throws: CryptoError.self) {
                try SigningKey(pem: Redacted(text), password: SecretBytes(password))
            }
            #expect(error.code == .invalidKey)
            #expect(error.message.contains("password") && !error.message.contains("canary"), "\(error)")
        }
        let error = try #require(throws: CryptoError.self) { try SigningKey(pem: Redacted(text)) }
        #expect(error.message.contains("is encrypted; give its password"))
    }

    @Test func refusesWhatWouldTakeForEver() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        // 65,537 rounds are 02 03 01 00 01 in DER; the same length holds eight million.
        let text = try Self.protect(TestKey.p256, ["-iter", "65537"], tool)
        let der = PEMText.decode(text)
        let at = try #require(der.indices.dropLast(5).first { Array(der[$0..<($0 + 5)]) == [0x02, 3, 1, 0, 1] })
        // One byte of the salt's end goes into the number: the salt is eight bytes before it.
        var costly = der
        costly[at - 9] = 7
        costly.replaceSubrange((at - 1)..<(at + 5), with: [0x02, 4, 0x7F, 0xFF, 0xFF, 0xFF])
        let error = try #require(throws: CryptoError.self) {
            try SigningKey(
                pem: Redacted(PEMText.encode("ENCRYPTED PRIVATE KEY", costly)),
                password: SecretBytes(Self.password)
            )
        }
        #expect(error.message.contains("rounds of PBKDF2"), "\(error)")
    }

    @Test func refusesWhatIsNotExactlyOneKey() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let der = PEMText.decode(try Self.protect(TestKey.p256, [], tool))
        let old = PEMText.decode(try Self.protect(TestKey.p256, ["-v1", "PBE-SHA1-3DES"], tool))
        let cases: [(String, [UInt8], String)] = [
            ("trailing bytes", der + [0], "bytes after its end"),
            ("cut off", Array(der.dropLast()), "cannot be decoded"),
            ("nothing", [0x30, 0], "cannot be decoded"), ("protected as of old", old, "old scheme"),
        ]
        for (why, bytes, says) in cases {
            let error = try #require(throws: CryptoError.self, "\(why)") {
                try SigningKey(
                    pem: Redacted(PEMText.encode("ENCRYPTED PRIVATE KEY", bytes)),
                    password: SecretBytes(Self.password)
                )
            }
            #expect(error.message.contains(says), "\(why): \(error)")
        }
    }

    @Test func readsWhatEcparamWrites() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let text = String(decoding: try tool.run(["ecparam", "-name", "prime256v1", "-genkey"]), as: UTF8.self)
        #expect(text.contains("BEGIN EC PARAMETERS"))
        #expect(try SigningKey(pem: Redacted(text)).publicKey.description == "ECDSA P-256")
    }

    @Test func oldPEMEncryptionIsNamed() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        try tool.write(Array(TestKey.p256.utf8), to: "key.pem")
        let text = String(
            decoding: try tool.run(["ec", "-in", "key.pem", "-aes128", "-passout", "pass:\(Self.password)"]),
            as: UTF8.self
        )
        let error = try #require(throws: CryptoError.self) {
            try SigningKey(pem: Redacted(text), password: SecretBytes(Self.password))
        }
        #expect(error.message.contains("openssl pkcs8 -topk8"), "\(error)")
    }

    static func protect(_ key: String, _ protection: [String], _ tool: OpenSSLTool) throws -> String {
        try tool.write(Array(key.utf8), to: "key.pem")
        let arguments = ["pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:\(password)"] + protection
        return String(decoding: try tool.run(arguments), as: UTF8.self)
    }
}
