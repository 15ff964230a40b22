import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import GitAccess

/// A folder with a git repository made by git itself.
private final class Repository {
    let folder: String

    init() throws {
        let made = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-git-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        folder = made.resolvingSymlinksInPath().path
        try git("init", "-q", "-b", "main")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ name: String, _ text: String = "a: 1\n") throws {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func commit() throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", "change")
    }

    @discardableResult
    func git(_ arguments: String...) throws -> String {
        var plan = ChildProcess.Plan(
            "/usr/bin/git",
            ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.com"] + arguments
        )
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"]
        let (status, output) = try ChildProcess.outcome(of: plan)
        let text = String(decoding: output, as: UTF8.self)
        try #require(status == 0, "git \(arguments)")
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    func checkout(_ below: String = "") throws -> GitCheckout? {
        try GitCheckout.enclosing(FilePath(below.isEmpty ? folder : "\(folder)/\(below)"))
    }
}

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"))
struct GitCheckoutTests {
    @Test func namesBranchCommitAndOrigin() throws {
        let repository = try Repository()
        try repository.write("deploy/app/a.yaml")
        try repository.commit()
        try repository.git("remote", "add", "origin", "https://user:secret@example.com/acme/app.git")
        let commit = try repository.git("rev-parse", "HEAD")
        let checkout = try #require(try repository.checkout("deploy/app"))
        #expect(checkout.revision == "main@sha1:\(commit)")
        #expect(checkout.origin == "https://example.com/acme/app.git")
        #expect(checkout.root == FilePath(repository.folder))
        #expect(checkout.hasChanges == false)
    }

    @Test func readsABranchBeforeItsFirstCommit() throws {
        let repository = try Repository()
        let checkout = try #require(try repository.checkout())
        #expect(checkout.branch == "main")
        #expect(checkout.revision == nil)
        #expect(checkout.origin == nil)
    }

    @Test func namesADetachedHeadByItsHighestTagOrByItsCommitAlone() throws {
        let repository = try Repository()
        try repository.commit()
        let commit = try repository.git("rev-parse", "HEAD")
        try repository.git("checkout", "-q", "--detach")
        #expect(try repository.checkout()?.revision == "sha1:\(commit)")
        for tag in ["zeta", "v1.9.0", "release/x"] { try repository.git("tag", tag) }
        try repository.git("tag", "-a", "-m", "annotated", "v1.10.0")
        #expect(try repository.checkout()?.revision == "v1.10.0@sha1:\(commit)")
        try repository.commit()
        #expect(try repository.checkout()?.tag == nil, "tags of another commit do not count")
    }

    @Test func readsWorktreesByThemselves() throws {
        let repository = try Repository()
        try repository.commit()
        try repository.git("branch", "other/one")
        try repository.git("worktree", "add", "-q", "tree", "other/one")
        let checkout = try #require(try repository.checkout("tree"))
        #expect(checkout.branch == "other/one")
        #expect(checkout.root == FilePath("\(repository.folder)/tree"))
    }

    @Test func seesChangesBelowThePathOnly() throws {
        let repository = try Repository()
        try repository.write("a/one.yaml")
        try repository.write("b/two.yaml")
        try repository.write(".gitignore", "*.log\n")
        try repository.commit()
        try repository.write("a/build.log")
        #expect(try repository.checkout("a")?.hasChanges == false, "ignored files are no changes")
        try repository.write("b/two.yaml", "b: 2\n")
        #expect(try repository.checkout("a")?.hasChanges == false)
        #expect(try repository.checkout("b/two.yaml")?.hasChanges == true)
        #expect(try repository.checkout()?.hasChanges == true)
        try repository.write("a/new.yaml")
        #expect(try repository.checkout("a")?.hasChanges == true, "new files are")
    }

    @Test func findsNothingOutsideOfGit() throws {
        #expect(try GitCheckout.enclosing("/usr/share") == nil)
    }

    @Test func refusesABareRepository() throws {
        let repository = try Repository()
        try repository.git("init", "-q", "--bare", "bare.git")
        let error = try #require(throws: GitError.self) { try repository.checkout("bare.git") }
        #expect(error.code == .bare)
    }

    @Test func refusesADamagedRepository() throws {
        let repository = try Repository()
        try repository.write(".git/config", "[core\n")
        let error = try #require(throws: GitError.self) { try repository.checkout() }
        #expect(error.code == .unreadable)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func refusesACheckoutOfAnotherUser() throws {
        let repository = try Repository()
        try repository.commit()
        for name in ["", "/.git"] {
            try FileManager.default.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: repository.folder + name)
        }
        let error = try #require(throws: GitError.self) { try repository.checkout() }
        #expect(error.code == .notOwned)
        #expect(error.message.contains("safe.directory '\(repository.folder)'"), "\(error)")
    }
}

@Suite struct RemoteAddressTests {
    static let addresses: [(String, String, String)] = [
        ("https://example.com/a/b.git", "https://example.com/a/b.git", "nothing to hide"),
        ("https://token@example.com/a", "https://example.com/a", "a token as user"),
        ("HTTPS://u:p@ss@example.com:8443/a@b", "https://example.com:8443/a@b", "the last @ ends the password"),
        ("https://example.com/a?private_token=x#y", "https://example.com/a", "a token as a parameter"),
        ("ssh://git@example.com/a.git", "ssh://git@example.com/a.git", "the user belongs to the address"),
        ("ssh://git:pw@example.com:22/a.git", "ssh://git@example.com:22/a.git", "the password does not"),
        ("ssh://:pw@example.com/a.git", "ssh://example.com/a.git", "no user"),
        ("git@example.com:acme/app.git", "git@example.com:acme/app.git", "scp's form"),
        ("/srv/git/app.git", "/srv/git/app.git", "a path"),
        ("file:///srv/git/app.git", "file:///srv/git/app.git", "a path as a URL"),
    ]

    @Test(arguments: addresses)
    func leavesCredentialsOut(address: String, expected: String, why: String) {
        #expect(RemoteAddress.withoutCredentials(address) == expected, "\(why)")
    }
}
