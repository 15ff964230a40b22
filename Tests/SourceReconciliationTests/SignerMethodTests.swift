import CoreModel
import KubeModel
import ManifestTree
import SignatureCrypto
import SluiceAPI
import Synchronization
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// A controller's root that a test changes.
final class HeldRoot: TrustedRootSource {
    struct Missing: Error {}

    private let bytes: Mutex<[UInt8]?>

    init(_ mill: SigstoreMill?) throws { bytes = Mutex(try mill?.trustedRoot().jsonBytes()) }

    var name: String { "--sigstore-trusted-root /etc/root.json" }
    var refreshInterval: Duration { .seconds(10) }

    func set(_ mill: SigstoreMill?) throws {
        let new = try mill?.trustedRoot().jsonBytes()
        bytes.withLock { $0 = new }
    }

    func trustedRoot() async throws -> [UInt8] {
        guard let bytes = bytes.withLock({ $0 }) else { throw Missing() }
        return bytes
    }
}

extension SourceFixture {
    /// Puts a Sigstore bundle beside an artifact, as cosign 3 does.
    func attachBundle(by mill: SigstoreMill, to artifact: ScriptedArtifact) throws {
        try attach(try mill.bundle(Self.statement(of: artifact)), to: artifact)
    }

    /// What cosign's bundles sign.
    static func statement(of artifact: ScriptedArtifact) -> String {
        """
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"\(artifact.manifest.hex)"}}],\
        "predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}
        """
    }

    /// Puts any bundle there.
    func attach(_ bundle: TestSigstoreBundle, to artifact: ScriptedArtifact) throws {
        let bytes = try bundle.bytes()
        func descriptor(_ type: String, _ bytes: [UInt8]) throws -> Tree {
            let digest = try registry.addBlob(Self.repository, bytes)
            return [
                "mediaType": .string(type), "digest": .string("\(digest)"), "size": .number(.init(bytes.count)),
            ]
        }
        let manifest: Tree = [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": .string(bundle.mediaType),
            "config": try descriptor("application/vnd.oci.empty.v1+json", Array("{}".utf8)),
            "layers": [try descriptor(bundle.mediaType, bytes)],
            "subject": [
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": .string("\(artifact.manifest)"), "size": .number(.init(artifact.manifestBytes.count)),
            ],
        ]
        try registry.addManifest(Self.repository, manifest.jsonBytes())
    }

    func setRoot(_ mill: SigstoreMill) throws {
        setSecret(["trusted_root.json": .string(Base64.encode(try mill.trustedRoot().jsonBytes()))])
    }
}

/// Signatures without keys, with the roots that they rest on.
struct KeylessSourceTests {
    static let release: Tree = [
        "issuer": #"^https://token\.actions\.githubusercontent\.com$"#,
        "subject": #"https://github\.com/acme/app/.*"#,
    ]

    static let identities: [(why: String, verify: Tree, refusal: String?)] = [
        ("its issuer and subject", ["matchOIDCIdentity": [release]], nil),
        (
            "one of two", ["matchOIDCIdentity": [["issuer": "https://issuer.test", "subject": ".*"], release]], nil
        ),
        ("anybody", ["anyIdentity": true], nil),
        (
            "another subject",
            ["matchOIDCIdentity": [["issuer": ".*", "subject": "https://github.com/acme/other/.*"]]],
            "its subject is"
        ),
        (
            "a part of the subject", ["matchOIDCIdentity": [["issuer": ".*", "subject": "github.com/acme/app"]]],
            "expressions match the whole"
        ),
        (
            "a host that looks like it",
            [
                "matchOIDCIdentity": [
                    ["issuer": "https://token.actions.githubusercontent.com.evil.test", "subject": ".*"]
                ]
            ],
            "its issuer is"
        ),
    ]

    @Test(arguments: identities)
    func theCertificateHasToNameOneOfThem(why: String, verify: Tree, refusal: String?) async throws {
        let mill = try SigstoreMill()
        let fixture = try SourceFixture()
        try fixture.attachBundle(by: mill, to: try fixture.push(["a.yaml": "a: 1"]))
        try fixture.setRoot(mill)
        var verify = verify
        verify["trustedRootSecretRef"] = ["name": "keys"]
        fixture.create { $0["verify"] = verify }
        try await fixture.reconcile()
        guard let refusal else {
            #expect(fixture.conditions == VerificationTests.verified, "\(why): \(fixture.message("Ready"))")
            #expect(fixture.message("SourceVerified").contains(SigstoreMill.Identity.subject))
            return
        }
        #expect(fixture.conditions == VerificationTests.refused, "\(why)")
        #expect(fixture.message("Ready").hasPrefix("failed to verify the signature using provider 'cosign keyless': "))
        #expect(fixture.message("Ready").contains(refusal), "\(why): \(fixture.message("Ready"))")
    }

