import CoreModel
import ManifestTree
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import UpdateFramework

/// What somebody between us and the repository, or in it, may do, each with the refusal that it has to meet.
@Suite struct UpdateAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let code: UpdateError.Code
        /// A part of the message, so that it is refused for its own reason.
        let says: String
        /// Changes a repository that the client has seen in its sound state.
        let change: @Sendable (inout UpdateMill) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            _ code: UpdateError.Code,
            _ says: String,
            _ change: @escaping @Sendable (inout UpdateMill) throws -> Void
        ) {
            (self.why, self.code, self.says, self.change) = (why, code, says, change)
        }
    }

    static let attacks: [Attack] = rootAttacks + orderAttacks + mixAttacks + signatureAttacks + formAttacks

    static let rootAttacks: [Attack] = [
        Attack("a new root that the old keys did not sign", .unsigned, "2.root.json is signed by 0") { mill in
            mill.keys["root"] = [try UpdateMillKey(50)]
            try mill.publishRoot()
        },
        Attack("a new root that its own keys did not sign", .unsigned, "2.root.json is signed by 0") { mill in
            mill.signers["root"] = mill.keys["root"]
            mill.keys["root"] = [try UpdateMillKey(50)]
            try mill.publishRoot()
        },
        Attack("a root that skips a version", .rollback, "version 3 of the root, and only version 2") { mill in
            mill.versions["root"] = 3
            mill.files["2.root.json"] = try mill.publishRoot()
        },
        Attack("an expired last root", .expired, "2.root.json expired") { mill in
            mill.expires["root"] = "2025-12-31T23:59:59Z"
            try mill.publishRoot()
        },
        Attack("a root that expires at this very second", .expired, "2.root.json expired") { mill in
            mill.expires["root"] = "2026-01-01T00:00:00Z"
            try mill.publishRoot()
        },
        Attack("a new root without a threshold", .malformed, "threshold is not an integer from 1") { mill in
            mill.thresholds["timestamp"] = 0
            try mill.publishRoot()
        },
        Attack("a root that lacks a role", .malformed, "signed.roles.snapshot is not a map") { mill in
            mill.edit = { $1[path: ["roles", "snapshot"]] = $0 == "root" ? nil : $1[path: ["roles", "snapshot"]] }
            try mill.publishRoot()
        },
        Attack("a root by another version of the specification", .malformed, "version '2.0.0' of the TUF") { mill in
            mill.edit = { $1["spec_version"] = "2.0.0" }
            try mill.publishRoot()
        },
        Attack("a version that overflows", .malformed, "signed.version is not an integer") { mill in
            mill.edit = { $1["version"] = .number(Tree.Number(Int.max)) }
            try mill.publishRoot()
        },
        Attack("a root that is none", .malformed, "it is of the type 'timestamp'") { mill in
            mill.files["2.root.json"] = mill.files["timestamp.json"]
        },
    ]

    static let orderAttacks: [Attack] = [
        Attack("an older timestamp", .rollback, "timestamp.json is version 1, older than version 5") { mill in
            mill.versions["timestamp"] = 1
            try mill.publish()
        },
        Attack("a newer timestamp of an older snapshot", .rollback, "The snapshot named by timestamp.json is version 1")
        { mill in
            mill.versions["snapshot"] = 1
            try mill.publish()
        },
        Attack("a newer snapshot of older targets", .rollback, "The file targets.json named by") { mill in
            mill.versions["targets"] = 1
            try mill.publish()
        },
        Attack("a snapshot that forgets a role", .rollback, "no longer lists extra.json") { mill in
            mill.delegated = [:]
            try mill.publish()
        },
        Attack("an expired timestamp", .expired, "timestamp.json expired") { mill in
            mill.expires["timestamp"] = "2025-12-31T00:00:00Z"
            try mill.publish()
        },
        Attack("an expired snapshot", .expired, "snapshot.json expired") { mill in
            mill.expires["snapshot"] = "2025-12-31T00:00:00Z"
            try mill.publish()
        },
        Attack("expired targets", .expired, "targets.json expired") { mill in
            mill.expires["targets"] = "2025-12-31T00:00:00Z"
            try mill.publish()
        },
        Attack("an expiry that is no time", .malformed, "expires is not a time") { mill in
            mill.expires["timestamp"] = "never"
            try mill.publish()
        },
    ]

    static let mixAttacks: [Attack] = [
        Attack(
            "a snapshot of another state under this one's name",
            .mismatch,
            "6.snapshot.json does not have the sha256"
        ) { mill in
            try mill.publish()
            var bytes = mill.files["6.snapshot.json"] ?? []
            bytes[bytes.count - 2] = UInt8(ascii: " ")
            mill.files["6.snapshot.json"] = bytes
        },
        Attack("an older snapshot where nothing says its hash", .mismatch, "is version 5, and version 6 belongs") {
            mill in
            mill.describesFiles = false
            try mill.publish()
            mill.files["6.snapshot.json"] = mill.files["5.snapshot.json"]
        },
        Attack("older targets where nothing says their hash", .mismatch, "is version 5, and version 6 belongs") {
            mill in
            mill.describesFiles = false
            try mill.publish()
            mill.files["6.targets.json"] = mill.files["5.targets.json"]
        },
        Attack("a shorter target", .mismatch, "has 1 bytes, and its signed description says 3") { mill in
            mill.targets[UpdateScene.path] = [1, 2, 3]
            try mill.publish()
            for name in mill.files.keys where name.hasSuffix(".trusted_root.json") { mill.files[name] = [1] }
        },
        Attack("other bytes of the same length", .mismatch, "does not have the sha256") { mill in
            mill.targets[UpdateScene.path] = [1, 2, 3]
            try mill.publish()
            for name in mill.files.keys where name.hasSuffix(".trusted_root.json") { mill.files[name] = [3, 2, 1] }
        },
        Attack("a longer target", .tooLarge, "too large") { mill in
            mill.targets[UpdateScene.path] = [1, 2, 3]
            try mill.publish()
            for name in mill.files.keys where name.hasSuffix(".trusted_root.json") { mill.files[name] = [1, 2, 3, 4] }
        },
        Attack("a target of a petabyte", .tooLarge, "is announced with 1000000000000 bytes") { mill in
            mill.edit = { role, signed in
                if role == "targets" {
                    signed[path: ["targets", UpdateScene.path, "length"]] = .number(Tree.Number(1_000_000_000_000))
                }
            }
            try mill.publish()
        },
        Attack("an endless timestamp", .tooLarge, "too large") { mill in
            mill.files["timestamp.json"] = [UInt8](repeating: UInt8(ascii: " "), count: 16_385)
        },
        Attack("a hash of an algorithm that nobody knows", .malformed, "holds no SHA-256") { mill in
            mill.edit = { role, signed in
                if role == "targets" { signed[path: ["targets", UpdateScene.path, "hashes"]] = ["md5": "00"] }
            }
            try mill.publish()
        },
        Attack("a target that is no longer listed", .noSuchTarget, "has no target") { mill in
            mill.targets = [:]
            try mill.publish()
        },
    ]

    static let signatureAttacks: [Attack] = [
        Attack("a timestamp that the snapshot's key signed", .unsigned, "timestamp.json is signed by 0") { mill in
            mill.signers["timestamp"] = mill.keys["snapshot"]
            try mill.publish()
        },
        Attack("a stranger under the identifier of a role's key", .unsigned, "timestamp.json is signed by 0") { mill in
            mill.signers["timestamp"] = [try UpdateMillKey(99).renamed(mill.keys["timestamp"]?[0].identifier ?? "")]
            try mill.publish()
        },
        Attack(
            "one key under two identifiers for a threshold of two",
            .unsigned,
            "signed by 1 of the keys of the role 'timestamp', which needs 2"
        ) { mill in
            let key = try UpdateMillKey(60)
            mill.keys["timestamp"] = [key, key.renamed("other")]
            mill.thresholds["timestamp"] = 2
            try mill.publishRoot()
            try mill.publish()
        },
        Attack("a role that names a key twice", .malformed, "names the key") { mill in
            let key = try UpdateMillKey(60)
            mill.keys["timestamp"] = [key, key]
            mill.thresholds["timestamp"] = 2
            try mill.publishRoot()
        },
        Attack("a signature that is there twice", .malformed, "signed it twice") { mill in
            try mill.publish()
            var document = try JSONReader.parse(mill.files["timestamp.json"] ?? [])
            let signatures = document["signatures"]?.list ?? []
            document["signatures"] = .list(signatures + signatures)
            mill.files["timestamp.json"] = document.jsonBytes()
        },
        Attack("a changed number under an old signature", .unsigned, "timestamp.json is signed by 0") { mill in
            try mill.publish()
            var document = try JSONReader.parse(mill.files["timestamp.json"] ?? [])
            document[path: ["signed", "version"]] = 99
            mill.files["timestamp.json"] = document.jsonBytes()
        },
        Attack("no signature at all", .unsigned, "timestamp.json is signed by 0") { mill in
            try mill.publish()
            var document = try JSONReader.parse(mill.files["timestamp.json"] ?? [])
            document["signatures"] = []
            mill.files["timestamp.json"] = document.jsonBytes()
        },
        Attack("targets that a delegated role's key signed", .unsigned, "targets.json is signed by 0") { mill in
            mill.signers["targets"] = mill.keys["extra"]
            try mill.publish()
        },
    ]

    static let formAttacks: [Attack] = [
        Attack("a page of HTML", .malformed, "timestamp.json is not valid") { mill in
            mill.files["timestamp.json"] = Array("<html>captive portal</html>".utf8)
        },
        Attack("nothing", .malformed, "the document is empty") { mill in mill.files["timestamp.json"] = [] },
        Attack("half a file", .malformed, "timestamp.json is not valid") { mill in
            mill.files["timestamp.json"] = mill.files["timestamp.json"].map { Array($0.prefix($0.count / 2)) }
        },
        Attack("a key twice in one object", .malformed, "is set twice") { mill in
            let text = String(decoding: mill.files["timestamp.json"] ?? [], as: UTF8.self)
            let parts = text.split(separator: #""version": "#, maxSplits: 1)
            mill.files["timestamp.json"] = Array("\(parts[0])\"version\": 9,\"version\": \(parts[1])".utf8)
        },
        Attack("a number without a canonical form", .malformed, "no canonical form") { mill in
            mill.edit = { $1["x"] = .number(Tree.Number(validated: "1.5")) }
            try mill.publish()
        },
        Attack("a document that nests without end", .malformed, "nested deeper") { mill in
            mill.files["timestamp.json"] = [UInt8](repeating: UInt8(ascii: "["), count: 10_000)
        },
        Attack("a snapshot without targets", .malformed, "does not list targets.json") { mill in
            mill.keys["snapshot"] = [try UpdateMillKey(71)]
            try mill.publishRoot()
            try mill.publishSnapshot([:])
        },
    ]

    @Test(arguments: attacks)
    func isRefused(attack: Attack) async throws {
        var mill = try UpdateMill()
        mill.targets = [UpdateScene.path: UpdateScene.content]
        mill.keys["extra"] = [try UpdateMillKey(5)]
        mill.delegated = ["extra": ["x": [1]]]
        try mill.publishRoot()
        for role in ["timestamp", "snapshot", "targets", "extra"] { mill.versions[role] = 5 }
        try mill.publish()
        let scene = try UpdateScene(mill)
        #expect(await scene.outcome().target != nil)
        let held = try scene.folder.directory.read("timestamp.json", limit: 1 << 20)
        try attack.change(&mill)
        scene.repository.serve(mill)
        guard case .refused(let error) = await scene.outcome() else {
            Issue.record("\(attack.why) was not refused")
            return
        }
        #expect(error.code == attack.code, "\(attack.why): \(error)")
        #expect(error.message.contains(attack.says), "\(attack.why): \(error)")
        if attack.code == .unsigned || attack.code == .malformed, attack.says.contains("timestamp.json") {
            #expect(try scene.folder.directory.read("timestamp.json", limit: 1 << 20) == held)
        }
        // Nothing of it stays: the repository as it was is trusted again, or what replaced it by right.
        if attack.code != .noSuchTarget {
            scene.repository.goDown()
            _ = await scene.outcome()
        }
    }

    @Test func freezingEndsWithTheTimestamp() async throws {
        let mill = try UpdateScene.mill()
        let scene = try UpdateScene(mill)
        #expect(await scene.outcome().target != nil)
        scene.clock.advance(by: .seconds(10 * 86_400 - 1))
        #expect(await scene.outcome().target != nil)
        scene.clock.advance(by: .seconds(1))
        #expect(await scene.outcome().code == .expired)
        #expect(await scene.outcome(scene.client(keeps: false)).code == .expired)
    }

    static let badRoots: [(String, String)] = [
        ("", "the document is empty"), ("{}", "signed is not a map"), ("[]", "the document is not a map"),
        (#"{"signed":{},"signatures":[]}"#, "signed._type is not a string"),
    ]

    @Test(arguments: badRoots)
    func aRootThatIsNoneEndsItAll(text: String, says: String) async throws {
        var scene = try UpdateScene(UpdateScene.mill())
        scene.root = Array(text.utf8)
        guard case .refused(let error) = await scene.outcome() else {
            Issue.record("'\(text)' is no root")
            return
        }
        #expect(error.code == .unusableRoot)
        #expect(error.description.contains(says), "\(error)")
        #expect(error.kind == .terminal)
        #expect(scene.repository.asked.isEmpty)
    }

    @Test func aRootHasToBeSignedByItself() async throws {
        var mill = try UpdateMill()
        mill.signers["root"] = [try UpdateMillKey(90)]
        try mill.publishRoot()
        #expect(try await UpdateScene(mill).outcome().code == .unusableRoot)
    }

    @Test(arguments: ["../x", "/x", "a//b", "", "a/./b", "a\\b", "a\u{0}b", ".."])
    func pathsStayInside(path: String) async throws {
        let scene = try UpdateScene(UpdateScene.mill())
        #expect(await scene.outcome(path: path).code == .noSuchTarget)
        #expect(scene.repository.asked.isEmpty)
    }
}
