import ArtifactTrust
import CoreModel
import ExpressionLanguage
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport
import Testing

/// Attestations that the real cosign, 2 and 3, has made, in a real registry.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct AttestationPeerTests {
    static let custom = "https://cosign.sigstore.dev/attestation/v1"

    static let provenance02 = """
        {"builder":{"id":"https://builder.test/v1"},"buildType":"t","invocation":{"configSource":{"uri":\
        "git+https://github.com/acme/app@refs/heads/main","digest":{"sha1":"0123abcd"}}}}
        """

    static let provenance1 = """
        {"buildDefinition":{"buildType":"https://build.test/t","externalParameters":{"source":\
        "git+https://github.com/acme/app@refs/heads/main"}},"runDetails":{"builder":{"id":"https://builder.test/v1"}}}
        """

    /// cosign 2 writes layers under a tag, cosign 3 bundles.
    static let makers: [(cosign: String, type: String, uri: String, predicate: String)] = [
        ("cosign", "slsaprovenance", AttestationTests.slsa02, provenance02),
        ("cosign", "slsaprovenance1", AttestationTests.slsa1, provenance1),
        ("cosign", "custom", custom, "{\"passed\": true}"),
        ("cosign-new", "slsaprovenance", AttestationTests.slsa02, provenance02),
        ("cosign-new", "slsaprovenance1", AttestationTests.slsa1, provenance1),
        ("cosign-new", "custom", custom, "{\"passed\": true}"),
    ]

    @Test(arguments: makers)
    func areVerified(cosign: String, type: String, uri: String, predicate: String) async throws {
        try await SignedScene.withArtifact { scene in
            try scene.makeKeys()
            try scene.attest(by: cosign, type, predicate)
            let key = NamedKey(name: "cosign.pub", key: try PublicKey(pem: scene.tools.bytes("cosign.pub")))
            let isCustom = uri == Self.custom
            func policy(source: String, expression: String) throws -> TrustPolicy {
                let requirement = try AttestationRequirement(
                    predicateType: uri,
                    provenance: isCustom
                        ? nil : ProvenanceRequirement(builder: "https://builder.test/*", source: source),
                    expressions: [Expression(parsing: expression)]
                )
                let method = TrustMethod.cosignKeys(try CosignKeyMethod(keys: [key]))
                let authority = TrustAuthority(name: "ci", method: method, attestations: [requirement])
                return try TrustPolicy(TrustRule(name: "release", authorities: [authority]))
            }
            let said =
                isCustom
                ? "predicate.Data.contains('\"passed\": true')" : "has(predicate.builder) || has(predicate.runDetails)"
            let good = try policy(source: "github.com/acme/app@refs/heads/main", expression: said)
            let verdict = try await scene.verdict(good)
            #expect(verdict.outcome == .verified(by: "cosign.pub"), "\(verdict)")
            #expect(verdict.signatures.map(\.format) == [cosign == "cosign" ? .tag : .bundle])
            let other = try policy(
                source: "github.com/acme/other",
                expression: isCustom ? "predicate.Data == ''" : said
            )
            #expect(!(try await scene.verdict(other).isVerified))
            #expect(!(try await scene.verdict(TrustPolicy(keys: [key])).isVerified), "an attestation is no signature")
            try scene.push("other content")
            let unattested = try await scene.verdict(good)
            #expect(unattested.description.contains("has no attestations of this revision"), "\(unattested)")
        }
    }

    /// Which cosign attests without a key, and which of Rekor's versions logs it.
    static let keyless: [(cosign: String, log: Int, format: SignatureFormat)] = [
        ("cosign", 1, .tag), ("cosign-new", 1, .bundle), ("cosign-new", 2, .bundle),
    ]

    @Test(arguments: keyless)
    func areVerifiedWithoutKeys(cosign: String, log: Int, format: SignatureFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let sigstore = try FakeSigstore(SigstoreMill())
            try scene.prepare(sigstore)
            try scene.attestWithoutKey(by: cosign, sigstore, log: log, "slsaprovenance1", Self.provenance1)
            func policy(
                _ mill: SigstoreMill,
                subject: String = KeylessPeerTests.subject,
                source: String = "github.com/acme/app@refs/heads/main"
            ) throws -> TrustPolicy {
                let basis = SigstoreBasis(root: try TrustedRoot(parsing: mill.trustedRoot().jsonBytes()))
                let matcher = try IdentityMatcher(issuer: .exact(KeylessPeerTests.issuer), subject: .exact(subject))
                let method = try KeylessMethod(identities: TrustedIdentities(listing: [matcher]), basis: basis)
                let demand = try AttestationRequirement(
                    predicateType: AttestationTests.slsa1,
                    provenance: ProvenanceRequirement(builder: "https://builder.test/*", source: source)
                )
                let authority = TrustAuthority(name: "ci", method: .keyless(method), attestations: [demand])
                return try TrustPolicy(TrustRule(name: "release", authorities: [authority]))
            }
            let good = try await scene.verdict(policy(sigstore.mill))
            #expect(good.isVerified, "\(good)")
            #expect(good.signatures.map(\.format) == [format])
            guard case .certificate(let identity)? = good.authorities.first?.signer else {
                Issue.record("no certificate: \(good)")
                return
            }
            #expect(identity.subject == KeylessPeerTests.subject)
            let stranger = try await scene.verdict(policy(sigstore.mill, subject: "joe@acme.test"))
            #expect(stranger.description.contains("its subject is"), "\(stranger)")
            let elsewhere = try await scene.verdict(policy(sigstore.mill, source: "github.com/acme/other"))
            #expect(elsewhere.description.contains("it was built from"), "\(elsewhere)")
            #expect(try await !scene.verdict(policy(SigstoreMill("another mill"))).isVerified)
        }
    }

    @Test func bothMakersBesideEachOther() async throws {
        try await SignedScene.withArtifact { scene in
            try scene.makeKeys()
            try scene.attest(by: "cosign", "custom", "{\"step\": 1}")
            try scene.attest(by: "cosign-new", "slsaprovenance1", Self.provenance1)
            let key = NamedKey(name: "cosign.pub", key: try PublicKey(pem: scene.tools.bytes("cosign.pub")))
            let demands = try [
                AttestationRequirement(predicateType: Self.custom),
                AttestationRequirement(predicateType: AttestationTests.slsa1),
            ]
            let method = TrustMethod.cosignKeys(try CosignKeyMethod(keys: [key]))
            let authority = TrustAuthority(name: "ci", method: method, attestations: demands)
            let verdict = try await scene.verdict(TrustPolicy(TrustRule(name: "release", authorities: [authority])))
            #expect(verdict.isVerified, "\(verdict)")
            #expect(verdict.authorities.first?.reason == "it made every attestation that is asked for")
        }
    }
}

