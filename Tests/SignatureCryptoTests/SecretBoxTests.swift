import CoreModel
import SignatureCrypto
import Testing

/// NaCl's own vector for crypto_secretbox (tests/secretbox.c), and what an attacker makes of it.
struct SecretBoxTests {
    static let key = Hex.decode("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389") ?? []
    static let nonce = Hex.decode("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37") ?? []
    static let message =
        "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129"
        + "6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
        + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"
    static let box =
        Hex.decode(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a"
                + "c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
                + "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74"
                + "e355a5"
        ) ?? []

    @Test func opensThePublishedBox() throws {
        let opened = try #require(try Self.open(Self.box))
        #expect(opened == Self.message)
    }

    @Test func anyChangedByteClosesIt() throws {
        for index in Self.box.indices {
            var bent = Self.box
            bent[index] ^= 0x80
            #expect(try Self.open(bent) == nil, "byte \(index)")
        }
        #expect(try Self.open(Self.box + [0]) == nil, "a byte more")
        #expect(try Self.open(Array(Self.box.dropLast())) == nil, "a byte less")
    }

    @Test func anotherKeyOrNonceClosesIt() throws {
        var key = Self.key
        key[31] ^= 1
        #expect(try Self.open(Self.box, key: key) == nil)
        #expect(try Self.open(Self.box, key: Array(Self.key.dropLast())) == nil, "a key cut short")
        for index in [0, 15, 16, 23] {
            var nonce = Self.nonce
            nonce[index] ^= 1
            #expect(try Self.open(Self.box, nonce: nonce) == nil, "byte \(index) of the nonce")
        }
    }

    static let malformed: [(String, [UInt8], [UInt8])] = [
        ("no nonce", [], box), ("a nonce of Salsa20", Array(nonce.prefix(8)), box),
        ("a nonce too long", nonce + [0], box),
        ("nothing in the box", nonce, []), ("a tag cut short", nonce, Array(box.prefix(15))),
        ("a tag alone", nonce, Array(box.prefix(16))),
    ]

    @Test(arguments: malformed)
    func refusesWhatIsNoBox(why: String, nonce: [UInt8], box: [UInt8]) {
        let error = #expect(throws: CryptoError.self, "\(why)") { try SecretBox(nonce: nonce, box: box) }
        #expect(error?.code == .invalidKey)
    }

    static func open(_ box: [UInt8], key: [UInt8] = key, nonce: [UInt8] = nonce) throws -> String? {
        var key = key
        return try SecretBox(nonce: nonce, box: box).open(key: SecretBytes(taking: &key))
            .map { unsafe $0.withBytes { unsafe Hex.encode(Array($0)) } }
    }
}

struct ScryptTests {
    @Test func derivesThePublishedKey() throws {
        // RFC 7914 section 12, the third vector.
        let scrypt = try Scrypt(cost: 16_384, blockSize: 8, parallelization: 1, salt: Array("SodiumChloride".utf8))
        let key = try scrypt.key(from: SecretBytes("pleaseletmein"), count: 64)
        #expect(
            unsafe key.withBytes { unsafe Hex.encode(Array($0)) }
                == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        )
    }

    @Test func theEmptyPasswordIsOne() throws {
        let scrypt = try Scrypt(cost: 16, blockSize: 1, parallelization: 1, salt: Array("a salt of ours".utf8))
        #expect(try scrypt.key(from: SecretBytes(""), count: 32).count == 32)
    }

    static let parameters: [(String, Int64, Int64, Int64, Int)] = [
        ("more memory than is given", 1 << 19, 8, 1, 32), ("the largest numbers", .max, .max, .max, 32),
        ("a product that overflows", 1 << 27, 1 << 28, 1, 32), ("no power of two", 65_535, 8, 1, 32),
        ("N of one", 1, 8, 1, 32), ("N of nothing", 0, 8, 1, 32), ("N negative", -65_536, 8, 1, 32),
        ("the smallest N", .min, 8, 1, 32), ("r of nothing", 65_536, 0, 1, 32), ("r negative", 65_536, -8, 1, 32),
        ("p of nothing", 65_536, 8, 0, 32), ("p that takes hours", 65_536, 8, 1 << 20, 32),
        ("no salt", 65_536, 8, 1, 0), ("a salt of a megabyte", 65_536, 8, 1, 1 << 20),
    ]

    @Test(arguments: parameters)
    func refusesParameters(why: String, cost: Int64, blockSize: Int64, parallelization: Int64, salt: Int) {
        let error = #expect(throws: CryptoError.self, "\(why)") {
            try Scrypt(
                cost: cost,
                blockSize: blockSize,
                parallelization: parallelization,
                salt: [UInt8](repeating: 1, count: salt)
            )
        }
        #expect(error?.code == .invalidKey)
    }
}

struct SecretBytesTests {
    @Test func takesBytesAwayAndShowsNone() {
        var bytes = Array("canary".utf8)
        let secret = SecretBytes(taking: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.count == 6)
        var dumped = "\(secret)"
        dump(secret, to: &dumped)
        #expect(!dumped.contains("canary") && !dumped.contains("99"), "99 is the first byte")
        #expect(unsafe secret.withBytes { unsafe Array($0) } == Array("canary".utf8))
    }
}
