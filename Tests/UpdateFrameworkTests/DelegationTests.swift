import CoreModel
import ManifestTree
import SignatureCrypto
import TestSupport
import Testing

@testable import UpdateFramework

@Suite struct DelegationTests {
    /// A role below the top-level targets, and what is said of it there.
    struct Role: Sendable {
        let name: String
        let scope: Tree
        var isTerminating = false
        var targets: [String: [UInt8]] = [:]
    }

    private static func delegations(_ roles: [Role], _ mill: inout UpdateMill) throws -> Tree {
        var (keys, list): (Tree, [Tree]) = ([:], [])
        for (index, role) in roles.enumerated() {
            let key = try UpdateMillKey(UInt8(100 + mill.delegated.count + index))
            mill.keys[role.name] = [key]
            keys[key.identifier] = key.fields
            var entry = role.scope
            entry["name"] = .string(role.name)
            entry["keyids"] = [.string(key.identifier)]
            entry["threshold"] = 1
            entry["terminating"] = .bool(role.isTerminating)
            list.append(entry)
        }
        for role in roles { mill.delegated[role.name] = role.targets }
        return ["keys": keys, "roles": .list(list)]
    }

    private static func scene(_ roles: [Role], _ change: (inout UpdateMill) throws -> Void = { _ in }) throws
        -> UpdateScene
    {
        var mill = try UpdateMill()
        mill.targets = ["top.txt": [0]]
        mill.delegations["targets"] = try delegations(roles, &mill)
        try change(&mill)
        try mill.publishRoot()
        try mill.publish()
        return try UpdateScene(mill)
    }

    private static func paths(_ patterns: String...) -> Tree { ["paths": .list(patterns.map { .string($0) })] }

    static let searches: [(String, [Role], [UInt8]?)] = [
        ("the role whose pattern fits", [Role(name: "a", scope: paths("x/*"), targets: ["x/f": [1]])], [1]),
        ("not one whose pattern does not", [Role(name: "a", scope: paths("y/*"), targets: ["x/f": [1]])], nil),
        ("a star stops at a slash", [Role(name: "a", scope: paths("*"), targets: ["x/f": [1]])], nil),
        (
            "the first of two",
            [
                Role(name: "a", scope: paths("x/?"), targets: ["x/f": [1]]),
                Role(name: "b", scope: paths("x/*"), targets: ["x/f": [2]]),
            ], [1]
        ),
        (
            "the second where the first has none",
            [Role(name: "a", scope: paths("x/*")), Role(name: "b", scope: paths("x/*"), targets: ["x/f": [2]])], [2]
        ),
        (
            "nobody after a terminating one",
            [
                Role(name: "a", scope: paths("x/*"), isTerminating: true),
                Role(name: "b", scope: paths("x/*"), targets: ["x/f": [2]]),
            ], nil
        ),
        (
            "a terminating one for other paths ends nothing",
            [
                Role(name: "a", scope: paths("z/*"), isTerminating: true),
                Role(name: "b", scope: paths("x/*"), targets: ["x/f": [2]]),
            ], [2]
        ),
        // SHA-256 of "x/f" begins with these digits.
        (
            "by the hash of the path",
            [Role(name: "a", scope: ["path_hash_prefixes": ["HASH"]], targets: ["x/f": [1]])], [1]
        ),
        (
            "not by another hash", [Role(name: "a", scope: ["path_hash_prefixes": ["OTHER"]], targets: ["x/f": [1]])],
            nil
        ),
        ("a role for nothing", [Role(name: "a", scope: [:], targets: ["x/f": [1]])], nil),
        ("a role with a slash in its name", [Role(name: "x/y", scope: paths("x/*"), targets: ["x/f": [1]])], [1]),
    ]

