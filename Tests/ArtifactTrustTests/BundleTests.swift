import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

struct BundleTests {
    @Test func acceptsABundleByTheKey() async throws {
        let key = try TestKeys.first()
        let revision = try SignedRevision.bundled(by: key)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(verdict.outcome == .verified(by: "cosign.pub"), "\(verdict)")
        #expect(verdict.signatures.map(\.format) == [.bundle])
        #expect(VerifiedRevision(verdict)?.resolved == revision.resolved)
    }

    @Test func theTagIsLookedUnderFirst() async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        revision.listFailure = RegistryError(.unavailable, "The registry failed")
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(verdict.signatures.map(\.format) == [.tag], "no further request is made")
    }

    @Test func aBundleCountsBesideABadSignatureUnderTheTag() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        var revision = try SignedRevision.signed(by: second)
        try revision.add(by: first)
        let verdict = try await revision.verdict(policy(("a.pub", first)))
        #expect(verdict.outcome == .verified(by: "a.pub"))
        #expect(verdict.signatures.map(\.format) == [.tag, .bundle])
    }

    static let variants: [(String, @Sendable (inout TestBundle, SignedRevision) -> Void)] = [
        (
            "as cosign 3 lists it where the registry keeps no list",
            { bundle, _ in
                bundle.editReferrer = { $0.artifactType = "application/vnd.oci.empty.v1+json" }
            }
        ),
        ("listed without a type", { bundle, _ in bundle.editReferrer = { $0.artifactType = nil } }),
        (
            "a manifest whose type is on its config only",
            { bundle, _ in
                bundle.editManifest = {
                    $0.artifactType = nil
                    $0.config.artifactType = TestBundle.mediaType
                }
            }
        ),
        (
            "a bundle of version 0.2",
            { bundle, _ in
                bundle.edit = {
                    $0.replacing(TestBundle.mediaType, with: "application/vnd.dev.sigstore.bundle+json;version=0.2")
                }
            }
        ),
        (
            "a certificate that a policy of keys does not need",
            { bundle, _ in
                bundle.edit = {
                    $0.replacing("\"publicKey\":{\"hint\":\"anything\"}", with: "\"certificate\":{\"rawBytes\":\"\"}")
                }
            }
        ),
        (
            "log entries that nobody asked for",
            { bundle, _ in
                bundle.edit = {
                    $0.replacing("{\"publicKey\"", with: "{\"tlogEntries\":[{\"logIndex\":\"1\"}],\"publicKey\"")
                }
            }
        ),
        ("no hint", { bundle, _ in bundle.edit = { $0.replacing("\"hint\":\"anything\"", with: "") } }),
        (
            "an old statement",
            { bundle, _ in bundle.statement = bundle.statement.replacing("Statement/v1", with: "Statement/v0.1") }
        ),
        (
            "other subjects besides, and other digests of this one",
            { bundle, revision in
                bundle.statement = bundle.statement.replacing(
                    "\"subject\":[{\"digest\":{",
                    with: "\"subject\":[{\"digest\":{\"sha256\":\"00\"}},{\"name\":\"app\",\"digest\":{\"sha1\":\"00\","
                )
            }
        ),
        (
            "members that later versions may add",
            { bundle, _ in
                bundle.statement = bundle.statement.replacing("\"predicate\":{}", with: "\"predicate\":{},\"later\":1")
            }
        ),
        (
            "no annotations",
            { bundle, _ in bundle.statement = bundle.statement.replacing(",\"annotations\":{}", with: "") }
        ),
        (
            "annotations that are null",
            { bundle, _ in
                bundle.statement = bundle.statement.replacing("\"annotations\":{}", with: "\"annotations\":null")
            }
        ),
    ]

    @Test(arguments: variants.indices)
    func acceptsWhatMeansTheSame(index: Int) async throws {
        let (why, change) = Self.variants[index]
        let key = try TestKeys.first()
        let verdict = try await SignedRevision.bundled(by: key, change).verdict(policy(("cosign.pub", key)))
        #expect(verdict.isVerified, "\(why): \(verdict)")
    }

    @Test func attestationsAreNoSignatures() async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.bundled(by: key) { bundle, _ in
            bundle.editReferrer = {
                $0.annotations["dev.sigstore.bundle.predicateType"] = "https://slsa.dev/provenance/v1"
            }
        }
        try revision.add(by: key) { bundle, _ in
            bundle.editManifest = {
                $0.annotations["dev.sigstore.bundle.predicateType"] = "https://slsa.dev/provenance/v1"
            }
        }
        var other = try Descriptor(mediaType: MediaType.ociManifest, of: Array("a bill of materials".utf8))
        other.artifactType = "application/spdx+json"
        revision.referrers.append(other)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(!verdict.isVerified)
        #expect(verdict.signatures.isEmpty)
        #expect(verdict.description.contains("has no signatures of this revision"))
    }

    @Test func aListThatIsNotGivenIsNoVerdict() async throws {
        var revision = try SignedRevision()
        revision.answer = .nothing
        revision.listFailure = RegistryError(.unavailable, "The registry failed")
        let held = revision
        let error = try await #require(throws: TrustError.self) {
            try await held.verdict(policy(("cosign.pub", TestKeys.first())))
        }
        #expect(error.kind == .transient)
    }

    @Test func aPinnedRepositoryNeedsASignatureThatNamesIt() async throws {
        let key = try TestKeys.first()
        let pinned: Set = [try Repository(parsing: "registry.test/acme/app")]
        let verdict = try await SignedRevision.bundled(by: key).verdict(policy(("cosign.pub", key), pinning: pinned))
        #expect(verdict.description.contains("does not say for which repository it was made"), "\(verdict)")
    }

    @Test func aBundleBehindTheLastDoesNotCount() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        var revision = try SignedRevision.bundled(by: second)
        for _ in 0..<31 { try revision.add(by: second) }
        try revision.add(by: first)
        let verdict = try await revision.verdict(policy(("cosign.pub", first)))
        #expect(!verdict.isVerified)
        #expect(verdict.signatures.count == 32)
        #expect(verdict.description.contains("only the first 32 of 33 signatures were examined"))
    }
}

