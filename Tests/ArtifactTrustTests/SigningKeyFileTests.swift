import ArtifactTrust
import CoreModel
import SignatureCrypto
import Testing

/// Private keys in cosign's form that somebody has bent; the real form is tested with the real cosign.
struct SigningKeyFileTests {
    /// As `cosign generate-key-pair` writes it, with a box that no password opens.
    static let sealed = """
        {"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},\
        "salt":"lXale9Gxzoom/hdIhqaBVsZP2c4Y6WS6hrOvRcKXkJk="},\
        "cipher":{"name":"nacl/secretbox","nonce":"XL/oTw5Wij8yWDMXct44cNrl3rhytBF/"},\
        "ciphertext":"y08nXxAlm5xzHaAEFj6PSNOWm0Vvt2Tm"}
        """

    struct Bend: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let change: @Sendable (String) -> String
        var testDescription: String { why }

        init(_ why: String, says: String, _ change: @escaping @Sendable (String) -> String) {
            self.why = why
            self.says = says
            self.change = change
        }
    }

    static let bends: [Bend] = [
        Bend("a cost that takes a gigabyte", says: "takes more than 256 MiB") {
            $0.replacing("\"N\":65536", with: "\"N\":1048576")
        },
        Bend("a cost beyond all numbers", says: "kdf.params.N is not an integer") {
            $0.replacing("\"N\":65536", with: "\"N\":99999999999999999999")
        },
        Bend("a cost that is no power of two", says: "N 65537") { $0.replacing("65536", with: "65537") },
        Bend("a negative cost", says: "N -65536") { $0.replacing("65536", with: "-65536") },
        Bend("a cost with a fraction", says: "is not an integer") { $0.replacing("65536", with: "65536.5") },
        Bend("a parallelization that takes hours", says: "p 1000000") {
            $0.replacing("\"p\":1", with: "\"p\":1000000")
        },
        Bend("no block size", says: "kdf.params has no r") { $0.replacing("\"r\":8,", with: "") },
        Bend("another derivation", says: "kdf.name is \"pbkdf2\"") { $0.replacing("scrypt", with: "pbkdf2") },
        Bend("another cipher", says: "cipher.name is \"none\"") { $0.replacing("nacl/secretbox", with: "none") },
        Bend("a nonce cut short", says: "a nonce of 8 bytes") {
            $0.replacing("XL/oTw5Wij8yWDMXct44cNrl3rhytBF/", with: "XL/oTw5Wij8=")
        },
        Bend("a box cut down to its tag", says: "is cut off") {
            $0.replacing("y08nXxAlm5xzHaAEFj6PSNOWm0Vvt2Tm", with: "y08nXxAlm5xzHaAEFj6PSA==")
        },
        Bend("a box that is empty", says: "is cut off") { $0.replacing("y08nXxAlm5xzHaAEFj6PSNOWm0Vvt2Tm", with: "") },
        Bend("a salt that is not base64", says: "kdf.salt is not base64") { $0.replacing("lXale", with: "*") },
        Bend("no salt", says: "a salt of 0 bytes") {
            $0.replacing("lXale9Gxzoom/hdIhqaBVsZP2c4Y6WS6hrOvRcKXkJk=", with: "")
        },
        Bend("a member twice", says: "is set twice") { $0.replacing("{\"kdf\"", with: "{\"kdf\":1,\"kdf\"") },
        Bend("a member that is unknown", says: "unknown member \"hint\"") {
            $0.replacing("{\"kdf\"", with: "{\"hint\":1,\"kdf\"")
        },
        Bend("no JSON", says: "is not one of cosign's") { _ in "canary" },
        Bend("a depth bomb", says: "is not one of cosign's") { _ in String(repeating: "[", count: 20_000) },
    ]

    @Test(arguments: bends)
    func refuses(bend: Bend) {
        let text = Self.pem(bend.change(Self.sealed))
        let error = #expect(throws: TrustError.self) { try SigningKeyFile(parsing: Redacted(text), name: "cosign.key") }
        #expect(error?.code == .invalidKey)
        #expect(error?.description.contains(bend.says) == true, "\(String(describing: error))")
        #expect(error?.description.hasPrefix("The key 'cosign.key' ") == true)
        #expect(error?.description.contains("canary") == false)
    }

    @Test func aBoxThatWasChangedDoesNotOpen() throws {
        let file = try SigningKeyFile(parsing: Redacted(Self.pem(Self.sealed)), name: "cosign.key")
        #expect(file.needsPassword)
        var shown = "\(file)"
        dump(file, to: &shown)
        #expect(!shown.contains("lXale") && !shown.contains("203"), "203 is the box's first byte")
        let error = #expect(throws: TrustError.self) { try file.open(password: SecretBytes("x"), name: "cosign.key") }
        #expect(error?.description.contains("give the password that belongs to it") == true)
    }

    @Test func aPlainKeyNeedsNoPassword() throws {
        let file = try SigningKeyFile(parsing: Redacted(TestKeys.firstPEM), name: "key.pem")
        #expect(!file.needsPassword)
        #expect(try file.open(password: nil, name: "key.pem").publicKey == TestKeys.first().publicKey)
        #expect(throws: TrustError.self) {
            try SigningKeyFile(parsing: Redacted(TestKeys.firstPublicPEM), name: "key.pub").open(
                password: nil,
                name: ""
            )
        }
    }

    static func pem(_ text: String) -> String {
        """
        -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
        \(Base64.encode(Array(text.utf8)))
        -----END ENCRYPTED SIGSTORE PRIVATE KEY-----
        """
    }
}
