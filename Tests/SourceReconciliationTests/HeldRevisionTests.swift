import ArtifactTrust
import CoreModel
import KubeModel
import ManifestTree
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// Revisions that a policy does not let pass before their time.
struct HeldRevisionTests {
    static let waiting = [
        "Ready=False/WaitingForPolicy", "Reconciling=True/WaitingForPolicy", "RevisionHeld=True/WaitingForPolicy",
        "SourceVerified=False/WaitingForPolicy",
    ]
    static let kept = (VerificationTests.verified + ["RevisionHeld=True/WaitingForPolicy"]).sorted()

    /// A source that wants a signature and an age of an hour.
    static func fixture() throws -> SourceFixture {
        let fixture = try SourceFixture()
        var spec = SourceFixture.signed(by: SigningKeys.firstPublic)
        spec["minimumAge"] = "1h"
        fixture.setPolicy(spec)
        fixture.create()
        return fixture
    }

    /// Reconciles, and waits as long as it asks for, within an interval.
    static func pass(_ time: Duration, _ fixture: SourceFixture) async throws -> ReconcileOutcome {
        fixture.clock.advance(by: time - .seconds(61))
        return try await fixture.reconcile()
    }

    @Test func aNewRevisionIsTakenOnceItIsOldEnough() async throws {
        let fixture = try Self.fixture()
        let pushed = try fixture.push(["a.yaml": "one"])
        try fixture.sign(pushed, by: SigningKeys.first)
        let seen = fixture.clock.now()
        #expect(try await fixture.reconcile() == .again(after: .seconds(600)), "the registry is looked at all the same")
        #expect(fixture.conditions == Self.waiting)
        #expect(fixture.artifact == nil)
        #expect(fixture.message("RevisionHeld").contains("passes from \(seen + .seconds(3600)) on"))
        #expect(fixture.events == ["site: RevisionHeld"])
        #expect(fixture.status["firstSeen"] == [["digest": .string("\(pushed.manifest)"), "time": .string("\(seen)")]])

        _ = fixture.cluster.takeRequests()
        #expect(try await Self.pass(.seconds(3300), fixture) == .again(after: .seconds(300)), "the hour's end is hit")
        #expect(fixture.cluster.takeRequests().filter(\.isWrite).map(\.line) == [], "nothing but time has passed")
        fixture.forgetEverything()
        #expect(try await Self.pass(.seconds(300), fixture) == .again(after: .seconds(600)))
        #expect(fixture.conditions == VerificationTests.verified, "a restart has forgotten nothing")
        #expect(fixture.artifact?.revision == "v1@\(pushed.manifest)")
    }

    @Test func whatIsStoredStaysAsItIsMeanwhile() async throws {
        let fixture = try Self.fixture()
        let first = try fixture.push(["a.yaml": "one"])
        try fixture.sign(first, by: SigningKeys.first)
        try await fixture.reconcile()
        _ = try await Self.pass(.seconds(3600), fixture)
        let artifact = try #require(fixture.artifact)

        let second = try fixture.push(["a.yaml": "two"])
        try fixture.sign(second, by: SigningKeys.first)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.kept)
        #expect(fixture.artifact == artifact)
        #expect(fixture.message("SourceVerified").contains("v1@\(first.manifest)"))
        #expect(fixture.message("RevisionHeld").contains("v1@\(second.manifest)"))

        // Back to what is stored: nothing is held any more.
        fixture.registry.tag(SourceFixture.repository, "v1", first.manifest)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func anotherPolicyMeanwhileIsHeldAgainstWhatIsStored() async throws {
        let fixture = try Self.fixture()
        try fixture.sign(try fixture.push(["a.yaml": "one"]), by: SigningKeys.first)
        try await fixture.reconcile()
        _ = try await Self.pass(.seconds(3600), fixture)
        #expect(fixture.conditions == VerificationTests.verified)

        try fixture.sign(try fixture.push(["a.yaml": "two"]), by: SigningKeys.second)
        var spec = SourceFixture.signed(by: SigningKeys.secondPublic)
        spec["minimumAge"] = "1h"
        fixture.setPolicy(spec)
        try await fixture.reconcile()
        #expect(
            fixture.conditions
                == ["ArtifactInStorage=True/Succeeded", "ArtifactOutdated=True/NewRevision"]
                + VerificationTests.refused
        )
        spec["authorities"] = SourceFixture.signed(by: SigningKeys.firstPublic)["authorities"]
        spec["minimumAge"] = "2h"
        fixture.setPolicy(spec)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.kept, "the same key again, so what is stored is trusted again")
    }

    @Test func aFreezeHoldsWhatIsNewAndNotWhatIsStored() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "one"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let now = fixture.clock.now()
        var spec = SourceFixture.signed(by: SigningKeys.firstPublic)
        spec["freezeWindows"] = [
            ["from": .string("\(now + .seconds(-60))"), "to": .string("\(now + .seconds(300))")]
        ]
        fixture.setPolicy(spec)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "what is in use is not frozen")

        let second = try fixture.push(["a.yaml": "two"])
        try fixture.sign(second, by: SigningKeys.first)
        #expect(try await fixture.reconcile() == .again(after: .seconds(300 - 122)))
        #expect(fixture.conditions == Self.kept)
        #expect(fixture.status["firstSeen"] == nil, "nobody asks for an age")
        _ = try await Self.pass(.seconds(178), fixture)
        #expect(fixture.conditions == VerificationTests.verified)
        #expect(fixture.artifact?.revision == "v1@\(second.manifest)")
    }

    @Test func whatIsRememberedIsBoundedAndReadStrictly() throws {
        var seen = FirstSeenRevisions(nil)
        let digests = try (0..<20).map { try Digest.of("\($0)".utf8) }
        for (index, digest) in digests.enumerated() { _ = seen.see(digest, now: Timestamp(seconds: Int64(index))) }
        #expect(seen.entries.map(\.digest) == Array(digests.suffix(FirstSeenRevisions.capacity)))
        #expect(seen.see(digests[10], now: Timestamp(seconds: 99)) == Timestamp(seconds: 10), "the first time counts")
        #expect(seen.see(digests[10], now: Timestamp(seconds: 5)) == Timestamp(seconds: 5), "not one that lies ahead")
        #expect(FirstSeenRevisions(seen.tree) == seen)
        let broken: Tree = [["digest": "sha256:1", "time": "2026-01-01T00:00:00Z"], ["digest": "x"], "y"]
        #expect(FirstSeenRevisions(broken).entries == [])
        #expect(FirstSeenRevisions(nil).tree == nil)
    }
}
