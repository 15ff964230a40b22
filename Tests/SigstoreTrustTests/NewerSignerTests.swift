import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import SigstoreTrust

/// What signers and instances other than the one of the other tests make: it has to pass, or be refused for what it is.
struct NewerSignerTests {
    /// Bends a good scene into another one that says what it is.
    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        /// Part of the refusal; nil where it has to pass.
        let says: String?
        let change: @Sendable (inout KeylessScene) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            says: String? = nil,
            _ change: @escaping @Sendable (inout KeylessScene) throws -> Void
        ) {
            (self.why, self.says, self.change) = (why, says, change)
        }
    }

    private func check(_ one: Case) throws {
        var scene = try KeylessScene()
        try one.change(&scene)
        guard let says = one.says else {
            #expect(throws: Never.self, "\(one.why)") { try scene.signer() }
            return
        }
        let problem = #expect(throws: SigstoreProblem.self, "\(one.why)") { try scene.signer() }
        #expect(problem?.reason.contains(says) == true, "\(one.why): \(problem?.reason ?? "")")
    }

    private static func typed(_ why: String, _ suffix: String, says: String? = nil) -> Case {
        Case(why, says: says) { $0.bundle.mediaType = "application/vnd.dev.sigstore.bundle\(suffix)" }
    }

    static let versions: [Case] = [
        typed("a patch of the version", ".v0.3.1+json"),
        typed("a patch of two digits", ".v0.3.12+json"),
        typed("a later minor version", ".v0.4+json", says: "which is no known bundle"),
        typed("a later major version", ".v1+json", says: "which is no known bundle"),
        typed("a later minor version, as of old", "+json;version=0.4", says: "which is no known bundle"),
        typed("an empty patch", ".v0.3.+json", says: "which is no known bundle"),
        typed("a pre-release", ".v0.3.1-rc1+json", says: "which is no known bundle"),
        typed("a patch that is no number", ".v0.3.\u{661}+json", says: "which is no known bundle"),
    ]

    @Test(arguments: versions) func mediaTypes(one: Case) throws { try check(one) }

    /// A bundle that cannot be read has to be seen as one, so that its refusal is told.
    @Test func unknownVersionsAreBundlesToo() {
        for suffix in [".v0.3+json", ".v0.3.1+json", ".v0.4+json", ".v1+json", "+json;version=0.9"] {
            #expect(SigstoreBundle.isBundle("application/vnd.dev.sigstore.bundle\(suffix)"), "\(suffix)")
        }
        for other in ["application/vnd.dev.sigstore.bundles+json", "application/vnd.dev.sigstore.trustedroot+json"] {
            #expect(!SigstoreBundle.isBundle(other), "\(other)")
        }
    }

    // MARK: - Several logs

    /// The same signature logged in tiles too.
    private static func tiledEntry(_ scene: KeylessScene) throws -> TestLogEntry {
        try scene.mill.bundle(KeylessScene.statement, logging: .tiledEnvelope, certificate: scene.bundle.certificate)
            .entries[0]
    }

    static let logs: [Case] = [
        Case("logged in both kinds of logs") { scene in
            // The signature of the second is another one, unless keys sign the same each time.
            scene.mill.signer = try TestKeyPair("a signer without chance", .ed25519)
            scene.bundle = try scene.mill.bundle(KeylessScene.statement)
            scene.bundle.entries.append(try tiledEntry(scene))
        },
        Case("logged in a log that nobody here knows, too") { scene in
            var other = try SigstoreMill("another mill")
            other.signer = scene.mill.signer
            scene.bundle.entries.append(
                try other.bundle(KeylessScene.statement, certificate: scene.bundle.certificate).entries[0]
            )
        },
        Case("only the entry in tiles is about another signature", says: "about another signature") { scene in
            scene.mill.signer = try TestKeyPair("a signer without chance", .ed25519)
            scene.bundle = try scene.mill.bundle(KeylessScene.statement)
            var other = scene
            other.mill.signer = try TestKeyPair("somebody else", .ed25519)
            scene.bundle.entries.append(try tiledEntry(other))
        },
    ]

    @Test(arguments: logs) func severalLogs(one: Case) throws { try check(one) }

    // MARK: - Chains and their keys

    /// Certificates issued anew below authorities of other keys, with `count` of them between root and leaf.
    private static func chain(_ kinds: [TestKeyPair.Kind], held: Int = .max)
        -> @Sendable (inout KeylessScene) throws -> Void
    {
        { scene in
            scene.mill.root = try .root("fulcio root \(kinds)", key: kinds.last ?? .p256)
            var authorities = [scene.mill.root]
            for (index, kind) in kinds.dropLast().reversed().enumerated() {
                authorities.append(
                    try authorities[authorities.count - 1].intermediate("fulcio \(index) \(kinds)", key: kind) {
                        $0.extensions.append(.purposes([KeyPurpose.codeSigning]))
                    }
                )
            }
            scene.mill.authority = authorities[authorities.count - 1]
            scene.bundle = try scene.mill.bundle(KeylessScene.statement)
            let listed = authorities.reversed().suffix(held)
            scene.editAuthority {
                $0["certChain"] = ["certificates": .list(listed.map { ["rawBytes": .string(Base64.encode($0.der))] })]
            }
        }
    }

    static let chains: [Case] = [
        Case("no authority between", chain([.p256])),
        Case("one between, all on P-384 as in the public instance", chain([.p384, .p384])),
        Case("two between, of three kinds", chain([.p521, .rsa, .ed25519])),
        Case(
            "two between, and the root does not list them",
            says: "not among the trusted roots",
            chain([.p256, .p384, .p521], held: 1)
        ),
    ]

    @Test(arguments: chains) func chainsOfEveryLength(one: Case) throws { try check(one) }

    // MARK: - Logs of certificates

    /// A certificate with these timestamps, made for its TBSCertificate.
    private static func stamped(
        _ make: @escaping @Sendable (SigstoreMill, [UInt8]) throws -> [[UInt8]]
    ) -> @Sendable (inout KeylessScene) throws -> Void {
        { scene in
            let mill = scene.mill
            var plan = TestCertificate.leaf(.empty, key: mill.signer, names: [SigstoreMill.Identity().name])
            plan.notBefore = SigstoreMill.time - 60
            plan.notAfter = SigstoreMill.time + 540
            plan.extensions.append(TestExtension("1.3.6.1.4.1.57264.1.8", DERWriter.utf8("https://issuer.test")))
            let tbs = try Certificate(der: mill.authority.issue(plan)).tbsBytes
            let list = SigstoreMill.list(try make(mill, tbs))
            plan.extensions.append(TestExtension("1.3.6.1.4.1.11129.2.4.2", DERWriter.octets(list)))
            scene.bundle = try mill.bundle(KeylessScene.statement, certificate: try mill.authority.issue(plan))
        }
    }

    private static func good(_ mill: SigstoreMill, _ tbs: [UInt8]) throws -> [UInt8] {
        try mill.timestamp(tbs, at: SigstoreMill.time)
    }

    private static func foreign(_ mill: SigstoreMill, _ tbs: [UInt8]) throws -> [UInt8] {
        try mill.timestamp(tbs, at: SigstoreMill.time, by: TestKeyPair("a log that nobody here knows"))
    }

    static let timestamps: [Case] = [
        Case("an unknown log's before the known one's", stamped { [try foreign($0, $1), try good($0, $1)] }),
        Case("an unknown log's behind the known one's", stamped { [try good($0, $1), try foreign($0, $1)] }),
        Case("one of a version to come before the known one", stamped { [[1, 2, 3], try good($0, $1)] }),
        Case(
            "one by an algorithm to come before the known one",
            stamped { mill, tbs in
                var other = try good(mill, tbs)
                other[44] = 9
                return [other, try good(mill, tbs)]
            }
        ),
        Case(
            "an unknown log's alone",
            says: "of no log that the trusted root names",
            stamped { [try foreign($0, $1)] }
        ),
        Case(
            "a version to come alone",
            says: "of no log that the trusted root names",
            stamped { _, _ in [[1, 2, 3]] }
        ),
        Case("none in the list", says: "is malformed", stamped { _, _ in [] }),
        Case("of other bytes", says: "timestamp is false", stamped { [try good($0, $1 + [0])] }),
        Case(
            "seventeen of them",
            says: "is malformed",
            stamped { mill, tbs in
                try (0..<17).map { _ in try good(mill, tbs) }
            }
        ),
    ]

    @Test(arguments: timestamps) func timestampsOfSeveralLogs(one: Case) throws { try check(one) }

    // MARK: - What is empty or said otherwise

    private static func edited(_ why: String, says: String? = nil, _ edit: @escaping @Sendable (inout Tree) -> Void)
        -> Case
    {
        Case(why, says: says) { $0.bundle.edit = edit }
    }

    static let documents: [Case] = [
        edited("no timestamps in the place for them") {
            $0["verificationMaterial"]?["timestampVerificationData"] = [:]
        },
        edited("an empty list of timestamps") {
            $0["verificationMaterial"]?["timestampVerificationData"] = ["rfc3161Timestamps": []]
        },
        edited("an empty timestamp", says: "has no signedTimestamp") {
            $0["verificationMaterial"]?["timestampVerificationData"] = ["rfc3161Timestamps": [["signedTimestamp": ""]]]
        },
        edited("a member that a newer version may add", says: "has the unknown member \"newer\"") {
            $0["verificationMaterial"]?["newer"] = true
        },
        edited("a member that a newer version may add at the top", says: "has the unknown member \"newer\"") {
            $0["newer"] = []
        },
        edited("two signatures in one envelope", says: "has 2 elements, more than 1") { tree in
            let one = tree["dsseEnvelope"]?["signatures"]?.list?.first ?? .null
            tree["dsseEnvelope"]?["signatures"] = [one, one]
        },
    ]

    @Test(arguments: documents) func spellings(one: Case) throws { try check(one) }
}
