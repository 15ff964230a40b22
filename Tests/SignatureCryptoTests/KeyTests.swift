import CoreModel
import SignatureCrypto
import Testing

/// Which keys are taken, and what is said of those that are not.
struct KeyTests {
    static let otherKinds: [(String, [String], [String], String)] = [
        ("a curve of Bitcoin's", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], [], "secp256k1"),
        ("a curve of 112 bits", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"], [], "curve secp224r1"),
        (
            "parameters in place of a name",
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"], [],
            "instead of naming the curve"
        ),
        (
            "a compressed point, which Go refuses too",
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-ec_conv_form", "compressed"], "compressed"
        ),
        (
            "a hybrid point", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-ec_conv_form", "hybrid"],
            "compressed"
        ),
        ("RSA too small", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], [], "RSA key of 1024 bits"),
        ("RSA one bit too small", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2047"], [], "2047 bits"),
        ("RSA bound to PSS", ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], [], "unsupported kind"),
        ("another Edwards curve", ["-algorithm", "ED448"], [], "unsupported kind"),
        ("a key for exchange, not signatures", ["-algorithm", "X25519"], [], "unsupported kind"),
    ]

    @Test(arguments: otherKinds)
    func refusesOtherKinds(why: String, make: [String], write: [String], says: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let secret = try tool.privateKey(make)
        let text = String(
            decoding: try tool.run(["pkey", "-in", "key.pem", "-pubout"] + write),
            as: UTF8.self
        )
        let error = try #require(throws: CryptoError.self, "\(why)") { try PublicKey(pem: text) }
        #expect(error.message.hasPrefix("The public key "))
        #expect(error.message.contains(says), "\(error.message)")
        #expect(error.kind == .terminal)
        guard write.isEmpty else { return }
        #expect(throws: CryptoError.self, "\(why)") { try SigningKey(pem: Redacted(secret)) }
    }

    static let point: [UInt8] = {
        let key = try? SigningKey(pem: Redacted(TestKey.p256))
        return key == nil ? [] : PEMText.decode(publicText)
    }()
    static let publicText: String = {
        guard let tool = try? OpenSSLTool() else { return "" }
        defer { tool.remove() }
        try? tool.write(Array(TestKey.p256.utf8), to: "key.pem")
        return (try? tool.publicKey()) ?? ""
    }()

    static let badTexts: [(String, @Sendable (String) -> String, String)] = [
        ("nothing", { _ in "" }, "not in PEM form"),
        ("DER in base64 without boundaries", { _ in Base64.encode(point) }, "not in PEM form"),
        ("cut before its end", { String($0.dropLast(30)) }, "cut off"),
        ("ended by another label", { $0.replacing("END PUBLIC", with: "END RSA PUBLIC") }, "cut off"),
        ("two keys", { $0 + $0 }, "one of several"),
        ("text after the key", { $0 + "# rotated in May\n" }, "followed by other text"),
        ("no base64 inside", { $0.replacing("MFk", with: "M*k") }, "not base64"),
        ("an empty block", { _ in "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n" }, "not base64"),
        ("a private key", { _ in TestKey.p256 }, "is a private key"),
        (
            "an encrypted private key", { _ in PEMText.encode("ENCRYPTED SIGSTORE PRIVATE KEY", [1]) },
            "is a private key"
        ),
        ("a certificate", { _ in PEMText.encode("CERTIFICATE", [0x30, 0]) }, "\"CERTIFICATE\""),
        ("a label with a control character", { _ in PEMText.encode("X\u{1B}[2J", [1]) }, "u{1B}"),
        ("bytes that are no key", { _ in PEMText.encode("PUBLIC KEY", [0x30, 0]) }, "cannot be decoded"),
        ("a byte after the key", { _ in PEMText.encode("PUBLIC KEY", point + [0]) }, "bytes after its end"),
        ("the wrong label", { _ in PEMText.encode("RSA PUBLIC KEY", point) }, "cannot be decoded"),
        ("a point off the curve", { _ in PEMText.encode("PUBLIC KEY", bent(point, at: 90)) }, "cannot be decoded"),
        ("a length in another form", { _ in PEMText.encode("PUBLIC KEY", longLength(point)) }, "canonical"),
        ("headers", { $0.replacing("KEY-----\nM", with: "KEY-----\nProc-Type: 4,ENCRYPTED\n\nM") }, "headers"),
        ("too much text", { String(repeating: "x", count: 70_000) + $0 }, "larger than"),
    ]

    @Test(arguments: badTexts.indices)
    func refusesBadTexts(index: Int) throws {
        let (why, change, says) = Self.badTexts[index]
        let error = try #require(throws: CryptoError.self, "\(why)") { try PublicKey(pem: change(Self.publicText)) }
        #expect(error.message.contains(says), "\(why): \(error.message)")
        #expect(!error.message.contains("\u{1B}"))
    }

    static let goodTexts: [(String, @Sendable (String) -> String)] = [
        ("as written", { $0 }),
        ("explanatory text before it", { "Key of the release team: 2026\n\n" + $0 }),
        ("lines ended as on Windows", { $0.replacing("\n", with: "\r\n") }),
        ("no line break at its end", { String($0.dropLast()) }),
        ("blank lines and blanks around it", { "\n  " + $0 + "\n \t\n" }),
        ("a byte order mark", { "\u{FEFF}" + $0 }),
        ("the body on one line", { PEMText.encode("PUBLIC KEY", PEMText.decode($0)) }),
    ]

    @Test(arguments: goodTexts.indices)
    func acceptsOtherLayouts(index: Int) throws {
        let (why, change) = Self.goodTexts[index]
        let expected = try PublicKey(pem: Self.publicText)
        #expect(try PublicKey(pem: change(Self.publicText)) == expected, "\(why)")
    }

    @Test func fingerprintIsThatOfTheSubjectPublicKeyInfo() throws {
        #expect(try PublicKey(pem: Self.publicText).fingerprint == Digest.of(Self.point).hex)
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        #expect(throws: CryptoError.self) { try PublicKey(pem: [0xFF, 0xFE]) }
        #expect(try PublicKey(pem: Array(Self.publicText.utf8)) == PublicKey(pem: Self.publicText))
    }

    @Test func traditionalFormsAreTheSameKey() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        _ = try tool.privateKey(["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        let pkcs1 = String(decoding: try tool.run(["rsa", "-in", "key.pem", "-RSAPublicKey_out"]), as: UTF8.self)
        #expect(pkcs1.hasPrefix("-----BEGIN RSA PUBLIC KEY-----"))
        let key = try PublicKey(pem: tool.publicKey())
        #expect(try PublicKey(pem: pkcs1) == key)
        let secret = String(decoding: try tool.run(["rsa", "-in", "key.pem", "-traditional"]), as: UTF8.self)
        #expect(secret.hasPrefix("-----BEGIN RSA PRIVATE KEY-----"))
        #expect(try SigningKey(pem: Redacted(secret)).publicKey == key)
        try tool.write(Array(TestKey.p256.utf8), to: "key.pem")
        let sec1 = String(decoding: try tool.run(["ec", "-in", "key.pem"]), as: UTF8.self)
        #expect(sec1.contains("-----BEGIN EC PRIVATE KEY-----"))
        #expect(try SigningKey(pem: Redacted(sec1)).publicKey == PublicKey(pem: Self.publicText))
    }

    static let smallOrderPoints: [(String, String)] = [
        ("all zeros, as a placeholder would be", String(repeating: "00", count: 32)),
        ("the neutral element", "01" + String(repeating: "00", count: 31)),
        ("the point of order two", "ec" + String(repeating: "ff", count: 30) + "7f"),
        ("a point of order eight", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ("the same with its sign bit", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    ]

    @Test(arguments: smallOrderPoints)
    func refusesPointsOfSmallOrder(why: String, hex: String) throws {
        let info = try #require(Hex.decode("302a300506032b6570032100" + hex))
        let error = try #require(throws: CryptoError.self, "\(why)") {
            try PublicKey(pem: PEMText.encode("PUBLIC KEY", info))
        }
        #expect(error.message.contains("small order"))
    }

    @Test func signingKeysRefuseWhatIsNotOne() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        try tool.write(Array(TestKey.p256.utf8), to: "key.pem")
        let encrypted = String(
            decoding: try tool.run(["pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:canary"]),
            as: UTF8.self
        )
        #expect(encrypted.contains("ENCRYPTED PRIVATE KEY"))
        for text in [encrypted, Self.publicText, "", TestKey.p256 + "x", PEMText.encode("PRIVATE KEY", [0x30, 0])] {
            let error = try #require(throws: CryptoError.self) { try SigningKey(pem: Redacted(text)) }
            #expect(error.message.hasPrefix("The signing key "))
            #expect(!error.message.contains("MI"))
        }
    }

    @Test func noDescriptionShowsASigningKey() throws {
        let key = try SigningKey(pem: Redacted(TestKey.p256))
        #expect("\(key)" == "ECDSA P-256 signing key")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("handle"))
    }

    static func bent(_ bytes: [UInt8], at index: Int) -> [UInt8] {
        var bytes = bytes
        bytes[index] ^= 1
        return bytes
    }

    /// The same sequence with its length in two bytes where one is enough, which DER forbids.
    static func longLength(_ bytes: [UInt8]) -> [UInt8] { [0x30, 0x81] + bytes.dropFirst() }
}
