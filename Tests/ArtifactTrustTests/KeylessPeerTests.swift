import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport
import Testing

/// Signatures that the real cosign 2 and 3 make with certificates and logs of a test instance of Sigstore, and that
/// they check against the same trusted root as we do.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct KeylessPeerTests {
    /// One way of signing.
    struct Way: Sendable, CustomTestStringConvertible {
        let tool: String
        let hasCertificate: Bool
        /// Which of Rekor's versions logs it.
        let log: Int
        let format: SignatureFormat
        var hasTimestamp = false

        var testDescription: String {
            "\(tool), \(hasCertificate ? "certificate" : "key"), Rekor \(log), \(format)"
                + (hasTimestamp ? ", timestamp" : "")
        }
    }

    static let ways: [Way] = [
        Way(tool: "cosign", hasCertificate: true, log: 1, format: .tag),
        Way(tool: "cosign", hasCertificate: true, log: 1, format: .tag, hasTimestamp: true),
        Way(tool: "cosign", hasCertificate: false, log: 1, format: .tag),
        Way(tool: "cosign-new", hasCertificate: true, log: 1, format: .tag),
        Way(tool: "cosign-new", hasCertificate: false, log: 1, format: .tag),
        Way(tool: "cosign-new", hasCertificate: true, log: 1, format: .bundle, hasTimestamp: true),
        Way(tool: "cosign-new", hasCertificate: true, log: 2, format: .bundle, hasTimestamp: true),
        Way(tool: "cosign-new", hasCertificate: false, log: 1, format: .bundle, hasTimestamp: true),
        Way(tool: "cosign-new", hasCertificate: false, log: 2, format: .bundle, hasTimestamp: true),
    ]

    static let subject = "jane@acme.test"
    static let issuer = "https://accounts.mill.test"

    @Test(arguments: ways)
    func agreesWithCosign(way: Way) async throws {
        try await SignedScene.withArtifact { scene in
            let sigstore = try FakeSigstore(SigstoreMill())
            try scene.prepare(sigstore)
            try scene.sign(way, sigstore)
            try scene.check(way)
            let root = try TrustedRoot(parsing: sigstore.mill.trustedRoot().jsonBytes())
            let other = try TrustedRoot(parsing: SigstoreMill("another mill").trustedRoot().jsonBytes())
            let rules = EvidenceRules(requiresLog: true, requiresTimestamp: way.hasTimestamp)
            let good = try await scene.verdict(scene.policy(way, SigstoreBasis(root: root, rules: rules)))
            #expect(good.isVerified, "\(good)")
            #expect(good.signatures.map(\.format) == [way.format])
            if way.hasCertificate, case .certificate(let identity) = good.authorities.first?.signer {
                #expect(identity.subject == Self.subject)
                #expect(identity.issuer == Self.issuer)
            }
            let strange = try await scene.verdict(scene.policy(way, SigstoreBasis(root: other)))
            #expect(!strange.isVerified, "another instance's trusted root")
            let stamped = EvidenceRules(requiresLog: true, requiresTimestamp: true)
            let strict = try await scene.verdict(scene.policy(way, SigstoreBasis(root: root, rules: stamped)))
            #expect(strict.isVerified == way.hasTimestamp)
            guard way.hasCertificate else { return }
            let wrong = try await scene.verdict(
                scene.policy(way, SigstoreBasis(root: root), subject: "joe@acme.test")
            )
            #expect(wrong.description.contains("its subject is \"jane@acme.test\", not \"joe@acme.test\""), "\(wrong)")
        }
    }

    /// What cosign stores for an index says nothing of the images in it.
    @Test func anIndexAndItsImagesAreSignedApart() async throws {
        try await SignedScene.withArtifact { scene in
            let sigstore = try FakeSigstore(SigstoreMill())
            try scene.prepare(sigstore)
            let way = Self.ways[5]
            try scene.tools.run(
                "crane",
                [
                    "index", "append", "--insecure", "-m", "\(scene.reference)", "-t",
                    "\(scene.reference.repository):all",
                ]
            )
            let index = scene.at(try .init("\(scene.reference.repository):all"))
            let basis = SigstoreBasis(root: try TrustedRoot(parsing: sigstore.mill.trustedRoot().jsonBytes()))
            let policy = try scene.policy(way, basis)
            try index.sign(way, sigstore)
            #expect(try await index.verdict(policy).isVerified)
            #expect(try await !scene.verdict(policy).isVerified, "the image is not signed yet")
            try index.sign(way, sigstore, isRecursive: true)
            #expect(try await scene.verdict(policy).isVerified)
        }
    }
}

