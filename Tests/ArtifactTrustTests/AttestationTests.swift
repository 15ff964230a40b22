import ArtifactTrust
import CoreModel
import ExpressionLanguage
import OCIDistribution
import SignatureCrypto
import Testing

/// What authorities have to have attested besides, or instead of, a signature.
struct AttestationTests {
    static let slsa1 = "https://slsa.dev/provenance/v1"
    static let slsa02 = "https://slsa.dev/provenance/v0.2"

    /// What GitHub's builder says.
    static let predicate1 = """
        {"buildDefinition":{"buildType":"https://actions.github.io/buildtypes/workflow/v1","externalParameters":{\
        "workflow":{"ref":"refs/tags/v1.2.3","repository":"https://github.com/acme/app",\
        "path":".github/workflows/r.yml"}},\
        "resolvedDependencies":[{"uri":"git+https://github.com/acme/app@refs/tags/v1.2.3",\
        "digest":{"gitCommit":"0123abcd"}},\
        {"uri":"git+https://github.com/evil/dependency@refs/heads/main","digest":{"gitCommit":"ffff"}}]},\
        "runDetails":{"builder":{"id":"https://github.com/actions/runner/github-hosted"},\
        "metadata":{"invocationId":"1"}}}
        """

    /// What Tekton and the older generators say.
    static let predicate02 = """
        {"builder":{"id":\
        "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/g.yml@refs/tags/v1"},\
        "buildType":"t","invocation":{"configSource":{"uri":"git+https://github.com/acme/app@refs/heads/main",\
        "digest":{"sha1":"0123ABCD"},"entryPoint":"r.yml"}},"materials":[{"uri":"git+https://github.com/evil/x"}]}
        """

    static func external(_ parameters: String) -> String { definition("\"externalParameters\":\(parameters)") }

    static func dependencies(_ list: String) -> String { definition("\"resolvedDependencies\":\(list)") }

    private static func definition(_ text: String) -> String {
        "{\"buildDefinition\":{\(text)},\"runDetails\":{\"builder\":{\"id\":\"b\"}}}"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let type: String
        let predicate: String
        var builder: String?
        var source: String?
        var expressions: [String] = []
        /// Nil where it counts.
        let says: String?
        var testDescription: String { why }
    }

    static func v1(
        _ why: String,
        builder: String? = nil,
        source: String? = nil,
        where expressions: [String] = [],
        says: String? = nil,
        of predicate: String = predicate1
    ) -> Case {
        Case(
            why: why,
            type: slsa1,
            predicate: predicate,
            builder: builder,
            source: source,
            expressions: expressions,
            says: says
        )
    }

    static func v02(
        _ why: String,
        builder: String? = nil,
        source: String? = nil,
        says: String? = nil,
        of predicate: String = predicate02
    ) -> Case {
        Case(why: why, type: slsa02, predicate: predicate, builder: builder, source: source, says: says)
    }

