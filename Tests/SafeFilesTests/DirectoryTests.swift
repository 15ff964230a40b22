import CoreModel
import Glibc
import SafeFiles
import SystemPackage
import Testing

@Suite struct DirectoryTests {
    let sandbox: Sandbox
    var directory: Directory { sandbox.directory }

    init() throws { sandbox = try Sandbox() }

    static let badPaths: [(String, String)] = [
        ("/etc/passwd", "absolute"),
        ("../x", "leaves at once"),
        ("a/../../x", "leaves later"),
        ("a/..", "names the directory itself in disguise"),
        ("a//b", "empty component"),
        ("a/", "empty last component"),
        ("a\0b", "a C string would end early"),
    ]

    @Test(arguments: badPaths) func refusesPath(path: String, why: String) throws {
        #expect(code { _ = try directory.openFile(path) } == .invalidPath)
        #expect(code { _ = try directory.createFile(path) } == .invalidPath)
        #expect(code { _ = try directory.directory(path, creating: true) } == .invalidPath)
        #expect(code { _ = try directory.status(path) } == .invalidPath)
        #expect(code { try directory.removeTree(path) } == .invalidPath)
        #expect(code { try directory.writeAtomically(path, []) } == .invalidPath)
    }

    @Test func neverFollowsLinks() throws {
        let outside = try Sandbox()
        try outside.write("secret", "keep")
        try directory.replaceSymbolicLink("link", target: outside.path)
        try directory.replaceSymbolicLink("file", target: outside.path + "/secret")
        #expect(code { _ = try directory.read("link/secret", limit: 10) } == .linkRefused)
        #expect(code { _ = try directory.read("file", limit: 10) } == .linkRefused)
        #expect(code { _ = try directory.createFile("link/new") } == .linkRefused)
        #expect(code { _ = try directory.createFile("file") } == .alreadyExists)
        #expect(code { _ = try directory.directory("link", creating: true) } == .linkRefused)
        #expect(code { _ = try directory.entries("link") } == .linkRefused)
        #expect(code { _ = try directory.lock("file") } == .linkRefused)
        #expect(code { try directory.remove("link/secret") } == .linkRefused)
        #expect(try directory.status("link")?.kind == .link)
        try directory.removeTree("link")
        try directory.writeAtomically("file", Array("mine".utf8))
        #expect(try outside.text("secret") == "keep")
        #expect(try outside.directory.entries().map(\.name) == ["secret"])
        #expect(try sandbox.text("file") == "mine")
    }

    @Test func stillTheSameDirectoryAfterARename() throws {
        let inner = try directory.directory("inner", creating: true)
        try directory.rename("inner", to: "moved")
        try directory.replaceSymbolicLink("inner", target: "/")
        try inner.writeAtomically("here", [1])
        #expect(try directory.read("moved/here", limit: 1) == [1])
    }

    @Test func readsOnlyRegularFiles() throws {
        let made = unsafe mkfifo(sandbox.path + "/pipe", 0o600)
        #expect(made == 0)
        _ = try directory.directory("sub", creating: true)
        #expect(code { _ = try directory.openFile("pipe") } == .notARegularFile)
        #expect(code { _ = try directory.openFile("sub") } == .notARegularFile)
        #expect(code { _ = try directory.openFile("absent") } == .notFound)
        #expect(code { _ = try directory.openFile("") } == .invalidPath)
    }

    @Test func limitIsInclusive() throws {
        try sandbox.write("four", "abcd")
        #expect(try directory.read("four", limit: 4).count == 4)
        #expect(code { _ = try directory.read("four", limit: 3) } == .tooLarge)
    }

    @Test func listsByBytesOfNames() throws {
        for name in ["b", "a", "B", "é", "a.b", "a-b"] { try sandbox.write(name, name) }
        _ = try directory.directory("dir", creating: true)
        try directory.replaceSymbolicLink("link", target: "nowhere")
        let entries = try directory.entries()
        #expect(entries.map(\.name) == ["B", "a", "a-b", "a.b", "b", "dir", "link", "é"])
        #expect(entries.first { $0.name == "dir" }?.kind == .directory)
        #expect(entries.first { $0.name == "link" }?.kind == .link)
        #expect(entries.first { $0.name == "a.b" }?.size == 3)
        #expect(try directory.entries().count == 8, "a second listing starts at the front")
    }

    @Test func createsDirectoriesOnTheWay() throws {
        let deep = try directory.directory("a/./b/c", creating: true)
        try deep.writeAtomically("file", [7])
        #expect(try directory.read("a/b/c/file", limit: 1) == [7])
        #expect(try directory.status("a/b")?.mode == 0o700)
        #expect(code { _ = try directory.directory("absent") } == .notFound)
        #expect(code { _ = try directory.directory("a/b/c/file/x", creating: true) } == .notADirectory)
    }

    @Test func modesAreExact() throws {
        let before = umask(0o077)
        defer { umask(before) }
        _ = try directory.createFile("open", mode: 0o644)
        _ = try directory.createFile("closed", mode: 0o700)
        #expect(try directory.status("open")?.mode == 0o644)
        #expect(try directory.status("closed")?.mode == 0o700)
    }

    @Test func removesWholeTrees() throws {
        let outside = try Sandbox()
        try outside.write("keep", "keep")
        let deep = try directory.directory("t/a/b", creating: true)
        try deep.writeAtomically("file", [1])
        try deep.replaceSymbolicLink("out", target: outside.path)
        let closed = unsafe chmod(sandbox.path + "/t/a/b", 0o000)
        #expect(closed == 0)
        try directory.removeTree("t")
        try directory.removeTree("t")
        try directory.removeTree("absent/below")
        #expect(try directory.entries().isEmpty)
        #expect(try outside.text("keep") == "keep")
        _ = try directory.directory("full/x", creating: true)
        #expect(code { try directory.remove("full") } == .alreadyExists)
        try directory.remove("full/x")
        try directory.remove("full")
        #expect(code { try directory.remove("full") } == .notFound)
    }

    @Test func replacesAtomically() throws {
        try sandbox.write("file", "old")
        let reader = try directory.openFile("file")
        try sandbox.write("file", "new")
        #expect(try reader.readAll(limit: 10) == Array("old".utf8))
        #expect(try sandbox.text("file") == "new")
        try directory.replaceSymbolicLink("latest", target: "one")
        try directory.replaceSymbolicLink("latest", target: "two")
        #expect(try directory.linkTarget("latest") == "two")
        #expect(try directory.entries().map(\.name) == ["file", "latest"], "nothing temporary stays")
    }

    @Test func errorsNameThePathAndTheKernel() throws {
        #expect {
            _ = try directory.openFile("sub/absent")
        } throws: { error in
            guard let error = error as? FileError else { return false }
            return error.message.contains("\(sandbox.path)/sub") && error.message.contains("(ENOENT)")
                && error.number == ENOENT
        }
    }
}
