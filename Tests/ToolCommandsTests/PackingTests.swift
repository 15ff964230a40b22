import CoreModel
import Foundation
import ManifestTree
import OCIDistribution
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import ToolCommands

/// What is packed, however the command is called.
@Suite struct PackingTests {
    private func built(_ arguments: [String], into output: Scratch) async -> ToolRun {
        await ToolRun.of(["build", "artifact", "-o", "\(output.path)/artifact.tgz"] + arguments)
    }

    /// The names in the archive that was built.
    private func names(_ output: Scratch) throws -> [String] {
        try Command("/usr/bin/tar").succeed(["tzf", "\(output.path)/artifact.tgz"]).split(separator: "\n").map(
            String.init
        )
    }

    @Test func buildsWhatIsPushed() async throws {
        let source = try Scratch(["a/b.yaml": "b: 1\n", "logo.png": "x", ".git/HEAD": "x", "notes.txt": "x"])
        let output = try Scratch()
        let run = await built(["-p", source.path, "--add-ignore-paths", "*.txt"], into: output)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.hasSuffix("✔ artifact created at \(output.path)/artifact.tgz\n"))
        #expect(try names(output) == ["a/", "a/b.yaml"])

        let layout = try Scratch()
        let pushed = await ToolRun.of([
            "push", "artifact", "oci-layout:\(layout.path)/app:v1", "-f", source.path, "--add-ignore-paths", "*.txt",
            "--source", "s", "--revision", "r",
        ])
        #expect(pushed.status == 0, "\(pushed.errors)")
        let bytes = try output.directory.directory.read("artifact.tgz", limit: 1 << 20)
        let blob = try Digest.of(bytes).description.replacing(":", with: "/")
        #expect(try layout.directory.directory.read("app/blobs/\(blob)", limit: 1 << 20) == bytes)
    }

    @Test func ignorePathsReplaceTheDefaults() async throws {
        let source = try Scratch(["a.yaml": "a: 1\n", "logo.png": "x", "skip/me.yaml": "x"])
        let output = try Scratch()
        _ = await built(["-p", source.path, "--ignore-paths", "skip/"], into: output)
        #expect(try names(output) == ["a.yaml", "logo.png"])
    }

    @Test func packsWhatLinksLeadToWhereThatIsWanted() async throws {
        let (source, elsewhere) = (try Scratch(["base/a.yaml": "a: 1\n"]), try Scratch(["shared.yaml": "s: 1\n"]))
        let root = source.directory.directory
        try root.replaceSymbolicLink("inside", target: "base")
        try root.replaceSymbolicLink("outside.yaml", target: "\(elsewhere.path)/shared.yaml")
        try root.directory("base").replaceSymbolicLink("up", target: "..")
        let output = try Scratch()
        _ = await built(["-p", source.path], into: output)
        #expect(try names(output) == ["base/", "base/a.yaml"], "links are left out")

        let run = await built(["-p", source.path, "--resolve-symlinks"], into: output)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try names(output) == ["base/", "base/a.yaml", "inside/", "inside/a.yaml", "outside.yaml"])
        #expect(run.errors.contains("Warning: links lead out of the directory"), "\(run.errors)")
        #expect(run.errors.contains("outside.yaml to \(elsewhere.path)/shared.yaml"), "\(run.errors)")
    }

    @Test func aLinkToNothingIsAnErrorUnlessItIsIgnored() async throws {
        let source = try Scratch(["a.yaml": "a: 1\n"])
        try source.directory.directory.replaceSymbolicLink("lost.yaml", target: "nowhere")
        let output = try Scratch()
        let run = await built(["-p", source.path, "--resolve-symlinks"], into: output)
        #expect(
            run.status == 1 && run.errors.contains("The symbolic link 'lost.yaml' leads to nothing"),
            "\(run.errors)"
        )
        let ignoring = await built(
            ["-p", source.path, "--resolve-symlinks", "--add-ignore-paths", "lost.*"],
            into: output
        )
        #expect(ignoring.status == 0, "\(ignoring.errors)")
    }

    @Test func leavesNoTemporaryFilesBehind() async throws {
        let (source, output, temporary) = (try Scratch(["a/b.yaml": "b: 1\n"]), try Scratch(), try Scratch())
        let run = await ToolRun.of(
            ["build", "artifact", "-p", source.path, "-o", "\(output.path)/x.tgz", "--resolve-symlinks"],
            environment: ["TMPDIR": temporary.path]
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(try temporary.directory.directory.entries().isEmpty)
        #expect(try output.directory.directory.entries().map(\.name) == ["x.tgz"])
    }
}

/// Where files come from when the flags do not say.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"))
struct ArtifactOriginTests {
    private let source: Scratch
    private let layout: Scratch

    init() throws {
        source = try Scratch(["deploy/a.yaml": "a: 1\n"])
        layout = try Scratch()
        try git("init", "-q", "-b", "main")
    }

    @discardableResult
    private func git(_ arguments: String...) throws -> String {
        var git = Command("/usr/bin/git")
        git.environment = ["HOME": source.path, "GIT_CONFIG_NOSYSTEM": "1"]
        let user = ["-C", source.path, "-c", "user.name=t", "-c", "user.email=t@example.com"]
        return try git.succeed(user + arguments).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func push(_ more: String...) async -> ToolRun {
        await ToolRun.of(
            ["push", "artifact", "oci-layout:\(layout.path)/app:v1", "-f", "\(source.path)/deploy"] + more
        )
    }

    private func annotations() async throws -> [String: String] {
        let repository = try ArtifactLocation("oci-layout:\(layout.path)/app:v1")
        let target = try Scratch()
        let pulled = await ToolRun.of(["pull", "artifact", repository.url, "-o", target.path])
        let lines = pulled.errors.split(separator: "\n")
        func value(_ word: String) -> String? {
            lines.first { $0.hasPrefix("✔ \(word) ") }.map { String($0.dropFirst(word.count + 3)) }
        }
        return ["source": value("source") ?? "", "revision": value("revision") ?? ""]
    }

    @Test func comesFromTheCheckout() async throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", "one")
        try git("remote", "add", "origin", "https://me:secret@example.com/acme/app.git")
        let commit = try git("rev-parse", "HEAD")
        let pushed = await push()
        #expect(pushed.status == 0 && !pushed.errors.contains("Warning"), "\(pushed.errors)")
        let expected = ["source": "https://example.com/acme/app.git", "revision": "main@sha1:\(commit)"]
        #expect(try await annotations() == expected)

        try source.directory.directory.writeAtomically("deploy/b.yaml", Array("b: 1\n".utf8), mode: 0o644)
        let dirty = await push("--source", "https://example.com/other")
        #expect(dirty.status == 0)
        #expect(dirty.errors.contains("Warning: '\(source.path)/deploy' has changes that are not in the commit"))
        #expect(try await annotations()["source"] == "https://example.com/other")
        let told = await push("--source", "s", "--revision", "r")
        #expect(!told.errors.contains("Warning"), "git is not asked at all")
    }

    @Test func saysWhichFlagToGive() async throws {
        let unborn = await push("--source", "s")
        #expect(unborn.status == 1 && unborn.errors.contains("--revision is missing"), "\(unborn.errors)")
        #expect(unborn.errors.contains("has no commit yet"))
        try git("commit", "-q", "--allow-empty", "-m", "one")
        let remote = await push()
        #expect(remote.status == 1 && remote.errors.contains("has no remote called origin"), "\(remote.errors)")
    }
}
