import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

struct PolicyTests {
    static let first = Array(TestKeys.firstPublicPEM.utf8)
    static let second = Array(TestKeys.secondPublicPEM.utf8)

    @Test func takesEveryPublicKeyOfASecretInOrder() throws {
        let policy = try TrustPolicy(
            secret: "keys",
            data: ["z.pub": Self.first, "cosign.pub": Self.second, "cosign.key": [1], "pub": [2]]
        )
        #expect(policy.keys.map(\.name) == ["cosign.pub", "z.pub"])
        #expect(policy.keys.map(\.key.fingerprint).last == (try TestKeys.first().publicKey.fingerprint))
    }

    static let badSecrets: [(String, [String: [UInt8]], TrustError.Code, String)] = [
        ("empty", [:], .noKeys, "The Secret 'keys' has no cosign public key"),
        ("the private key only", ["cosign.key": [1]], .noKeys, "a name that ends in .pub"),
        ("one entry broken beside a good one", ["a.pub": first, "b.pub": []], .invalidKey, "The entry 'b.pub'"),
        (
            "a private key under a public name", ["cosign.pub": Array(TestKeys.firstPEM.utf8)], .invalidKey,
            "is a private key"
        ),
        ("binary", ["cosign.pub": [0xFF, 0x00]], .invalidKey, "not text"),
        (
            "more than are tried", Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0).pub", first) }),
            .tooManyKeys,
            "65 public keys"
        ),
    ]

    @Test(arguments: badSecrets)
    func namesWhatIsWrongWithASecret(
        why: String,
        data: [String: [UInt8]],
        code: TrustError.Code,
        says: String
    ) throws {
        let error = try #require(throws: TrustError.self, "\(why)") { try TrustPolicy(secret: "keys", data: data) }
        #expect(error.code == code)
        #expect(error.kind == .terminal)
        #expect(error.description.contains(says), "\(error)")
        #expect(!error.description.contains("MIGH"))
    }

    @Test func fingerprintFollowsTrustAlone() throws {
        let app = try Repository(parsing: "registry.test/acme/app")
        func policy(_ data: [String: [UInt8]], _ repositories: Set<Repository>? = nil) throws -> String {
            try TrustPolicy(secret: "keys", data: data, requirements: TrustRequirements(signedFor: repositories))
                .fingerprint
        }
        let both = try policy(["a.pub": Self.first, "b.pub": Self.second])
        #expect(try policy(["b.pub": Self.first, "a.pub": Self.second]) == both, "names and order do not matter")
        #expect(
            try policy(["a.pub": Self.first, "b.pub": Self.second, "c.pub": Self.second]) == both,
            "nor repetition"
        )
        #expect(
            try policy([
                "a.pub": Array(TestKeys.firstPublicPEM.replacing("\n", with: "\r\n").utf8), "b.pub": Self.second,
            ])
                == both,
            "nor layout"
        )
        let others = [
            both, try policy(["a.pub": Self.first]), try policy(["a.pub": Self.second]),
            try policy(["a.pub": Self.first], [app]), try policy(["a.pub": Self.first], []),
        ]
        #expect(Set(others).count == others.count)
    }

    @Test func pinningNoRepositoryRefusesAll() async throws {
        let key = try TestKeys.first()
        let verdict = try await SignedRevision.signed(by: key).verdict(policy(("cosign.pub", key), pinning: []))
        #expect(!verdict.isVerified)
    }
}
