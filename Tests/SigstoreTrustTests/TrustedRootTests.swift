import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import SigstoreTrust

struct TrustedRootTests {
    typealias Edit = @Sendable (inout Tree) throws -> Void

    /// Changes the first element of a list.
    private static func first(_ list: String, _ change: @escaping @Sendable (inout Tree) throws -> Void) -> Edit {
        { root in
            guard var elements = root[list]?.list, !elements.isEmpty else { return }
            try change(&elements[0])
            root[list] = .list(elements)
        }
    }

    static let refusals: [(String, String, Edit)] = [
        ("no media type", "has no mediaType", { $0["mediaType"] = nil }),
        (
            "an unknown version", "which is no known trusted root",
            {
                $0["mediaType"] = "application/vnd.dev.sigstore.trustedroot.v0.9+json"
            }
        ),
        (
            "another document", "which is no known trusted root",
            {
                $0["mediaType"] = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
            }
        ),
        ("an unknown member", "unknown member \"revocations\"", { $0["revocations"] = [] }),
        (
            "an unknown member of a log", "tlogs[0] has the unknown member \"scope\"",
            first("tlogs") {
                $0["scope"] = "acme"
            }
        ),
        (
            "a member under two names", "has the member baseUrl under two names",
            first("tlogs") {
                $0["base_url"] = "https://evil.test"
            }
        ),
        ("a log without an identifier", "tlogs[0] has no logId", first("tlogs") { $0["logId"] = nil }),
        ("a log without a key", "has no rawBytes", first("tlogs") { $0["publicKey"]?["rawBytes"] = nil }),
        ("a key that is not base64", "rawBytes is not base64", first("tlogs") { $0["publicKey"]?["rawBytes"] = "*" }),
        (
            "a time that is none", "start is not a time",
            first("tlogs") {
                $0["publicKey"]?["validFor"] = ["start": "yesterday"]
            }
        ),
        (
            "two logs of one identifier", "has the logId of another",
            { root in
                root["tlogs"] = .list((root["tlogs"]?.list ?? []) + (root["tlogs"]?.list ?? []))
            }
        ),
        (
            "an authority without certificates", "has no certificates",
            first("certificateAuthorities") {
                $0["certChain"] = [:]
            }
        ),
        ("a list that is a map", "tlogs is not a list", { $0["tlogs"] = [:] }),
        (
            "a hundred and one logs", "has 101 elements, more than 100",
            { root in
                let one = root["tlogs"]?.list?.first ?? .null
                root["tlogs"] = .list(Array(repeating: one, count: 101))
            }
        ),
        (
            "nothing in it", "names no log and no authority",
            { root in
                for list in ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"] { root[list] = nil }
            }
        ),
    ]

    @Test(arguments: refusals)
    func refuses(why: String, says: String, edit: Edit) throws {
        var root = try SigstoreMill().trustedRoot()
        try edit(&root)
        let bytes = root.jsonBytes()
        let error = try #require(throws: SigstoreError.self, "\(why)") { try TrustedRoot(parsing: bytes) }
        #expect(error.code == .invalidRoot)
        #expect(error.message.contains(says), "\(why): \(error)")
    }

    static let documents: [(String, [UInt8])] = [
        ("nothing", []), ("a web page", Array("<html></html>".utf8)), ("a list", Array("[]".utf8)),
        ("a member twice", Array("{\"mediaType\":\"a\",\"mediaType\":\"b\"}".utf8)),
        ("a depth bomb", [UInt8](repeating: UInt8(ascii: "["), count: 100_000)),
        ("more than is read", [UInt8](repeating: 0x20, count: (1 << 20) + 1)),
    ]

    @Test(arguments: documents)
    func refusesWhatIsNoRoot(why: String, bytes: [UInt8]) {
        #expect(throws: SigstoreError.self, "\(why)") { try TrustedRoot(parsing: bytes) }
    }