extension SignedScene {
    fileprivate func makeKeys() throws { try tools.run("cosign", ["generate-key-pair"]) }

    fileprivate func attestWithoutKey(
        by cosign: String,
        _ sigstore: FakeSigstore,
        log: Int,
        _ type: String,
        _ predicate: String
    ) throws {
        try tools.write(predicate, to: "predicate.json")
        var arguments = ["attest", "--yes", "--allow-http-registry", "--identity-token", "token"]
        if cosign == "cosign" {
            arguments += ["--fulcio-url", sigstore.url, "--rekor-url", sigstore.url]
        } else {
            arguments += ["--signing-config", "services\(log).json", "--trusted-root", "root.json"]
        }
        arguments += ["--type", type, "--predicate", "predicate.json", "\(reference)"]
        try tools.run(cosign, arguments, environment: Self.instance)
    }

    fileprivate func attest(by cosign: String, _ type: String, _ predicate: String) throws {
        try tools.write(predicate, to: "predicate.json")
        var arguments = ["attest", "--key", "cosign.key", "--tlog-upload=false", "--allow-http-registry", "--yes"]
        // cosign 3 would ask a server on the internet what to do.
        if cosign == "cosign-new" { arguments.append("--use-signing-config=false") }
        try tools.run(cosign, arguments + ["--type", type, "--predicate", "predicate.json", "\(reference)"])
    }
}
