import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

struct CosignVerificationTests {
    @Test func acceptsASignatureByTheKey() async throws {
        let key = try TestKeys.first()
        let revision = try SignedRevision.signed(by: key)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(verdict.outcome == .verified(by: "cosign.pub"))
        #expect(verdict.signatures.map(\.claimedReference) == ["registry.test/acme/app"])
        #expect(
            verdict.description
                == "verified signature of revision \(revision.resolved.digest) with key 'cosign.pub'"
        )
        let verified = try #require(VerifiedRevision(verdict))
        #expect(verified.resolved == revision.resolved)
        #expect(verified.basis == .verdict(verdict))
    }

    @Test func anyOfSeveralKeysIsEnough() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        let revision = try SignedRevision.signed(by: second)
        let verdict = try await revision.verdict(policy(("a.pub", first), ("b.pub", second)))
        #expect(verdict.outcome == .verified(by: "b.pub"))
        #expect(verdict.authorities.map(\.isSatisfied) == [false, true])
        #expect(verdict.authorities.map(\.name) == ["a.pub", "b.pub"])
        #expect(verdict.authorities.map(\.fingerprint) == [first.publicKey.fingerprint, second.publicKey.fingerprint])
        #expect(verdict.authorities[0].reason == "it made none of the signatures examined")
    }

    @Test func anyOfSeveralSignaturesIsEnough() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        let verdict = try await SignedRevision.signed(by: first, second).verdict(policy(("b.pub", second)))
        #expect(verdict.outcome == .verified(by: "b.pub"))
        #expect(verdict.signatures.map { $0.refusal == nil } == [false, true])
    }

    @Test func unsignedIsRefusedInFluxWords() async throws {
        var revision = try SignedRevision()
        revision.answer = .nothing
        let verdict = try await revision.verdict(policy(("cosign.pub", TestKeys.first())))
        #expect(!verdict.isVerified)
        #expect(VerifiedRevision(verdict) == nil)
        #expect(verdict.signatures.isEmpty)
        #expect(
            verdict.description.hasPrefix(
                "failed to verify the signature using provider 'cosign': no matching signatures were found for "
                    + "'registry.test/acme/app@\(revision.resolved.digest)': "
            )
        )
        #expect(verdict.description.contains("sha256-\(revision.resolved.digest.hex).sig"))
        #expect(verdict.authorities.map(\.reason) == ["there was no signature to check"])
    }

    @Test func noPolicyIsRecordedAsSuch() throws {
        let resolved = try SignedRevision().resolved
        let verified = VerifiedRevision.withoutPolicy(resolved)
        #expect(verified.resolved == resolved)
        #expect(verified.basis == .noPolicy)
    }

    @Test func anEmbeddedPayloadWithLineBreaksInItsSignature() async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        let text = try #require(revision.layers[0].annotations[SignedRevision.signatureKey])
        revision.layers[0].annotations[SignedRevision.signatureKey] = text.prefix(64) + "\n" + text.dropFirst(64)
        revision.layers[0].annotations["unknown.example/annotation"] = "ignored"
        #expect(try await revision.verdict(policy(("cosign.pub", key))).isVerified)
    }

    @Test func layersOfOtherTypesAreSkipped() async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        revision.layers.insert(try Descriptor(mediaType: "application/json", of: Array("{}".utf8)), at: 0)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(verdict.isVerified)
        #expect(verdict.signatures.count == 1)
    }

    static let pins: [(String, String, [String], Bool)] = [
        ("not pinned, a mirror", "elsewhere.test/other/app", [], true),
        ("pinned and the same", "registry.test/acme/app", ["registry.test/acme/app"], true),
        ("pinned, with the tag that newer cosign adds", "registry.test/acme/app:v1", ["registry.test/acme/app"], true),
        ("one of several pins", "b.test/app", ["a.test/app", "b.test/app"], true),
        ("Docker Hub under its other name", "index.docker.io/library/app", ["docker.io/library/app"], true),
        ("pinned to another repository", "registry.test/acme/other", ["registry.test/acme/app"], false),
        ("pinned, a longer path", "registry.test/acme/app/evil", ["registry.test/acme/app"], false),
        ("pinned, nothing claimed", "", ["registry.test/acme/app"], false),
        ("pinned, no reference at all", "not a reference", ["registry.test/acme/app"], false),
    ]

    @Test(arguments: pins)
    func pinsRepositoriesOnlyOnRequest(why: String, claimed: String, pinned: [String], accepted: Bool) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision()
        try revision.sign(revision.payload(reference: claimed), by: key)
        let repositories = try pinned.isEmpty ? nil : Set(pinned.map { try Repository(parsing: $0) })
        let verdict = try await revision.verdict(policy(("cosign.pub", key), pinning: repositories))
        #expect(verdict.isVerified == accepted, "\(why): \(verdict)")
        #expect(verdict.signatures.first?.claimedReference == claimed)
        if !accepted { #expect(verdict.description.contains("the policy pins registry.test/acme/app")) }
    }

    @Test func aSignatureBehindTheHundredthDoesNotCount() async throws {
        let (first, second) = (try TestKeys.first(), try TestKeys.second())
        var revision = try SignedRevision()
        for _ in 0..<99 { try revision.sign(revision.payload(), by: second) }
        try revision.sign(revision.payload(), by: first)
        #expect(try await revision.verdict(policy(("cosign.pub", first))).isVerified, "the hundredth counts")
        revision.layers.insert(revision.layers[0], at: 0)
        let verdict = try await revision.verdict(policy(("cosign.pub", first)))
        #expect(!verdict.isVerified)
        #expect(verdict.signatures.count == 100)
        #expect(verdict.description.contains("only the first 100 of 101 signatures were examined"))
        #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
    }

    @Test func aDigestTooLongForATagHasNoSignatureUnderOne() async throws {
        let digest = try Digest.of("the manifest".utf8, .sha512)
        let repository = try Repository(parsing: "registry.test/acme/app")
        let resolved = try #require(ResolvedRevision(pinned: OCIReference(repository: repository, digest: digest)))
        let verdict = try await ArtifactVerifier(source: MemorySource(revision: SignedRevision()))
            .verify(resolved, policy: policy(("cosign.pub", TestKeys.first())), at: .test)
        #expect(verdict.description.contains("has no signatures of this revision"))
    }
}