    static let provenances: [Case] = [
        v1("nothing asked"), v1("the builder", builder: "https://github.com/actions/runner/github-hosted"),
        v1("the builder by a pattern", builder: "https://github.com/actions/runner/*"),
        v1(
            "another builder",
            builder: "https://github.com/actions/runner/self-hosted",
            says: "it was built by \"https://github.com/actions/runner/github-hosted\""
        ),
        v1("a builder that begins the same", builder: "https://github.com/actions/runner", says: "it was built by"),
        v1("the source", source: "github.com/acme/app"),
        v1("the source as it stands there", source: "git+https://github.com/acme/app"),
        v1("the source in upper case", source: "https://GitHub.com/acme/app.git"),
        v1("any source of an owner", source: "github.com/acme/*"),
        v1("another owner", source: "github.com/other/*", says: "it was built from \"https://github.com/acme/app\""),
        v1("a dependency is no source", source: "github.com/evil/dependency", says: "it was built from"),
        v1("a tag", source: "github.com/acme/app@refs/tags/v*"),
        v1("a branch", source: "github.com/acme/app@refs/heads/main", says: "the reference \"refs/tags/v1.2.3\""),
        v1("the commit", source: "github.com/acme/app@refs/tags/v*#0123abcd"),
        v1("a part of the commit", source: "github.com/acme/app#0123*"),
        v1("another commit", source: "github.com/acme/app#ffff", says: "it was built from the commit \"0123abcd\""),
        v1(
            "source as text",
            source: "github.com/acme/app@refs/heads/main",
            of: external(#"{"source":"git+https://github.com/acme/app@refs/heads/main"}"#)
        ),
        v1(
            "source as a descriptor",
            source: "github.com/acme/app#ab*",
            of: external(#"{"source":{"uri":"git+https://github.com/acme/app","digest":{"gitCommit":"abcd"}}}"#)
        ),
        v1(
            "no parameter, one repository",
            source: "github.com/acme/app",
            of: dependencies(#"[{"uri":"git+https://github.com/acme/app"},{"uri":"pkg:docker/x"}]"#)
        ),
        v1(
            "no parameter, two repositories",
            source: "github.com/acme/app",
            says: "names no single source",
            of: dependencies(#"[{"uri":"git+https://github.com/acme/app"},{"uri":"git+https://github.com/evil/x"}]"#)
        ),
        v1(
            "a parameter that cannot be read hides no other",
            source: "github.com/acme/app",
            says: "names no single source",
            of: external(#"{"source":7,"workflow":{"repository":"https://github.com/acme/app"}}"#)
        ),
        v1("no builder", builder: "*", says: "its provenance is not valid", of: "{\"runDetails\":{}}"),
        v1(
            "no reference",
            source: "github.com/acme/app@refs/heads/main",
            says: "which reference",
            of: external(#"{"source":"https://github.com/acme/app"}"#)
        ),
        v1(
            "a login in front of the host",
            source: "github.com/acme/app",
            says: "it was built from",
            of: external(#"{"source":"https://github.com@evil.test/acme/app"}"#)
        ),
        v1(
            "a path that climbs",
            source: "github.com/acme/**",
            says: "names no single source",
            of: external(#"{"source":"https://github.com/acme/../evil/app"}"#)
        ),
        v1(
            "a query",
            source: "github.com/acme/**",
            says: "names no single source",
            of: external(#"{"source":"https://github.com/acme/app?x=/"}"#)
        ),
        v02(
            "version 0.2",
            builder: "https://github.com/slsa-framework/slsa-github-generator/**",
            source: "github.com/acme/app@refs/heads/main#0123abcd"
        ),
        v02("version 0.2, another builder", builder: "https://github.com/acme/**", says: "it was built by"),
        v02("version 0.2, a material is no source", source: "github.com/evil/x", says: "it was built from"),
        v02(
            "version 0.2, no source",
            source: "github.com/acme/app",
            says: "names no single source",
            of: "{\"builder\":{\"id\":\"b\"}}"
        ),
        v02("version 0.2, a predicate that is a list", builder: "*", says: "predicate is not a map", of: "[]"),
        v1(
            "an expression",
            where: ["predicate.runDetails.metadata.invocationId == '1'", "predicateType.endsWith('/v1')"]
        ),
        v1(
            "one that is false",
            where: ["predicate.runDetails.builder.id == 'x'"],
            says: "is not true of its predicate"
        ),
        v1("one of several that is false", where: ["true", "false"], says: "\"false\" is not true"),
        v1("one without a value", where: ["predicate.missing == 1"], says: "has no value for its predicate"),
        v1("one that is no truth", where: ["predicate.runDetails.builder.id"], says: "neither true nor false"),
    ]

    @Test(arguments: provenances)
    func arePut(held: Case) async throws {
        let key = try TestKeys.first()
        let asked = held.builder != nil || held.source != nil
        let requirement = try AttestationRequirement(
            predicateType: held.type,
            provenance: asked ? try ProvenanceRequirement(builder: held.builder, source: held.source) : nil,
            expressions: held.expressions.map { try Expression(parsing: $0) }
        )
        let policy = try Self.asking(key, [requirement])
        let tagged = try SignedRevision.attested(by: key, held.type, held.predicate, inBundle: false)
        let bundled = try SignedRevision.attested(by: key, held.type, held.predicate, inBundle: true)
        for revision in [tagged, bundled] {
            let verdict = try await revision.verdict(policy)
            #expect(verdict.isVerified == (held.says == nil), "\(verdict)")
            #expect(verdict.signatures.map(\.predicateType) == [held.type])
            if let says = held.says { #expect(verdict.description.contains(says), "\(verdict)") }
            #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
        }
    }

    static let attacks: [(String, String, @Sendable (inout SignedRevision, SigningKey) throws -> Void)] = [
        ("none", "has no attestations of this revision", { revision, _ in revision.clear() }),
        (
            "by another key", "not made by any key",
            { revision, _ in
                revision = try .attested(by: TestKeys.second(), slsa1, predicate1, inBundle: false)
            }
        ),
        (
            "in a bundle by another key", "not made by any key",
            { revision, _ in
                revision = try .attested(by: TestKeys.second(), slsa1, predicate1, inBundle: true)
            }
        ),
        (
            "of another digest", "it is an attestation of \"sha256:0000",
            { revision, key in
                revision = try .attested(
                    by: key,
                    slsa1,
                    predicate1,
                    inBundle: false,
                    digest: String(repeating: "0", count: 64)
                )
            }
        ),
        (
            "of another type", "has no attestations",
            { revision, key in
                revision = try .attested(by: key, "https://evil.test/provenance/v1", predicate1, inBundle: false)
            }
        ),
        (
            "of another type than its layer says",
            "it is of the type \"https://evil.test/v1\", and the policy asks for",
            { revision, key in
                revision = try .attested(by: key, "https://evil.test/v1", predicate1, inBundle: false, labelled: slsa1)
            }
        ),
        (
            "of a type that begins the same", "it is of the type",
            { revision, key in
                revision = try .attested(by: key, slsa1 + "/", predicate1, inBundle: false, labelled: slsa1)
            }
        ),
        (
            "a plain signature in its place", "it is of the type \"https://sigstore.dev/cosign/sign/v1\"",
            { revision, key in
                revision = try .attested(
                    by: key,
                    AttestationRequirement.signature,
                    "{}",
                    inBundle: false,
                    labelled: slsa1
                )
            }
        ),
        (
            "the predicate twice", "is set twice",
            { revision, key in
                revision = try .attested(by: key, slsa1, predicate1 + ",\"predicate\":{}", inBundle: false)
            }
        ),
        (
            "a predicate that is too deep", "its statement is not valid",
            { revision, key in
                let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
                revision = try .attested(by: key, slsa1, deep, inBundle: false)
            }
        ),
        (
            "the payload swapped after signing", "not made by any key",
            { revision, key in
                try revision.editEnvelope { $0.replacing("\"payload\":\"", with: "\"payload\":\"ICAg") }
            }
        ),
        (
            "two signatures in one envelope", "its envelope is not valid",
            { revision, key in
                try revision.editEnvelope {
                    $0.replacing("\"signatures\":[", with: "\"signatures\":[{\"sig\":\"AAAA\"},")
                }
            }
        ),
        ("no envelope", "its envelope is not valid", { revision, _ in try revision.editEnvelope { _ in "{}" } }),
        ("an envelope that is missing", "its envelope is missing", { revision, _ in revision.blobs = [:] }),
        (
            "an index under the tag", "is an index",
            { revision, _ in
                for tag in revision.tags.keys { revision.tags[tag] = .index(ImageIndex(manifests: [])) }
            }
        ),
    ]

    @Test(arguments: attacks.indices)
    func isRefused(index: Int) async throws {
        let (why, says, change) = Self.attacks[index]
        let key = try TestKeys.first()
        var revision = try SignedRevision.attested(by: key, Self.slsa1, Self.predicate1, inBundle: false)
        try change(&revision, key)
        let verdict = try await revision.verdict(Self.asking(key, [AttestationRequirement(predicateType: Self.slsa1)]))
        #expect(!verdict.isVerified, "\(why)")
        #expect(verdict.description.contains(says), "\(why): \(verdict)")
    }

    @Test func aSignatureIsNoAttestationAndTheOtherWayRound() async throws {
        let key = try TestKeys.first()
        let signed = try SignedRevision.signed(by: key)
        let asked = try Self.asking(key, [AttestationRequirement(predicateType: Self.slsa1)])
        #expect(
            !(try await signed.verdict(asked).isVerified)
        )
        let attested = try SignedRevision.attested(by: key, Self.slsa1, Self.predicate1, inBundle: true)
        #expect(!(try await attested.verdict(policy(("cosign.pub", key))).isVerified))
    }

    @Test func oneSignerHasToSayAllOfIt() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        let demands = [
            try AttestationRequirement(predicateType: AttestationRequirement.signature),
            try AttestationRequirement(predicateType: Self.slsa1),
        ]
        let keys = [NamedKey(name: "a", key: first.publicKey), NamedKey(name: "b", key: second.publicKey)]
        let authority = TrustAuthority(
            name: "ci",
            method: .cosignKeys(try CosignKeyMethod(keys: keys)),
            attestations: demands
        )
        let policy = try TrustPolicy(TrustRule(name: "release", authorities: [authority]))
        var mixed = try SignedRevision.attested(by: first, Self.slsa1, Self.predicate1, inBundle: false)
        mixed.answer = nil
        try mixed.sign(mixed.payload(), by: second)
        let refused = try await mixed.verdict(policy)
        #expect(!refused.isVerified)
        #expect(
            refused.authorities.first?.reason.contains("it made no statement that counts of the type") == true,
            "\(refused.authorities)"
        )
        try mixed.sign(mixed.payload(), by: first)
        let verdict = try await mixed.verdict(policy)
        #expect(verdict.outcome == .verified(by: "a"), "\(verdict)")
    }

    @Test func whatIsAskedForBelongsToTheFingerprint() throws {
        let key = try TestKeys.first()
        let requirements = try [
            [], [AttestationRequirement(predicateType: Self.slsa1)],
            [AttestationRequirement(predicateType: Self.slsa02)],
            [
                AttestationRequirement(
                    predicateType: Self.slsa1,
                    provenance: ProvenanceRequirement(builder: "b", source: nil)
                )
            ],
            [
                AttestationRequirement(
                    predicateType: Self.slsa1,
                    provenance: ProvenanceRequirement(builder: nil, source: "b.test/b")
                )
            ],
            [AttestationRequirement(predicateType: Self.slsa1, expressions: [Expression(parsing: "true")])],
        ]
        let fingerprints = try requirements.map { try Self.asking(key, $0).fingerprint }
        #expect(Set(fingerprints).count == fingerprints.count)
    }

    static func asking(_ key: SigningKey, _ attestations: [AttestationRequirement]) throws -> TrustPolicy {
        let method = TrustMethod.cosignKeys(
            try CosignKeyMethod(keys: [NamedKey(name: "cosign.pub", key: key.publicKey)])
        )
        return try TrustPolicy(
            TrustRule(
                name: "release",
                authorities: [TrustAuthority(name: "ci", method: method, attestations: attestations)]
            )
        )
    }
}

extension SignedRevision {
    /// One with an attestation, and nothing else.
    static func attested(
        by key: SigningKey,
        _ type: String,
        _ predicate: String,
        inBundle: Bool,
        digest: String? = nil,
        labelled label: String? = nil
    ) throws -> SignedRevision {
        var revision = try SignedRevision()
        revision.answer = .nothing
        let statement = """
            {"_type":"https://in-toto.io/Statement/v0.1","predicateType":"\(type)","subject":[{"name":"x","digest":\
            {"sha256":"\(digest ?? revision.resolved.digest.hex)"}}],"predicate":\(predicate)}
            """
        if inBundle {
            try revision.add(by: key) { bundle, _ in
                bundle.statement = statement
                bundle.editManifest = { $0.annotations["dev.sigstore.bundle.predicateType"] = label ?? type }
            }
            return revision
        }
        let payload = Array(statement.utf8)
        let over = Array("DSSEv1 \(TestBundle.inToto.utf8.count) \(TestBundle.inToto) \(payload.count) ".utf8) + payload
        let envelope = """
            {"payloadType":"\(TestBundle.inToto)","payload":"\(Base64.encode(payload))","signatures":[{\
            "keyid":"","sig":"\(Base64.encode(try key.sign(over)))"}]}
            """
        try revision.store(envelope: envelope, type: label ?? type)
        return revision
    }

    private mutating func store(envelope: String, type: String) throws {
        let bytes = Array(envelope.utf8)
        var layer = try Descriptor(mediaType: "application/vnd.dsse.envelope.v1+json", of: bytes)
        layer.annotations = ["predicateType": type, "dev.cosignproject.cosign/signature": ""]
        blobs[layer.digest] = bytes
        let config = try Descriptor(mediaType: "application/vnd.oci.image.config.v1+json", of: Array("{}".utf8))
        tags["sha256-\(resolved.digest.hex).att"] = .manifest(Manifest(config: config, layers: [layer]))
    }

    /// Changes the text of the only envelope.
    mutating func editEnvelope(_ change: (String) -> String) throws {
        let bytes = blobs.values.first ?? []
        clear()
        try store(envelope: change(String(decoding: bytes, as: UTF8.self)), type: AttestationTests.slsa1)
    }

    mutating func clear() { (blobs, tags) = ([:], [:]) }
}
