import CoreModel
import ManifestTree
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import UpdateFramework

@Suite struct UpdateClientTests {
    @Test func aTargetComesByEightFilesAndThenByOne() async throws {
        let scene = try UpdateScene(UpdateScene.mill())
        let target = try #require(await scene.outcome().target)
        #expect(target.bytes == UpdateScene.content)
        #expect(target.rootVersion == 1)
        #expect(target.expires == Timestamp("2026-01-11T00:00:00Z"))
        #expect(target.staleness == nil)
        #expect(
            scene.repository.asked == [
                "2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json",
                "targets/\(target.digest.hex).trusted_root.json",
            ]
        )
        #expect(await scene.outcome().target != nil)
        // Nothing but what may have changed is asked for again.
        #expect(scene.repository.asked.suffix(2) == ["2.root.json", "timestamp.json"])
    }

    static let shapes: [(String, @Sendable (inout UpdateMill) throws -> Void)] = [
        ("consistent snapshots", { _ in }),
        ("plain names", { $0.isConsistent = false }),
        ("neither hashes nor lengths", { $0.describesFiles = false }),
        ("a target in folders", { $0.targets["a/b/c.txt"] = [1, 2, 3] }),
        (
            "three of four keys",
            { mill in
                mill.keys["targets"] = try (10...13).map { try UpdateMillKey($0) }
                mill.signers["targets"] = try (11...13).map { try UpdateMillKey($0) }
                mill.thresholds["targets"] = 3
            }
        ),
        ("one key for all roles", { mill in for role in mill.keys.keys { mill.keys[role] = [try UpdateMillKey(9)] } }),
        (
            "identifiers that are no hashes, as in Sigstore's history",
            { mill in
                mill.keys["timestamp"] = [
                    try UpdateMillKey(2).renamed("b6710623a30c010738e64c5209d367df1c0a18cf90e6ab5292fb01680f83453d")
                ]
            }
        ),
        (
            "an expiry with a zone and fractions, as in Sigstore's history",
            { $0.expires["root"] = "2026-02-18T13:28:12.99008-06:00" }
        ),
        (
            "a key of a kind that is not known",
            { mill in
                mill.edit = { role, signed in
                    guard role == "root" else { return }
                    signed[path: ["keys", "ml"]] = [
                        "keytype": "ml-dsa", "scheme": "ml-dsa-44/1",
                        "keyval": ["public": "-----BEGIN PUBLIC KEY-----"],
                    ]
                    signed[path: ["roles", "root", "keyids"]] = .list(
                        (signed[path: ["roles", "root", "keyids"]]?.list ?? []) + ["ml"]
                    )
                }
            }
        ),
        (
            "members that nobody knows",
            { mill in
                mill.edit = { _, signed in signed["x-tuf-on-ci-expiry-period"] = 365 }
            }
        ),
    ]

    @Test(arguments: shapes)
    func everySoundShapeIsTaken(why: String, shape: @Sendable (inout UpdateMill) throws -> Void) async throws {
        var mill = try UpdateMill()
        mill.targets = [UpdateScene.path: UpdateScene.content]
        try shape(&mill)
        try mill.publishRoot()
        try mill.publish()
        let scene = try UpdateScene(mill)
        for path in mill.targets.keys {
            let outcome = await scene.outcome(path: path)
            #expect(outcome.target?.bytes == mill.targets[path], "\(why): \(outcome)")
        }
    }

    @Test func rootsFollowOnEachOther() async throws {
        var mill = try UpdateScene.mill()
        for number in 20...24 as ClosedRange<UInt8> {
            let former = mill.keys["root"] ?? []
            mill.keys["root"] = [try UpdateMillKey(number)]
            try mill.publishRoot(signedAlsoBy: former)
        }
        let scene = try UpdateScene(mill)
        #expect(await scene.outcome().target?.rootVersion == 6)
        #expect(await scene.outcome().target?.rootVersion == 6)
        // The versions that were gone through are not fetched again, but each is checked again.
        #expect(scene.repository.asked.count { $0 == "3.root.json" } == 1)
        try scene.folder.directory.writeAtomically("3.root.json", Array("{}".utf8))
        #expect(await scene.outcome().target?.rootVersion == 6)
        #expect(scene.repository.asked.count { $0 == "3.root.json" } == 2)
    }

    @Test func anExpiredRootIsNoBarToItsSuccessor() async throws {
        var mill = try UpdateMill()
        mill.targets = [UpdateScene.path: UpdateScene.content]
        mill.expires["root"] = "2020-01-01T00:00:00Z"
        try mill.publishRoot()
        mill.expires["root"] = nil
        try mill.publishRoot()
        try mill.publish()
        #expect(try await UpdateScene(mill).outcome().target?.rootVersion == 2)
    }

    @Test func theSameVersionOfTheRootEndsTheChain() async throws {
        let scene = try UpdateScene(UpdateScene.mill())
        scene.repository.change("2.root.json", scene.root)
        #expect(await scene.outcome().target?.rootVersion == 1)
    }

    @Test func anEndlessChainIsLeftAtTheLimitAndTakenUpAgain() async throws {
        var mill = try UpdateScene.mill()
        for _ in 0..<12 { try mill.publishRoot() }
        let scene = try UpdateScene(mill)
        var limits = UpdateLimits()
        limits.rootRotations = 5
        #expect(await scene.outcome(scene.client(limits: limits)).target?.rootVersion == 6)
        #expect(scene.repository.asked.count { $0.hasSuffix(".root.json") } == 5)
        #expect(await scene.outcome(scene.client(limits: limits)).target?.rootVersion == 11)
    }

    @Test func whoeverRotatedTheKeysMayCountFromTheStart() async throws {
        var mill = try UpdateScene.mill()
        mill.versions["timestamp"] = 1_000
        mill.versions["snapshot"] = 1_000
        mill.versions["targets"] = 1_000
        try mill.publish()
        let scene = try UpdateScene(mill)
        #expect(await scene.outcome().target != nil)
        mill.keys["snapshot"] = [try UpdateMillKey(33)]
        try mill.publishRoot()
        for role in ["timestamp", "snapshot", "targets"] { mill.versions[role] = 2 }
        try mill.publish()
        scene.repository.serve(mill)
        let outcome = await scene.outcome()
        #expect(outcome.target != nil, "\(outcome)")
    }
}