    /// A newer root names newer logs beside those that are known; the known ones go on working.
    static let newer: [(String, String, Edit)] = [
        ("a key of a newer kind", "ML_DSA_65", first("tlogs") { $0["publicKey"]?["keyDetails"] = "ML_DSA_65" }),
        ("a key of a kind by its number", "ML_DSA_65", first("tlogs") { $0["publicKey"]?["keyDetails"] = 21 }),
        ("a key of no kind", "which is not supported", first("tlogs") { $0["publicKey"]?["keyDetails"] = nil }),
        (
            "a key that is not of its kind", "it says that it is of the kind PKIX_ED25519",
            first("tlogs") {
                $0["publicKey"]?["keyDetails"] = "PKIX_ED25519"
            }
        ),
        ("a key that is none", "its key cannot be used", first("tlogs") { $0["publicKey"]?["rawBytes"] = "MAA=" }),
        ("a newer hash", "it hashes with \"SHA3_256\"", first("tlogs") { $0["hashAlgorithm"] = "SHA3_256" }),
        (
            "an authority whose certificate cannot be read", "its certificate cannot be used",
            first("certificateAuthorities") {
                $0["certChain"] = ["certificates": [["rawBytes": "MAA="]]]
            }
        ),
    ]

    @Test(arguments: newer)
    func setsAsideWhatItCannotUse(why: String, says: String, edit: Edit) throws {
        var tree = try SigstoreMill().trustedRoot()
        try edit(&tree)
        let root = try TrustedRoot(parsing: tree.jsonBytes())
        #expect(root.unusable.count == 1, "\(why)")
        #expect(root.unusable.first?.contains(says) == true, "\(why): \(root.unusable)")
        #expect(root.signatureLogs.count + root.certificateAuthorities.count == 2)
    }

    static let kinds: [(TestKeyPair.Kind, String)] = [
        (.p256, "PKIX_ECDSA_P256_SHA_256"), (.p384, "PKIX_ECDSA_P384_SHA_384"), (.p384, "PKIX_ECDSA_P384_SHA_256"),
        (.p521, "PKIX_ECDSA_P521_SHA_512"), (.ed25519, "PKIX_ED25519"), (.rsa, "PKIX_RSA_PKCS1V15_2048_SHA256"),
        (.rsa, "PKIX_RSA_PSS_2048_SHA256"),
    ]

    @Test(arguments: kinds)
    func takesEveryKindOfKey(kind: TestKeyPair.Kind, details: String) throws {
        let key = try TestKeyPair("a log of another kind", kind)
        let log = try LogKey(key.publicInfo, details: details)
        let message = Array("a message".utf8)
        let signature = try key.signing.sign(message, scheme: log.scheme)
        #expect(try log.verify(signature, of: message))
        #expect(try !log.verify(signature, of: [1]))
    }

    @Test func readsEveryPart() throws {
        let mill = try SigstoreMill()
        var tree = try mill.trustedRoot()
        let root = try TrustedRoot(parsing: tree.jsonBytes())
        #expect(root.unusable.isEmpty)
        #expect(root.signatureLogs.count == 2)
        #expect(root.signatureLogs[mill.log.key.identifier]?.host == mill.log.host)
        #expect(root.certificateLogs.count == 1)
        #expect(root.certificateAuthorities.first?.root.der == mill.root.der)
        #expect(root.timestampAuthorities.first?.intermediates.map(\.der) == [mill.timestamper.certificate])
        tree["mediaType"] = "application/vnd.dev.sigstore.trustedroot.v0.2+json"
        let newer = try TrustedRoot(parsing: tree.jsonBytes())
        #expect(newer.fingerprint != root.fingerprint)
        #expect(try TrustedRoot(parsing: tree.jsonBytes(sortedKeys: true)) == newer)
    }

    static let hosts: [(String, String)] = [
        ("https://rekor.sigstore.dev", "rekor.sigstore.dev"), ("https://rekor.test:8443/path?x#y", "rekor.test"),
        ("http://user@rekor.test/", "rekor.test"), ("rekor.test", "rekor.test"), ("https://[::1]:80/", "::1"), ("", ""),
    ]

    @Test(arguments: hosts)
    func logsAreCalledByTheirHost(url: String, host: String) throws {
        let key = LogKey(key: try TestKeyPair("log").publicKey, scheme: .ecdsa(.sha256))
        #expect(TransparencyLog(baseURL: url, id: [], key: key, window: .always).host == host)
    }
}