/// What the policy wants said besides the digest.
struct AnnotationTests {
    static let cases: [(String, [String: String], String, String?)] = [
        ("the same", ["env": "prod"], "{\"env\":\"prod\"}", nil),
        ("more than asked for", ["env": "prod"], "{\"env\":\"prod\",\"build\":7}", nil),
        ("all of several", ["a": "1", "b": "2"], "{\"b\":\"2\",\"a\":\"1\"}", nil),
        ("one of several", ["a": "1", "b": "2"], "{\"a\":\"1\"}", "it does not say \"b\""),
        ("another value", ["env": "prod"], "{\"env\":\"dev\"}", "it says \"dev\" for \"env\""),
        ("another case", ["env": "prod"], "{\"Env\":\"prod\"}", "it does not say \"env\""),
        ("a number that looks the same", ["a": "1"], "{\"a\":1}", "it says a number for \"a\""),
        ("null", ["env": "prod"], "null", "it does not say \"env\""),
        ("nothing", ["env": "prod"], "{}", "it does not say \"env\""),
        ("another spelling of one character", ["\u{E9}": "x"], "{\"e\u{301}\":\"x\"}", "it does not say"),
    ]

    @Test(arguments: cases)
    func areMatched(why: String, asked: [String: String], said: String, refusal: String?) async throws {
        let key = try TestKeys.first()
        let cosign = try TrustPolicy(
            keys: [NamedKey(name: "cosign.pub", key: key.publicKey)],
            requirements: .init(annotations: asked)
        )
        var tagged = try SignedRevision()
        try tagged.sign(tagged.payload().replacing("{\"creator\":\"a test\"}", with: said), by: key)
        let bundled = try SignedRevision.bundled(by: key) { bundle, _ in
            bundle.statement = bundle.statement.replacing("\"annotations\":{}", with: "\"annotations\":\(said)")
        }
        for revision in [tagged, bundled] {
            let verdict = try await revision.verdict(cosign)
            #expect(verdict.isVerified == (refusal == nil), "\(why): \(verdict)")
            if let refusal { #expect(verdict.description.contains(refusal), "\(why): \(verdict)") }
        }
    }

    @Test func belongToTheFingerprint() throws {
        let keys = [NamedKey(name: "cosign.pub", key: try TestKeys.first().publicKey)]
        let policies = try [[:], ["a": "b"], ["a": "c"], ["a": "b", "c": "d"], ["a": "b\",\"c\":\"d"]].map {
            try TrustPolicy(keys: keys, requirements: .init(annotations: $0)).fingerprint
        }
        #expect(Set(policies).count == policies.count)
        #expect(try TrustPolicy(keys: keys).fingerprint == policies[0])
    }
}