@Suite struct UpdateRefreshTests {
    @Test func whatWasTrustedServesWhileTheRepositoryIsAway() async throws {
        let scene = try UpdateScene(UpdateScene.mill())
        #expect(await scene.outcome(scene.client(refresh: .never)).code == .unavailable)
        #expect(await scene.outcome().target != nil)
        scene.repository.goDown()
        let held = try #require(await scene.outcome().target)
        #expect(held.bytes == UpdateScene.content)
        #expect(held.staleness?.contains("The mill is down") == true)
        #expect(await scene.outcome(scene.client(refresh: .never)).target?.staleness == nil)
        #expect(await scene.outcome(scene.client(keeps: false)).code == .unavailable)
        scene.clock.advance(by: .seconds(11 * 86_400))
        #expect(await scene.outcome(scene.client(refresh: .never)).code == .expired)
        #expect(await scene.outcome().code == .unavailable)
    }

    @Test func theRepositoryIsNotAskedBeforeTime() async throws {
        let scene = try UpdateScene(UpdateScene.mill())
        let client = scene.client(refresh: .after(.seconds(3600)))
        #expect(await scene.outcome(client).target != nil)
        let asked = scene.repository.asked.count
        scene.clock.advance(by: .seconds(3599))
        #expect(await scene.outcome(client).target != nil)
        #expect(scene.repository.asked.count == asked)
        scene.clock.advance(by: .seconds(1))
        #expect(await scene.outcome(client).target != nil)
        #expect(scene.repository.asked.count == asked + 2)
    }

    @Test func aClockThatIsSetBackRevivesNothing() async throws {
        var mill = try UpdateMill()
        mill.targets = [UpdateScene.path: UpdateScene.content]
        try mill.publishRoot()
        mill.expires["timestamp"] = "2026-01-02T00:00:00Z"
        try mill.publish()
        let old = mill
        mill.expires["timestamp"] = "2026-01-09T00:00:00Z"
        try mill.publish()
        let scene = try UpdateScene(mill)
        scene.clock.advance(by: .seconds(5 * 86_400))
        #expect(await scene.outcome().target != nil)
        scene.clock.advance(by: .seconds(-5 * 86_400))
        // The old state would be unexpired by the clock alone, with nothing to compare it with.
        try scene.folder.directory.remove("timestamp.json")
        scene.repository.serve(old)
        #expect(await scene.outcome().code == .expired)
    }

    static let kills = [
        "timestamp.json", "snapshot.json", "targets.json", "targets/trusted_root.json", "root.json", "2.root.json",
    ]

    @Test(arguments: kills)
    func aProcessMayDieBeforeAnyFile(file: String) async throws {
        var mill = try UpdateScene.mill()
        try mill.publishRoot()
        let scene = try UpdateScene(mill)
        #expect(await scene.outcome().target != nil)
        let before = try? scene.folder.directory.read(file, limit: 1 << 20)
        mill.targets[UpdateScene.path] = [1, 2, 3]
        try mill.publish()
        try mill.publishRoot()
        scene.repository.serve(mill)
        #expect(await scene.outcome().target?.bytes == [1, 2, 3])
        // As if the file had not been replaced yet, or never been written, and half of it under another name.
        for state in [before, nil] {
            if let state {
                try scene.folder.directory.writeAtomically(file, state)
            } else {
                try scene.folder.directory.remove(file)
            }
            try scene.folder.directory.writeAtomically(".tmp-half", [1])
            let outcome = await scene.outcome()
            #expect(outcome.target?.bytes == [1, 2, 3], "\(outcome)")
            #expect(try scene.folder.directory.status(".tmp-half") == nil)
        }
    }

    @Test func anotherRootForgetsWhatWasTrusted() async throws {
        var scene = try UpdateScene(UpdateScene.mill())
        #expect(await scene.outcome().target != nil)
        var other = try UpdateMill()
        for role in other.keys.keys { other.keys[role] = [try UpdateMillKey(77)] }
        other.targets = [UpdateScene.path: [9]]
        try other.publishRoot()
        try other.publish()
        scene.root = other.files["1.root.json"] ?? []
        #expect(await scene.outcome(scene.client(refresh: .never)).code == .unavailable)
        #expect(await scene.outcome().code == .unsigned)
        scene.repository.serve(other)
        #expect(await scene.outcome().target?.bytes == [9])
    }
}
