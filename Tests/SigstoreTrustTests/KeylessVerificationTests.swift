import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import SigstoreTrust

/// What a good bundle proves.
struct KeylessVerificationTests {
    static let versions: [(String, String)] = [
        ("0.3", "application/vnd.dev.sigstore.bundle.v0.3+json"),
        ("0.3, as it was written first", "application/vnd.dev.sigstore.bundle+json;version=0.3"),
        ("0.2", "application/vnd.dev.sigstore.bundle+json;version=0.2"),
        ("0.1", "application/vnd.dev.sigstore.bundle+json;version=0.1"),
    ]

    @Test(arguments: versions, [SigstoreMill.Logging.envelope, .statement])
    func provesTheSigner(version: (String, String), logging: SigstoreMill.Logging) throws {
        var scene = try KeylessScene(logging)
        scene.bundle.mediaType = version.1
        let signer = try scene.signer()
        #expect(signer.identity.issuer == "https://token.actions.githubusercontent.com")
        #expect(signer.identity.subject == SigstoreMill.Identity.subject)
        #expect(signer.times.map(\.seconds) == [SigstoreMill.time])
        #expect(signer.times.map(\.witness) == [.log("https://rekor.mill.test")])
        #expect(signer.isLogged)
    }

    @Test(arguments: [SigstoreMill.Logging.tiledRecord, .tiledEnvelope])
    func provesTheSignerByTilesAndATimestamp(logging: SigstoreMill.Logging) throws {
        var scene = try KeylessScene(logging)
        scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature, at: SigstoreMill.time + 2)]
        scene.rules.requiresTimestamp = true
        let signer = try scene.signer()
        #expect(signer.times == [SigningTime(seconds: SigstoreMill.time + 2, witness: .timestampAuthority)])
        #expect(signer.isLogged)
    }

    @Test func aTimestampAloneIsEnoughWhereNoLogIsAskedFor() throws {
        var scene = try KeylessScene(.none)
        scene.bundle.timestamps = [
            try SigstoreMill("another mill").stamp(scene.bundle.signature),
            try scene.mill.stamp(scene.bundle.signature),
        ]
        scene.rules.requiresLog = false
        #expect(try !scene.signer().isLogged)
    }

    static let old: [(String, @Sendable (inout KeylessScene) -> Void)] = [
        (
            "a chain with the authority in it",
            { scene in
                let (authority, leaf) = (scene.mill.authority.der, scene.bundle.certificate ?? [])
                scene.bundle.edit = {
                    $0["verificationMaterial"]?["certificate"] = nil
                    $0["verificationMaterial"]?["x509CertificateChain"] = [
                        "certificates": [
                            ["rawBytes": .string(Base64.encode(leaf))],
                            ["rawBytes": .string(Base64.encode(authority))],
                        ]
                    ]
                }
            }
        ),
        ("no inclusion proof", { $0.bundle.entries[0].hasProof = false }),
    ]

    @Test(arguments: old)
    func takesWhatVersion1Allows(why: String, change: @Sendable (inout KeylessScene) -> Void) throws {
        var scene = try KeylessScene()
        change(&scene)
        #expect(throws: SigstoreProblem.self, "not in version 0.3: \(why)") { try scene.signer() }
        scene.bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
        #expect(throws: Never.self, "\(why)") { try scene.signer() }
    }

    static let spellings: [(String, @Sendable (inout Tree) -> Void)] = [
        (
            "integers as numbers",
            { tree in
                let numbered = numbered(tree)
                tree["verificationMaterial"]?["tlogEntries"] = numbered
            }
        ),
        (
            "names as in the .proto file",
            { tree in
                tree["verification_material"] = tree["verificationMaterial"]
                tree["verificationMaterial"] = nil
                tree["dsse_envelope"] = tree["dsseEnvelope"]
                tree["dsseEnvelope"] = nil
            }
        ),
        (
            "base64 of the other alphabet without padding",
            { tree in
                let text = tree["dsseEnvelope"]?["payload"]?.string ?? ""
                let other = text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
                tree["dsseEnvelope"]?["payload"] = .string(other)
            }
        ),
        ("null for what is not there", { $0["messageSignature"] = .null }),
        (
            "a key's name in the envelope",
            { tree in
                let signature = tree["dsseEnvelope"]?["signatures"]?.list?.first?["sig"] ?? .null
                tree["dsseEnvelope"]?["signatures"] = [["sig": signature, "keyid": "a name"]]
            }
        ),
    ]

    @Test(arguments: spellings)
    func takesEverySpellingOfProtobufsJSON(why: String, edit: @escaping @Sendable (inout Tree) -> Void) throws {
        var scene = try KeylessScene()
        scene.bundle.edit = edit
        #expect(throws: Never.self, "\(why)") { try scene.signer() }
    }

    private static func numbered(_ bundle: Tree) -> Tree? {
        guard var entry = bundle["verificationMaterial"]?["tlogEntries"]?.list?.first else { return nil }
        for key in ["logIndex", "integratedTime"] {
            entry[key] = .number(Tree.Number(Int(entry[key]?.string ?? "") ?? 0))
        }
        return [entry]
    }

    @Test func subjectsOfEveryForm() throws {
        let names: [([UInt8], String)] = [
            (TestGeneralName.email("jane@acme.test"), "jane@acme.test"),
            (TestGeneralName.uri("spiffe://acme.test/ci"), "spiffe://acme.test/ci"),
            (TestGeneralName.other("1.3.6.1.4.1.57264.1.7", DERWriter.utf8("jane!acme.test")), "jane!acme.test"),
        ]
        for (name, subject) in names {
            var scene = try KeylessScene()
            var identity = SigstoreMill.Identity()
            identity.name = name
            try scene.recertify(identity) { _ in }
            #expect(try scene.signer().identity.subject == subject)
        }
    }

    @Test func otherClaimsAreRead() throws {
        var scene = try KeylessScene()
        var identity = SigstoreMill.Identity()
        identity.extensions = [
            TestExtension("1.3.6.1.4.1.57264.1.2", Array("push".utf8)),
            TestExtension("1.3.6.1.4.1.57264.1.12", DERWriter.utf8("https://github.com/acme/app")),
            TestExtension("1.3.6.1.4.1.57264.1.99", DERWriter.utf8("something newer")),
        ]
        try scene.recertify(identity) { _ in }
        let claims = try scene.signer().identity.claims
        #expect(claims == [.githubWorkflowTrigger: "push", .sourceRepositoryURI: "https://github.com/acme/app"])
    }

    @Test(arguments: TestKeyPair.Kind.allCases)
    func signersAndLogsMayHaveKeysOfEveryKind(kind: TestKeyPair.Kind) throws {
        for logging in SigstoreMill.Logging.allCases where logging != .none {
            var scene = try KeylessScene()
            scene.mill.signer = try TestKeyPair("a signer of another kind", kind)
            let (key, host) = (try TestKeyPair("a log of another kind", kind), scene.mill.log.host)
            if logging == .tiledRecord || logging == .tiledEnvelope {
                scene.mill.tiledLog = TestSignatureLog(host: host, key: key, isTiled: true)
            } else {
                scene.mill.log = TestSignatureLog(host: host, key: key, isTiled: false)
            }
            scene.bundle = try scene.mill.bundle(KeylessScene.statement, logging: logging)
            scene.bundle.timestamps = [try scene.mill.stamp(scene.bundle.signature)]
            scene.root = try scene.mill.trustedRoot()
            #expect(throws: Never.self, "\(logging)") { try scene.signer() }
        }
    }

    /// Attestations of old are logged by the digest of the whole envelope, and stamped as a whole.
    @Test func envelopesThatStandAloneAreBoundAsAWhole() throws {
        let scene = try KeylessScene()
        let stored = Array("the envelope as it was stored".utf8)
        var content = try SigstoreBundle(parsing: scene.bundle.bytes()).signedContent
        content.envelopeBytes = stored
        let body = TestLogBody.oldStatement(
            envelope: try Digest.of(stored),
            payload: try Digest.of(scene.bundle.payload),
            pem: TestKeyPair.pem("CERTIFICATE", scene.bundle.certificate ?? [])
        )
        let entry = try scene.mill.log.entry(body, kind: "intoto", version: "0.0.1", at: SigstoreMill.time)
        let material = try VerificationMaterial(cosignAnnotations: [
            VerificationMaterial.Annotation.certificate: TestKeyPair.pem("CERTIFICATE", scene.bundle.certificate ?? []),
            VerificationMaterial.Annotation.bundle: entry.annotation,
            VerificationMaterial.Annotation.timestamp: """
            {"SignedRFC3161Timestamp":"\(Base64.encode(try scene.mill.stamp(stored)))"}
            """,
        ])
        let root = try TrustedRoot(parsing: scene.root.jsonBytes())
        let rules = EvidenceRules(requiresTimestamp: true)
        let good = SigstoreVerification(content, material, root: root, rules: rules)
        #expect(try good.certifiedSigner().times.count == 2)
        content.envelopeBytes = stored + [0]
        let bent = SigstoreVerification(content, material, root: root, rules: rules)
        #expect(throws: SigstoreProblem("its log entry is about other content")) { try bent.certifiedSigner() }
    }

    @Test func aKeyInTheLogIsProven() throws {
        var scene = try KeylessScene()
        for logging in [SigstoreMill.Logging.envelope, .statement, .tiledRecord, .tiledEnvelope] {
            scene.bundle = try scene.mill.keyBundle(KeylessScene.statement, logging: logging)
            let times = try scene.verification().times(by: scene.mill.signer.publicKey)
            let isTiled = logging == .tiledRecord || logging == .tiledEnvelope
            #expect(times.map(\.seconds) == (isTiled ? [] : [SigstoreMill.time]))
        }
        scene.bundle.entries = []
        #expect(throws: SigstoreProblem("it comes without a log entry")) {
            try scene.verification().times(by: scene.mill.signer.publicKey)
        }
        scene.rules.requiresLog = false
        #expect(try scene.verification().times(by: scene.mill.signer.publicKey) == [])
    }

    @Test func whatWasReadIsWrittenTheSame() throws {
        let scene = try KeylessScene()
        let bytes = try scene.bundle.bytes()
        let read = try SigstoreBundle(parsing: bytes)
        let written = try SigstoreBundle(read.content, read.material()).encode()
        #expect(try JSONReader.parse(written) == JSONReader.parse(bytes))
    }
}
