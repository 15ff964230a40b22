import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// What has to be true of an artifact besides a signature.
struct RequirementTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String?
        let passesAt: String?
        let change: @Sendable (inout TrustRequirements, Digest) -> Void
        var context: TrustContext
        var testDescription: String { why }

        /// `says` is nil where the artifact passes.
        init(
            _ why: String,
            says: String? = nil,
            passesAt: String? = nil,
            at context: TrustContext = RequirementTests.context("2026-11-27T12:00:00Z"),
            _ change: @escaping @Sendable (inout TrustRequirements, Digest) -> Void
        ) {
            self.why = why
            self.says = says
            self.passesAt = passesAt
            self.context = context
            self.change = change
        }
    }

    static func context(_ now: String, seen: String? = nil, inUse: Bool = false) -> TrustContext {
        TrustContext(now: time(now), firstSeen: seen.map(time), isInUse: inUse)
    }

    static func time(_ text: String) -> Timestamp { Timestamp(text) ?? Timestamp(seconds: 0) }

    static let other = Digest("sha256:" + String(repeating: "0", count: 64))

    static let digests: [Case] = [
        Case("denied", says: "the policy 'spec.verify' denies the digest sha256:") { $0.deniedDigests = [$1] },
        Case("another one denied") { requirements, _ in requirements.deniedDigests = Set([other].compactMap(\.self)) },
        Case("allowed") { $0.allowedDigests = [$1] },
        Case("another one allowed", says: "allows 1 digests, and sha256:") { requirements, _ in
            requirements.allowedDigests = Set([other].compactMap(\.self))
        },
        Case("nothing allowed", says: "allows 0 digests") { requirements, _ in requirements.allowedDigests = [] },
        Case("allowed and denied", says: "denies the digest") { requirements, digest in
            requirements.allowedDigests = [digest]
            requirements.deniedDigests = [digest]
        },
        Case(
            "denied while in use",
            says: "denies the digest",
            at: context("2026-11-27T12:00:00Z", inUse: true)
        ) { $0.deniedDigests = [$1] },
    ]

    static let ages: [Case] = [
        Case(
            "too young",
            says: "asks for an age of 24h0m0s: this revision was first seen at 2026-11-26T12:00:01Z and passes from "
                + "2026-11-27T12:00:01Z on",
            passesAt: "2026-11-27T12:00:01Z",
            at: context("2026-11-27T12:00:00Z", seen: "2026-11-26T12:00:01Z")
        ) { requirements, _ in requirements.minimumAge = .seconds(86_400) },
        Case("old enough to the second", at: context("2026-11-27T12:00:00Z", seen: "2026-11-26T12:00:00Z")) {
            requirements,
            _ in
            requirements.minimumAge = .seconds(86_400)
        },
        Case("never seen", says: "it is not known when this revision was first seen") { requirements, _ in
            requirements.minimumAge = .seconds(1)
        },
        Case(
            "seen in the future, by a clock that was wrong",
            says: "passes from 2027-11-27T12:00:01Z on",
            passesAt: "2027-11-27T12:00:01Z",
            at: context("2026-11-27T12:00:00Z", seen: "2027-11-27T12:00:00Z")
        ) { requirements, _ in requirements.minimumAge = .seconds(1) },
        Case(
            "too young and in use already",
            at: context("2026-11-27T12:00:00Z", seen: "2026-11-27T12:00:00Z", inUse: true)
        ) { requirements, _ in requirements.minimumAge = .seconds(86_400) },
        Case("no age asked for") { requirements, _ in requirements.minimumAge = .zero },
    ]

    static let freezes: [Case] = [
        Case(
            "frozen",
            says: "lets no new revision pass: it is frozen until 2026-12-01T00:00:00Z",
            passesAt: "2026-12-01T00:00:00Z"
        ) {
            $0.freezeWindows = [.once(from: time("2026-11-20T00:00:00Z"), to: time("2026-12-01T01:00:00+01:00"))];
            _ = $1
        },
        Case("the moment it ends", at: context("2026-12-01T00:00:00Z")) { requirements, _ in
            requirements.freezeWindows = [.once(from: time("2026-11-20T00:00:00Z"), to: time("2026-12-01T00:00:00Z"))]
        },
        Case(
            "windows that overlap end with the last",
            says: "frozen until 2026-12-05T00:00:00Z",
            passesAt: "2026-12-05T00:00:00Z"
        ) { requirements, _ in
            requirements.freezeWindows = [
                .once(from: time("2026-11-20T00:00:00Z"), to: time("2026-11-28T00:00:00Z")),
                .once(from: time("2026-11-27T18:00:00Z"), to: time("2026-12-05T00:00:00Z")),
            ]
        },
        Case("frozen and in use already", at: context("2026-11-27T12:00:00Z", inUse: true)) { requirements, _ in
            requirements.freezeWindows = [.once(from: time("2026-11-20T00:00:00Z"), to: time("2026-12-01T00:00:00Z"))]
        },
        Case("frozen for ever", says: "it is frozen with no end in sight") { requirements, _ in
            let daily = WeeklyFreeze(days: Set(0...6), from: 0, to: 86_400)
            requirements.freezeWindows = [daily].compactMap(\.self).map { .weekly($0) }
        },
    ]

    @Test(arguments: digests + ages + freezes)
    func hold(held: Case) async throws {
        let key = try TestKeys.first()
        let revision = try SignedRevision.signed(by: key)
        let source = CountingSource(MemorySource(revision: revision))
        var requirements = TrustRequirements()
        held.change(&requirements, revision.resolved.digest)
        let named = NamedKey(name: "cosign.pub", key: key.publicKey)
        let policy = try TrustPolicy(keys: [named], requirements: requirements)
        let verdict = try await ArtifactVerifier(source: source).verify(
            revision.resolved,
            policy: policy,
            at: held.context
        )
        #expect(verdict.isVerified == (held.says == nil), "\(verdict)")
        #expect(verdict.passesAt == held.passesAt.map(Self.time))
        if let says = held.says {
            #expect(verdict.description.contains(says), "\(verdict)")
            #expect(VerifiedRevision(verdict) == nil)
            #expect(source.requests == 0, "a policy that cannot hold costs the registry nothing")
        }
    }

    static let manifests: [(String, [String: String]?, String?)] = [
        ("the same", ["org.opencontainers.image.source": "https://git.test/app", "other": "x"], nil),
        (
            "another value", ["org.opencontainers.image.source": "https://evil.test/app"],
            "and it is \"https://evil.test"
        ),
        ("none", [:], "asks for the annotation \"org.opencontainers.image.source\" on the manifest, which has none"),
        ("no manifest", nil, "the manifest is missing"),
    ]

    @Test(arguments: manifests)
    func manifestAnnotationsAreMatched(why: String, annotations: [String: String]?, says: String?) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        if let annotations {
            let config = try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8))
            let manifest = Manifest(config: config, layers: [], annotations: annotations)
            revision.manifests[revision.resolved.digest] = .manifest(manifest)
        }
        var requirements = TrustRequirements()
        requirements.manifestAnnotations = ["org.opencontainers.image.source": "https://git.test/app"]
        let named = NamedKey(name: "cosign.pub", key: key.publicKey)
        let verdict = try await revision.verdict(TrustPolicy(keys: [named], requirements: requirements))
        #expect(verdict.isVerified == (says == nil), "\(why): \(verdict)")
        if let says { #expect(verdict.description.contains(says), "\(why): \(verdict)") }
    }

    @Test func eachBelongsToTheFingerprint() throws {
        let key = NamedKey(name: "cosign.pub", key: try TestKeys.first().publicKey)
        let weekly = try #require(WeeklyFreeze(days: [5], from: 0, to: 60))
        let elsewhere = try #require(WeeklyFreeze(days: [5], from: 0, to: 60, zone: "+01:00"))
        let changes: [(inout TrustRequirements) -> Void] = [
            { _ in }, { $0.annotations = ["a": "b"] }, { $0.manifestAnnotations = ["a": "b"] }, { $0.signedFor = [] },
            { $0.allowedDigests = [] }, { $0.allowedDigests = Set([Self.other].compactMap(\.self)) },
            { $0.deniedDigests = Set([Self.other].compactMap(\.self)) }, { $0.minimumAge = .seconds(1) },
            { $0.minimumAge = .milliseconds(1) }, { $0.freezeWindows = [.weekly(weekly)] },
            { $0.freezeWindows = [.weekly(elsewhere)] },
            { $0.freezeWindows = [.once(from: Timestamp(seconds: 0), to: Timestamp(seconds: 1))] },
            { $0.allowsUnenforced = true },
        ]
        let fingerprints = try changes.map { change in
            var requirements = TrustRequirements()
            change(&requirements)
            return try TrustPolicy(keys: [key], requirements: requirements).fingerprint
        }
        #expect(Set(fingerprints).count == fingerprints.count)
    }
}
