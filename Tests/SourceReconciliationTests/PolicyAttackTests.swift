import CoreModel
import ManifestTree
import OCIDistribution
import SluiceAPI
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// What somebody tries who would like a policy not to apply, or not to say what it says.
struct PolicyAttackTests {
    /// The registry of the fixture in other words. Its address is one of loopback's.
    static let spellings: [(why: String, host: @Sendable (_ port: Substring) -> String)] = [
        ("as it is", { "127.0.0.1:\($0)" }), ("zeros in front of the port", { "127.0.0.1:0\($0)" }),
        ("one number", { "2130706433:\($0)" }), ("two numbers", { "127.1:\($0)" }),
        ("hexadecimal", { "0x7f000001:\($0)" }), ("a mapped address", { "[::ffff:127.0.0.1]:\($0)" }),
        ("a mapped address in hexadecimal", { "[::ffff:7f00:1]:\($0)" }),
    ]

    @Test(arguments: spellings)
    func anotherSpellingOfTheRegistryEscapesNoPolicy(why: String, host: @Sendable (Substring) -> String) throws {
        let fixture = try SourceFixture()
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        try fixture.refreshPolicies()
        let port = fixture.registry.host.split(separator: ":")[1]
        let repository = try Repository(parsing: "\(host(port))/acme/site")
        #expect(fixture.context.policies.covering(repository, in: "apps").count == 1, "\(why)")
    }

    private static func digests(_ allow: [Digest] = [], deny: [Digest] = []) -> Tree {
        var digests: Tree = [:]
        if !allow.isEmpty { digests["allow"] = .list(allow.map { .string("\($0)") }) }
        if !deny.isEmpty { digests["deny"] = .list(deny.map { .string("\($0)") }) }
        return ["digests": digests]
    }

    @Test func whatOnePolicyDeniesNoOtherAllows() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        let (mine, both) = (Self.digests([pushed.manifest]), Self.digests([pushed.manifest], deny: [pushed.manifest]))
        fixture.createVerified()
        for (why, cluster, own) in [
            ("the cluster denies, the namespace allows", Self.digests(deny: [pushed.manifest]), mine),
            ("the cluster allows, the namespace denies", mine, Self.digests(deny: [pushed.manifest])),
            ("one does both", both, mine),
        ] {
            fixture.setPolicy(cluster, named: "cluster")
            fixture.setPolicy(own, named: "own", namespace: "apps")
            try await fixture.reconcile()
            #expect(fixture.conditions == VerificationTests.refused, "\(why)")
            #expect(fixture.message("Ready").contains("denies the digest"), "\(why): \(fixture.message("Ready"))")
        }
        fixture.setPolicy(mine, named: "cluster")
        fixture.setPolicy(mine, named: "own", namespace: "apps")
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func aDeniedManifestIsNotTakenByWayOfAnIndex() async throws {
        let fixture = try SourceFixture()
        let bad = try fixture.push(["a.yaml": "bad"], tag: nil)
        let index: Tree = [
            "schemaVersion": 2, "mediaType": .string(MediaType.ociIndex),
            "manifests": [
                [
                    "mediaType": .string(MediaType.ociManifest), "digest": .string("\(bad.manifest)"),
                    "size": .number(.init(bad.manifestBytes.count)),
                ]
            ],
        ]
        let digest = try fixture.registry.addManifest(
            SourceFixture.repository,
            index.jsonBytes(),
            type: MediaType.ociIndex,
            tag: "v1"
        )
        fixture.create()
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        fixture.setPolicy(Self.digests(deny: [bad.manifest]))
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.message("Ready").contains("\(bad.manifest), which its index leads to"))
        fixture.setPolicy(Self.digests(deny: [digest]))
        try await fixture.reconcile()
        #expect(fixture.message("Ready").contains("denies the digest \(digest)"), "\(fixture.message("Ready"))")
    }

    @Test func annotationsCountWhereTheyWereAskedFor() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"], annotations: ["team": "core"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        fixture.setPolicy(["manifestAnnotations": ["team": "core"]])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
        var spec = SourceFixture.signed(by: SigningKeys.firstPublic)
        spec["annotations"] = ["team": "core"]
        fixture.setPolicy(spec)
        try await fixture.reconcile()
        #expect(fixture.message("Ready").contains("it does not say \"team\""), "\(fixture.message("Ready"))")
        fixture.setPolicy(["manifestAnnotations": ["team": "red"]])
        try await fixture.reconcile()
        #expect(fixture.message("Ready").contains("and it is \"core\""), "\(fixture.message("Ready"))")
    }

    /// A mistake closes what the policy is about; where that cannot be read, everything.
    static let broken: [(why: String, spec: Tree, isRefused: Bool)] = [
        ("about this repository", ["repositories": ["127.0.0.1:*/acme/**"], "authorities": 3], true),
        ("about another one", ["repositories": ["ghcr.io/acme/**"], "authorities": 3], false),
        ("a field that may say more", ["repositories": ["ghcr.io/acme/**"], "repository": "x"], true),
        ("a pattern that is none", ["repositories": ["ghcr.io/acme/**", "acme"]], true),
        ("nothing", [:], true), ("no spec", .null, true), ("a list", [], true),
        ("an age of nothing", ["repositories": ["127.0.0.1:*/**"], "minimumAge": "0s"], true),
    ]

    @Test(arguments: broken)
    func aPolicyThatCannotBeReadBlocksWhatItMayCover(why: String, spec: Tree, isRefused: Bool) async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.putPolicy(spec, named: "broken")
        fixture.createVerified()
        try await fixture.reconcile()
        #expect(fixture.conditions == (isRefused ? VerificationTests.refused : VerificationTests.verified), "\(why)")
        guard isRefused else { return }
        #expect(fixture.message("Ready").contains("ClusterVerificationPolicy/broken"), "\(fixture.message("Ready"))")
        fixture.cluster.delete(SourceFixture.policyPath("broken"))
        #expect(try fixture.tellPolicy("broken") == [SourceFixture.key], "\(why): its end wakes whom it blocked")
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(why)")
    }

    @Test func whoeverPushesALotMakesNothingOlder() async throws {
        let fixture = try HeldRevisionTests.fixture()
        let first = try fixture.push(["a.yaml": "one"])
        try fixture.sign(first, by: SigningKeys.first)
        try await fixture.reconcile()
        for number in 0..<FirstSeenRevisions.capacity {
            try fixture.sign(try fixture.push(["a.yaml": "\(number)"]), by: SigningKeys.first)
            try await fixture.reconcile()
        }
        fixture.clock.advance(by: .seconds(3_600))
        fixture.registry.tag(SourceFixture.repository, "v1", first.manifest)
        try await fixture.reconcile()
        #expect(fixture.conditions == HeldRevisionTests.waiting, "it was forgotten, and waits anew")
        #expect(fixture.artifact == nil)
    }

    @Test func aWorkThatIsCutOffLeavesNothingUnverified() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.second)
        fixture.createVerified()
        fixture.registry.breakNext(nil, ".sig", times: 1) { $0.delivered(.silent) }
        try await fixture.reconcileAndCancel { fixture.registry.count(nil, ".sig") > 0 }
        #expect(fixture.artifact == nil && fixture.conditions == [])
        fixture.forgetEverything()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.artifact == nil)
    }
}