extension SignedScene {
    /// Writes what cosign needs to know of an instance.
    func prepare(_ sigstore: FakeSigstore) throws {
        let mill = sigstore.mill
        try tools.write(mill.trustedRoot().jsonString(), to: "root.json")
        for version in [1, 2] {
            try tools.write(sigstore.signingConfig(version: version).jsonString(), to: "services\(version).json")
        }
        try tools.write(
            FakeSigstore.token(subject: KeylessPeerTests.subject, issuer: KeylessPeerTests.issuer),
            to: "token"
        )
        try tools.write(TestKeyPair.pem("CERTIFICATE", mill.authority.der) + mill.root.pem, to: "fulcio.pem")
        try tools.write(mill.certificateLog.publicPEM, to: "certificates.pub")
        try tools.write(mill.log.key.publicPEM, to: "rekor.pub")
        try tools.run("cosign", ["generate-key-pair"])
    }

    func sign(_ way: KeylessPeerTests.Way, _ sigstore: FakeSigstore, isRecursive: Bool = false) throws {
        var arguments = ["sign", "--yes", "--allow-http-registry", "--recursive=\(isRecursive)"]
        arguments += way.hasCertificate ? ["--identity-token", "token"] : ["--key", "cosign.key"]
        if way.format == .bundle {
            arguments += ["--signing-config", "services\(way.log).json", "--trusted-root", "root.json"]
        } else {
            arguments += ["--fulcio-url", sigstore.url, "--rekor-url", sigstore.url]
            if way.hasTimestamp { arguments += ["--timestamp-server-url", "\(sigstore.url)/api/v1/timestamp"] }
            if way.tool == "cosign-new" { arguments += ["--new-bundle-format=false", "--use-signing-config=false"] }
        }
        try tools.run(way.tool, arguments + ["\(reference)"], environment: Self.instance)
    }

    /// Where cosign 2 finds what it does not take from a trusted root.
    static let instance = [
        "SIGSTORE_ROOT_FILE": "fulcio.pem", "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": "certificates.pub",
        "SIGSTORE_REKOR_PUBLIC_KEY": "rekor.pub",
    ]

    /// Lets cosign verify what it made, so that the test's instance is known to be one.
    func check(_ way: KeylessPeerTests.Way) throws {
        let signer =
            way.hasCertificate
            ? [
                "--certificate-identity", KeylessPeerTests.subject, "--certificate-oidc-issuer",
                KeylessPeerTests.issuer,
            ] : ["--key", "cosign.pub"]
        try tools.run(
            way.tool,
            ["verify", "--allow-http-registry", "--trusted-root", "root.json"] + signer + ["\(reference)"],
            environment: Self.instance
        )
    }

    func policy(
        _ way: KeylessPeerTests.Way,
        _ basis: SigstoreBasis,
        subject: String = KeylessPeerTests.subject
    ) throws -> TrustPolicy {
        let method: TrustMethod
        if way.hasCertificate {
            let matcher = try IdentityMatcher(issuer: .exact(KeylessPeerTests.issuer), subject: .exact(subject))
            method = .keyless(try KeylessMethod(identities: TrustedIdentities(listing: [matcher]), basis: basis))
        } else {
            let key = try PublicKey(pem: tools.bytes("cosign.pub"))
            method = .cosignKeys(try CosignKeyMethod(keys: [NamedKey(name: "cosign.pub", key: key)], basis: basis))
        }
        return try TrustPolicy(
            TrustRule(name: "test", authorities: [TrustAuthority(name: "release", method: method)])
        )
    }
}
