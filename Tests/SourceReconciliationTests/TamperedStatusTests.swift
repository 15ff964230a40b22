import ArtifactStore
import CoreModel
import ManifestTree
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// Whoever has the right to write a status can write anything there; none of it makes an artifact verified or older.
struct TamperedStatusTests {
    private static func edit(_ fixture: SourceFixture, _ change: (inout Tree) -> Void) {
        fixture.cluster.change(SourceFixture.path) { object in
            var status = object["status"] ?? [:]
            change(&status)
            object["status"] = status
        }
    }

    private static func condition(_ type: String, in fixture: SourceFixture) -> Tree? {
        fixture.status["conditions"]?.list?.first { $0["type"]?.string == type }
    }

    /// A verified source beside one that nobody has signed; both have the same policy in the end.
    private static func unsigned() async throws -> (fixture: SourceFixture, seal: Tree, verified: Tree) {
        let fixture = try SourceFixture()
        let good = try fixture.push(["a.yaml": "good"], tag: "good")
        try fixture.sign(good, by: SigningKeys.first)
        try fixture.push(["a.yaml": "bad"])
        fixture.create(named: "good") { $0["ref"] = ["tag": "good"] }
        fixture.create()
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        try await fixture.reconcile(["good"])
        let status = fixture.status(of: "good")
        let seal = try #require(status["observedTrustPolicy"])
        let verified = try #require(
            status["conditions"]?.list?.first {
                $0["type"]?.string == "SourceVerified" && $0["status"]?.string == "True"
            }
        )
        // Stored before anybody asked.
        fixture.cluster.delete(SourceFixture.policyPath("signed"))
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        return (fixture, seal, verified)
    }

    @Test func theMarkOfAnotherSourceVerifiesNothing() async throws {
        let (fixture, seal, verified) = try await Self.unsigned()
        Self.edit(fixture) { status in
            status["observedTrustPolicy"] = seal
            status["conditions"] = .list((status["conditions"]?.list ?? []) + [verified])
        }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.status["observedTrustPolicy"] == nil)
    }

    @Test func theMarkOfAnotherRevisionVerifiesNothing() async throws {
        let fixture = try SourceFixture()
        let first = try fixture.push(["a.yaml": "one"])
        try fixture.sign(first, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let second = try fixture.push(["a.yaml": "two"])
        Self.edit(fixture) { status in
            status[path: ["artifact", "revision"]] = .string("v1@\(second.manifest)")
        }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("SourceVerified=False/VerificationError"), "\(fixture.conditions)")
        #expect(fixture.artifact == nil, "nothing is stored under the name that somebody gave it")
        try fixture.sign(second, by: SigningKeys.first)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func anotherMessageIsNotBelieved() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "one"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let message = fixture.message("SourceVerified")
        Self.edit(fixture) { status in
            let conditions = (status["conditions"]?.list ?? []).map { condition -> Tree in
                guard condition["type"]?.string == "SourceVerified" else { return condition }
                var changed = condition
                changed["message"] = "verified by the board of directors"
                return changed
            }
            status["conditions"] = .list(conditions)
        }
        try await fixture.reconcile()
        #expect(fixture.message("SourceVerified") == message)
    }

    @Test func theArtifactOfAnotherIsNeitherBorrowedNorRemoved() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "mine"])
        try fixture.push(["b.yaml": "theirs"], tag: "other")
        fixture.create()
        fixture.create(named: "other") { $0["ref"] = ["tag": "other"] }
        try await fixture.reconcile(["site", "other"])
        let theirs = try #require(fixture.status(of: "other")["artifact"])
        for digest in [theirs["digest"], .string("\(try Digest.of("x".utf8))")] {
            Self.edit(fixture) { status in
                var artifact = theirs
                artifact["digest"] = digest
                status["artifact"] = artifact
            }
            try await fixture.reconcile()
            #expect(try fixture.servedFiles() == ["a.yaml"])
            #expect(fixture.artifact?.path.contains("/apps/site/") == true)
            let path = try ArtifactPath(theirs["path"]?.string ?? "")
            #expect(throws: Never.self, "the other's is still there") { _ = try fixture.store.lease(path) }
        }
    }

    @Test func nobodyMakesARevisionOlder() async throws {
        let fixture = try HeldRevisionTests.fixture()
        let pushed = try fixture.push(["a.yaml": "one"])
        try fixture.sign(pushed, by: SigningKeys.first)
        try await fixture.reconcile()
        let seen = try #require(fixture.status["firstSeen"])
        let old: Tree = [["digest": .string("\(pushed.manifest)"), "time": "2020-01-01T00:00:00Z"]]
        for forged in [old, nil, []] {
            Self.edit(fixture) { $0["firstSeen"] = forged }
            try await fixture.reconcile()
            #expect(fixture.conditions == HeldRevisionTests.waiting)
            #expect(fixture.status["firstSeen"] == seen, "what this process has seen counts")
        }
    }

    @Test func aStoredArtifactIsVerifiedAnewUnderAnotherRepository() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "one"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
        // The same content elsewhere, where nobody has signed it.
        let layer = try fixture.layer(["a.yaml": "one"])
        let copy = try fixture.registry.addArtifact("acme/copy", tag: "v1", layer: layer)
        #expect(copy.manifest == pushed.manifest)
        fixture.changeSpec { $0["url"] = .string("oci://\(fixture.registry.host)/acme/copy") }
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
    }
}