    @Test(arguments: searches)
    func finds(why: String, roles: [Role], expected: [UInt8]?) async throws {
        let hash = try Digest.of("x/f".utf8).hex
        let roles = roles.map { role in
            guard let prefix = role.scope["path_hash_prefixes"]?.list?.first?.string else { return role }
            let digits = prefix == "HASH" ? String(hash.prefix(3)) : String(hash.prefix(3).reversed()) + "0"
            return Role(name: role.name, scope: ["path_hash_prefixes": [.string(digits)]], targets: role.targets)
        }
        let scene = try Self.scene(roles)
        let outcome = await scene.outcome(path: "x/f")
        #expect(outcome.target?.bytes == expected, "\(why): \(outcome)")
        if expected == nil { #expect(outcome.code == .noSuchTarget, "\(why): \(outcome)") }
        // Again from what is held.
        scene.repository.goDown()
        #expect(await scene.outcome(path: "x/f").target?.bytes == expected, "\(why)")
    }

    static let refusals: [(String, [Role], UpdateError.Code)] = [
        ("a role that takes the root's file", [Role(name: "root", scope: paths("*"))], .malformed),
        ("a role that leaves the folder", [Role(name: "../x", scope: paths("*"))], .malformed),
        ("a role without a name", [Role(name: "", scope: paths("*"))], .malformed),
        (
            "two scopes at once", [Role(name: "a", scope: ["paths": ["x"], "path_hash_prefixes": ["00"]])], .malformed
        ),
        (
            "the same role twice", [Role(name: "a", scope: paths("x/*")), Role(name: "a", scope: paths("x/*"))],
            .malformed
        ),
    ]

    @Test(arguments: refusals)
    func refuses(why: String, roles: [Role], code: UpdateError.Code) async throws {
        let outcome = await (try Self.scene(roles)).outcome(path: "x/f")
        #expect(outcome.code == code, "\(why): \(outcome)")
    }

    @Test func aDelegatedRoleNeedsItsOwnKeys() async throws {
        let scene = try Self.scene([Role(name: "a", scope: Self.paths("x/*"), targets: ["x/f": [1]])]) { mill in
            mill.signers["a"] = mill.keys["targets"]
        }
        #expect(await scene.outcome(path: "x/f").code == .unsigned)
    }

    @Test func aRoleThatTheSnapshotDoesNotListIsNotSearched() async throws {
        let scene = try Self.scene([Role(name: "a", scope: Self.paths("x/*"), targets: ["x/f": [1]])]) { mill in
            mill.delegated = [:]
        }
        #expect(await scene.outcome(path: "x/f").code == .mismatch)
    }

    @Test func rolesThatDelegateInACircleAreAskedOnce() async throws {
        let scene = try Self.scene([Role(name: "a", scope: Self.paths("x/*"))]) { mill in
            let key = mill.keys["a"]?[0]
            mill.delegations["a"] = [
                "keys": [:],
                "roles": [["name": "a", "keyids": [], "threshold": 1, "paths": ["x/*"], "terminating": false]],
            ]
            #expect(key != nil)
        }
        #expect(await scene.outcome(path: "x/f").code == .noSuchTarget)
        #expect(scene.repository.asked.count { $0 == "1.a.json" } == 1)
    }

    @Test func aSearchEndsAtTheLimit() async throws {
        let roles = (0..<50).map { Role(name: "r\($0)", scope: Self.paths("x/*")) }
        let scene = try Self.scene(roles)
        var limits = UpdateLimits()
        limits.delegations = 10
        #expect(await scene.outcome(scene.client(limits: limits), path: "x/f").code == .noSuchTarget)
        #expect(scene.repository.asked.count { $0.contains(".r") && !$0.contains("root") } == 9)
    }

    @Test func anIdentifierIsOneKeyEverywhere() async throws {
        let scene = try Self.scene([Role(name: "a", scope: Self.paths("x/*"), targets: ["x/f": [1]])]) { mill in
            let taken = mill.keys["timestamp"]?[0].identifier ?? ""
            let key = try UpdateMillKey(150).renamed(taken)
            mill.keys["a"] = [key]
            mill.delegations["targets"]?["keys"]?[taken] = key.fields
            mill.delegations["targets"]?["roles"] = [
                ["name": "a", "keyids": [.string(taken)], "threshold": 1, "paths": ["x/*"], "terminating": false]
            ]
        }
        let outcome = await scene.outcome(path: "x/f")
        #expect(outcome.code == .malformed, "\(outcome)")
    }

    static let patterns: [(String, String, Bool)] = [
        ("targets/*.tgz", "targets/foo.tgz", true), ("targets/*.tgz", "targets/foo.txt", false),
        ("foo-version-?.tgz", "foo-version-2.tgz", true), ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
        ("*.tgz", "foo.tgz", true), ("*.tgz", "targets/foo.tgz", false), ("foo.tgz", "foo.tgz", true),
        ("foo.tgz", "fooxtgz", false), ("[ab]/x", "a/x", true), ("[!ab]/x", "a/x", false), ("[!ab]/x", "c/x", true),
        ("[a", "[a", true), ("a+(b)", "a+(b)", true), ("a+", "aa", false), ("*/*", "a/b", true),
        ("*/*", "a/b/c", false),
        ("[0-9]", "5", true), ("[!x]y", "/y", false), ("*", "", true),
    ]

    @Test(arguments: patterns)
    func patternsAreThoseOfTheShell(pattern: String, path: String, expected: Bool) throws {
        let parsed = try LinearPattern(parsing: ShellPattern.expression(pattern))
        #expect(parsed.matchesWhole(path) == expected)
    }
}
