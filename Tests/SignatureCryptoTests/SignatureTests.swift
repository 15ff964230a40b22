import CoreModel
import SignatureCrypto
import Testing

/// Signatures made by the `openssl` program, one test for each kind of key.
struct SignatureTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let make: [String]
        /// Hashes that cosign of some version uses with this kind, and those that none does.
        let accepted: [String?]
        let refused: [String?]
        var testDescription: String { name }
    }

    static let kinds: [Kind] = [
        Kind(
            name: "ECDSA P-256",
            make: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            accepted: ["sha256"],
            refused: ["sha384", "sha1"]
        ),
        Kind(
            name: "ECDSA P-384",
            make: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            accepted: ["sha256", "sha384"],
            refused: ["sha512", "sha1"]
        ),
        Kind(
            name: "ECDSA P-521",
            make: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            accepted: ["sha256", "sha512"],
            refused: ["sha384", "sha1"]
        ),
        Kind(
            name: "RSA 2048",
            make: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            accepted: ["sha256"],
            refused: ["sha512", "sha1"]
        ),
        Kind(
            name: "RSA 4096",
            make: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
            accepted: ["sha256"],
            refused: ["sha1"]
        ),
        Kind(name: "Ed25519", make: ["-algorithm", "ED25519"], accepted: [nil], refused: []),
    ]

    @Test(arguments: kinds)
    func acceptsWhatOpenSSLSigned(kind: Kind) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        _ = try tool.privateKey(kind.make)
        let key = try PublicKey(pem: tool.publicKey())
        #expect(key.description == kind.name)
        let message = Array("a payload".utf8)
        for hash in kind.accepted {
            let signature = try tool.sign(message, digest: hash)
            #expect(try key.verify(signature: signature, of: message), "\(hash ?? "pure")")
            #expect(try !key.verify(signature: signature, of: Array("another payload".utf8)))
            #expect(try !key.verify(signature: signature + [0], of: message), "trailing byte")
            #expect(try !key.verify(signature: Array(signature.dropLast()), of: message), "cut short")
            for index in signature.indices {
                var bent = signature
                bent[index] ^= 1
                #expect(try !key.verify(signature: bent, of: message), "bit of byte \(index) flipped")
            }
        }
        for hash in kind.refused {
            #expect(try !key.verify(signature: tool.sign(message, digest: hash), of: message), "\(hash ?? "pure")")
        }
        #expect(try !key.verify(signature: [], of: message))
    }

    @Test(arguments: kinds)
    func signsWhatOpenSSLAccepts(kind: Kind) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try SigningKey(pem: Redacted(tool.privateKey(kind.make)))
        #expect(try key.publicKey == PublicKey(pem: tool.publicKey()))
        let message = Array("a payload".utf8)
        let signature = try key.sign(message)
        #expect(try key.publicKey.verify(signature: signature, of: message))
        try tool.write(message, to: "message")
        try tool.write(signature, to: "signature")
        var check = ["pkeyutl", "-verify", "-inkey", "key.pem", "-rawin", "-in", "message", "-sigfile", "signature"]
        if kind.name != "Ed25519" { check.append(contentsOf: ["-digest", "sha256"]) }
        try tool.run(check)
    }

    @Test func refusesAProbabilisticRSASignature() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        _ = try tool.privateKey(["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        try tool.write(Array("a payload".utf8), to: "message")
        let signature = try tool.run([
            "pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", "message", "-digest", "sha256", "-pkeyopt",
            "rsa_padding_mode:pss",
        ])
        let key = try PublicKey(pem: tool.publicKey())
        #expect(try !key.verify(signature: signature, of: Array("a payload".utf8)), "cosign keys are PKCS#1 v1.5")
    }

    @Test func manyTasksUseOneKey() async throws {
        let key = try SigningKey(pem: Redacted(TestKey.p256))
        let message = Array("a payload".utf8)
        let good = try key.sign(message)
        let bad = try key.sign(Array("another".utf8))
        let verdicts = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<400 {
                group.addTask { try key.publicKey.verify(signature: index.isMultiple(of: 2) ? good : bad, of: message) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(verdicts == 200)
    }
}

/// ECDSA signatures that mean the same numbers in other bytes, or numbers that no signer makes.
struct ECDSAEncodingTests {
    /// The order of P-256 (SEC 2, section 2.4.2).
    static let order = Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") ?? []

    static let attacks: [(String, @Sendable ([UInt8], [UInt8]) -> [UInt8])] = [
        ("nothing at all", { _, _ in [] }),
        ("an empty sequence", { _, _ in [0x30, 0] }),
        ("one number only", { r, _ in sequence(number(r)) }),
        ("a third number", { r, s in sequence(number(r) + number(s) + number([1])) }),
        ("bytes after the sequence", { r, s in sequence(number(r) + number(s)) + [0] }),
        ("the raw form r || s", { r, s in r + s }),
        ("a length in the long form", { r, s in longForm(number(r) + number(s)) }),
        ("an indefinite length", { r, s in [0x30, 0x80] + number(r) + number(s) + [0, 0] }),
        ("a needless zero before r", { r, s in sequence([0x02, UInt8(r.count + 2), 0, 0] + r + number(s)) }),
        ("r negative, its sign byte left out", { r, s in sequence([0x02, UInt8(r.count)] + r + number(s)) }),
        ("r zero", { _, s in sequence(number([0]) + number(s)) }),
        ("s zero", { r, _ in sequence(number(r) + number([0])) }),
        ("both zero", { _, _ in sequence(number([0]) + number([0])) }),
        ("r equal to the order", { _, s in sequence(number(order) + number(s)) }),
        ("s equal to the order", { r, _ in sequence(number(r) + number(order)) }),
        ("s plus the order", { r, s in sequence(number(r) + number(sum(s, order))) }),
        ("s missing its content", { r, _ in sequence(number(r) + [0x02, 0]) }),
        ("a set instead of a sequence", { r, s in [0x31] + sequence(number(r) + number(s)).dropFirst() }),
    ]

    @Test(arguments: attacks.indices)
    func refuses(index: Int) throws {
        let (why, change) = Self.attacks[index]
        let (key, message, r, s) = try Self.signed()
        #expect(try !key.verify(signature: change(r, s), of: message), "\(why)")
    }

    @Test func acceptsEitherHalfOfS() throws {
        let (key, message, r, s) = try Self.signed()
        let other = Self.difference(Self.order, s)
        #expect(try key.verify(signature: Self.sequence(Self.number(r) + Self.number(s)), of: message))
        #expect(
            try key.verify(signature: Self.sequence(Self.number(r) + Self.number(other)), of: message),
            "cosign, as Go, takes high and low S"
        )
    }

    /// A signature whose r has its top bit set, so that leaving the sign byte out makes a negative number.
    static func signed() throws -> (key: PublicKey, message: [UInt8], r: [UInt8], s: [UInt8]) {
        let key = try SigningKey(pem: Redacted(TestKey.p256))
        let message = Array("a payload".utf8)
        while true {
            let signature = try key.sign(message)
            let rCount = Int(signature[3])
            guard rCount == 33 else { continue }
            let s = signature[(6 + rCount)...].drop { $0 == 0 }
            guard s.count == 32 else { continue }
            return (key.publicKey, message, Array(signature[5..<(4 + rCount)]), Array(s))
        }
    }

    static func number(_ bytes: [UInt8]) -> [UInt8] {
        let padded = (bytes.first ?? 0) > 0x7F ? [0] + bytes : bytes
        return [0x02, UInt8(padded.count)] + padded
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { [0x30, UInt8(content.count)] + content }
    static func longForm(_ content: [UInt8]) -> [UInt8] { [0x30, 0x81, UInt8(content.count)] + content }

    static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var carry = 0
        for index in left.indices.reversed() {
            let value = Int(left[index]) + Int(right[index]) + carry
            result.append(UInt8(value & 0xFF))
            carry = value >> 8
        }
        if carry > 0 { result.append(UInt8(carry)) }
        return result.reversed()
    }

    static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var borrow = 0
        for index in left.indices.reversed() {
            let value = Int(left[index]) - Int(right[index]) - borrow
            result.append(UInt8(value & 0xFF))
            borrow = value < 0 ? 1 : 0
        }
        return Array(result.reversed().drop { $0 == 0 })
    }
}
