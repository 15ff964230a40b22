import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import UpdateFramework

@Suite struct CanonicalFormTests {
    static let forms: [(String, String, String?)] = [
        ("no white space", #"{ "a" : [ 1 , 2 ] }"#, #"{"a":[1,2]}"#),
        ("keys by their bytes", #"{"b":1,"a":2,"B":3,"ä":4,"aa":5}"#, #"{"B":3,"a":2,"aa":5,"b":1,"ä":4}"#),
        ("only quotes and backslashes escaped", #"{"k":"\"\\\/\u00e9"}"#, #"{"k":"\"\\/é"}"#),
        ("control characters as they are", #""a\nb\tc\u0001""#, "\"a\nb\tc\u{1}\""),
        ("words", "[true,false,null]", "[true,false,null]"),
        ("negative numbers", "[-1,0,12345678901234567890]", "[-1,0,12345678901234567890]"),
        ("no fraction", "[1.0]", nil), ("no exponent", "[1e3]", nil), ("no negative zero", "[-0]", nil),
        ("nothing in them", #"{"a":{},"b":[]}"#, #"{"a":{},"b":[]}"#),
    ]

    @Test(arguments: forms)
    func isOLPCs(why: String, text: String, expected: String?) throws {
        let bytes = CanonicalJSON.encode(try JSONReader.parse(text))
        #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == expected, "\(why)")
    }

    private static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg37dsxyCAUOasJD80
        2V8cS4tqFcY2sYszWtvlsVcxoAWhRANCAAS93rxnVFxg4HY0ngMRiz46xxjxSbAV
        uiXbk2gALBIh71NBUvWpxXWZCW55GEpIPvLIfQ1lv3NY+e1PL6qwoYXm
        -----END PRIVATE KEY-----
        """
    private static let p256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvd68Z1RcYOB2NJ4DEYs+OscY8Umw
        Fbol25NoACwSIe9TQVL1qcV1mQlueRhKSD7yyH0NZb9zWPntTy+qsKGF5g==
        -----END PUBLIC KEY-----

        """
    private static let p256Point =
        "04bddebc67545c60e076349e03118b3e3ac718f149b015ba25db9368002c1221ef"
        + "534152f5a9c57599096e79184a483ef2c87d0d65bf7358f9ed4f2faab0a185e6"

    static let writings: [(String, String, String, String, Bool)] = [
        ("as the specification has it", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", p256Public, true),
        ("as Sigstore's signers write it", "ecdsa", "ecdsa-sha2-nistp256", p256Public, true),
        ("as Sigstore's first roots wrote it", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", p256Point, true),
        ("a scheme of another curve", "ecdsa", "ecdsa-sha2-nistp384", p256Public, false),
        ("a kind of another scheme", "rsa", "ecdsa-sha2-nistp256", p256Public, false),
        ("a scheme of another kind", "ecdsa", "ed25519", p256Public, false),
        ("half a point", "ecdsa", "ecdsa-sha2-nistp256", String(p256Point.prefix(66)), false),
        ("no key", "ecdsa", "ecdsa-sha2-nistp256", "", false),
    ]

    @Test(arguments: writings)
    func keysAreReadAsTheyWereEverWritten(why: String, type: String, scheme: String, value: String, isGood: Bool) throws
    {
        let signing = try SigningKey(pem: Redacted(Self.p256))
        let fields: Tree = [
            "keytype": .string(type), "scheme": .string(scheme), "keyval": ["public": .string(value)],
        ]
        let key = try FrameworkKey(MetadataFields(fields, "key", in: "root.json"))
        let message = Array("message".utf8)
        let signature = try signing.sign(message, scheme: .ecdsa(.sha256))
        #expect(try key.verify(signature, of: message) == isGood, "\(why)")
        #expect((key.fingerprint == signing.publicKey.fingerprint) == isGood, "\(why)")
    }
}