    @Test func withoutAnyRootTheNextStepIsNamed() async throws {
        let fixture = try SourceFixture()
        fixture.create { $0["verify"] = ["matchOIDCIdentity": [Self.release]] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        for step in ["trustedRootSecretRef", "--sigstore-trusted-root", "--sigstore-tuf-root", "--sigstore-tuf-mirror"]
        {
            #expect(fixture.message("Ready").contains(step))
        }
        #expect(fixture.registry.count() == 0)
    }

    @Test func aSecretWithoutARootOrWithRubbishIsNamed() async throws {
        let fixture = try SourceFixture()
        fixture.create {
            $0["verify"] = ["matchOIDCIdentity": [Self.release], "trustedRootSecretRef": ["name": "keys"]]
        }
        for (entry, bytes) in [("other", "eA=="), ("trusted_root.json", "eA==")] {
            fixture.setSecret([entry: .string(bytes)])
            try await fixture.reconcile()
            #expect(fixture.conditions == VerificationTests.refused)
            #expect(fixture.message("Ready").contains("apps/keys"))
            #expect(fixture.message("Ready").contains("trusted_root.json"))
        }
    }

    @Test func theControllersRootCountsAndItsChangeIsNoticed() async throws {
        let mill = try SigstoreMill()
        let fixture = try SourceFixture()
        let root = try HeldRoot(mill)
        fixture.trust(SharedTrustedRoot(root))
        try fixture.attachBundle(by: mill, to: try fixture.push(["a.yaml": "a: 1"]))
        fixture.create { $0["verify"] = ["matchOIDCIdentity": [Self.release]] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
        #expect(await fixture.context.trustedRoot.refresh() == [], "nothing has changed")

        try root.set(try SigstoreMill("stranger"))
        #expect(await fixture.context.trustedRoot.refresh() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)

        try root.set(nil)
        #expect(await fixture.context.trustedRoot.refresh() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.message("Ready").contains("--sigstore-trusted-root /etc/root.json cannot be used"))

        try root.set(mill)
        #expect(await fixture.context.trustedRoot.refresh() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }
}

/// Trust policies of notation that do not verify.
struct NotationSourceTests {
    static let skipping = """
        {"version":"1.0","trustPolicies":[{"name":"off","registryScopes":["*"],\
        "signatureVerification":{"level":"skip"}}]}
        """

    /// A source whose trust policy skips everything.
    static func fixture(_ verify: Tree = [:]) throws -> SourceFixture {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.setSecret(["trustpolicy.json": .string(Base64.encode(Array(skipping.utf8)))])
        var verify = verify
        verify["provider"] = "notation"
        verify["secretRef"] = ["name": "keys"]
        fixture.create { $0["verify"] = verify }
        return fixture
    }

    @Test func whatIsSkippedPassesAndIsNeverCalledVerified() async throws {
        let fixture = try Self.fixture()
        for round in 0..<2 {
            _ = fixture.cluster.takeRequests()
            try await fixture.reconcile()
            #expect(
                fixture.conditions == PublishTests.healthy + ["SourceVerified=Unknown/VerificationNotEnforced"]
            )
            #expect(fixture.status["observedTrustPolicy"] == nil)
            #expect(fixture.message("SourceVerified").contains("was not verified"))
            let writes = fixture.cluster.takeRequests().filter(\.isWrite)
            #expect(round == 0 || writes.isEmpty, "the same again is neither written nor told")
        }
        #expect(fixture.events == ["site: NewArtifact", "site: VerificationNotEnforced"])
    }

    @Test func theSourceCanForbidThat() async throws {
        let fixture = try Self.fixture(["requireVerified": true])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.artifact == nil)
        fixture.changeSpec { $0[path: ["verify", "requireVerified"]] = false }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("SourceVerified=Unknown/VerificationNotEnforced"))
        fixture.changeSpec { $0[path: ["verify", "requireVerified"]] = true }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
    }

    @Test func aPolicyOfTheClusterIsNotWaivedByIt() async throws {
        let fixture = try Self.fixture()
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
    }
}
