import CurlTransport
import Foundation
import HTTPExchange
import SafeFiles
import SystemPackage
import TestSupport
import Testing

@testable import GitAccess

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git"), "git is not installed"))
struct GitSourceTests {
    enum Way: String, CaseIterable, Sendable {
        case folder, version2, version0
    }

    /// Repositories of git itself, and git itself behind a web server.
    private struct Served {
        let folder: GitFolder
        let server: GitServer
        let transport: CurlTransport

        init(version: Int = 2) throws {
            folder = try GitFolder()
            server = try GitServer(folder.path, version: version)
            transport = try CurlTransport(userAgent: "git/2.0 (sluice)")
        }

        func remote(_ name: String, _ way: Way, user: String = "") throws -> GitRemote {
            let url = "http://\(user)127.0.0.1:\(server.port)/\(name)"
            return try GitRemote(way == .folder ? "\(folder.path)/\(name)" : url)
        }

        func tree(
            _ remote: GitRemote,
            _ reference: String? = nil,
            limits: GitSource.Limits = GitSource.Limits(),
            submodules: Bool = true
        ) async throws -> GitTree {
            let workspace = try Directory.open(FilePath("\(folder.path)/work"), creating: true)
            return try await GitSource(transport: transport, limits: limits, timeout: .seconds(30))
                .tree(of: remote, reference: reference, includingSubmodules: submodules, in: workspace)
        }
    }

    private func served(_ way: Way) throws -> Served {
        let served = try Served(version: way == .version0 ? 0 : 2)
        let app = try served.folder.repository("app")
        try app.write("base/a.yaml", "v: 1\n")
        try app.write("run.sh", "#!/bin/sh\n")
        try app.git("update-index", "--add", "--chmod=+x", "run.sh")
        try FileManager.default.createSymbolicLink(atPath: "\(app.path)/link", withDestinationPath: "base/a.yaml")
        try app.commit()
        try app.git("tag", "v1")
        try app.git("tag", "-a", "-m", "note", "v1-annotated")
        try app.write("base/a.yaml", "v: 2\n")
        try app.commit()
        try app.git("branch", "side/way")
        try app.write("base/a.yaml", "v: 3\n")
        try app.commit()
        return served
    }

    private func text(_ tree: GitTree, _ path: String) throws -> String {
        String(decoding: try tree.directory.directory.read(path, limit: 1 << 20), as: UTF8.self)
    }

    @Test(arguments: Way.allCases) func writesTheFilesOfABranchTagOrCommit(_ way: Way) async throws {
        let served = try served(way)
        let remote = try served.remote("app", way)
        let app = served.folder.existing("app")
        for (reference, text) in [
            (nil, "v: 3\n"), ("main", "v: 3\n"), ("refs/heads/main", "v: 3\n"), ("side/way", "v: 2\n"),
            ("v1", "v: 1\n"), ("v1-annotated", "v: 1\n"), ("refs/tags/v1", "v: 1\n"),
            (try app.git("rev-parse", "HEAD~1"), "v: 2\n"),
        ] {
            let tree = try await served.tree(remote, reference)
            #expect(try self.text(tree, "base/a.yaml") == text, "\(reference ?? "HEAD")")
            #expect(try tree.commit == app.git("rev-parse", "\(reference ?? "HEAD")^{commit}"))
            #expect(try tree.directory.directory.linkTarget("link") == "base/a.yaml")
            #expect(try tree.directory.directory.entries().map(\.name).sorted() == ["base", "link", "run.sh"])
        }
    }

    @Test(arguments: Way.allCases) func unknownReferencesAreNamed(_ way: Way) async throws {
        let served = try served(way)
        for reference in ["nothing", "main~1", "main@{yesterday}", ":/change", "--upload-pack=x"] {
            await #expect {
                _ = try await served.tree(served.remote("app", way), reference)
            } throws: { ($0 as? GitError)?.code == .unknownReference && "\($0)".contains(reference) }
        }
    }

    @Test func fetchesNoHistory() async throws {
        let served = try served(.version2)
        let app = served.folder.existing("app")
        try app.write("large.bin", String(repeating: "x", count: 100) + (0..<40_000).map { "\($0 &* 7919)" }.joined())
        try app.commit()
        try app.git("rm", "-q", "large.bin")
        try app.commit()
        var limits = GitSource.Limits()
        limits.transfer = 4096
        let tree = try await served.tree(served.remote("app", .version2), limits: limits)
        #expect(try text(tree, "base/a.yaml") == "v: 3\n")
    }

    @Test(arguments: Way.allCases) func submodulesComeAtTheirOwnCommit(_ way: Way) async throws {
        let served = try served(way)
        let outer = try served.folder.repository("outer")
        try outer.git(
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "add",
            "-q",
            "\(served.folder.path)/app",
            "deps/app"
        )
        try outer.git("config", "-f", ".gitmodules", "submodule.deps/app.url", "../app")
        try outer.git("-C", "deps/app", "checkout", "-q", "v1")
        try outer.commit()
        let tree = try await served.tree(served.remote("outer", way))
        #expect(try text(tree, "deps/app/base/a.yaml") == "v: 1\n")
        let without = try await served.tree(served.remote("outer", way), submodules: false)
        #expect(try without.directory.directory.directory("deps/app").entries().isEmpty)
    }

    @Test(arguments: [Way.folder, .version2]) func boundsHold(_ way: Way) async throws {
        let served = try served(way)
        for change: @Sendable (inout GitSource.Limits) -> Void in [{ $0.content = 10 }, { $0.entries = 2 }] {
            var limits = GitSource.Limits()
            change(&limits)
            await #expect {
                _ = try await served.tree(served.remote("app", way), limits: limits)
            } throws: { ($0 as? GitError)?.code == .tooLarge }
        }
        var limits = GitSource.Limits()
        limits.transfer = 100
        guard way != .folder else { return }
        await #expect {
            _ = try await served.tree(served.remote("app", way), limits: limits)
        } throws: { ($0 as? GitError)?.code == .tooLarge }
    }

    @Test func signsInWithTheAddressesUser() async throws {
        let served = try served(.version2)
        served.server.password.required = "Basic \(Data("me:s e".utf8).base64EncodedString())"
        await #expect {
            _ = try await served.tree(served.remote("app", .version2))
        } throws: { ($0 as? GitError)?.code == .refused && "\($0)".contains("401") }
        let tree = try await served.tree(served.remote("app", .version2, user: "me:s%20e@"))
        #expect(try text(tree, "base/a.yaml") == "v: 3\n")
    }

    @Test func whatIsNoGitServerIsToldSo() async throws {
        let served = try Served()
        let server = try LoopbackServer { _ in .text(200, "<html>hello</html>") }
        await #expect {
            _ = try await served.tree(GitRemote("\(server.url("/x"))"))
        } throws: { ($0 as? GitError)?.code == .protocolBroken }
    }

    @Test(arguments: [
        ("ssh://git@example.com/a", false), ("git@example.com:a/b", false), ("git://example.com/a", false),
        ("ext::sh -c id", false), ("relative/path", false), ("https://example.com/a", true), ("file:///srv/a", true),
        ("file://host/a", false), ("/srv/a", true),
    ]) func addresses(_ address: String, _ isTaken: Bool) throws {
        let taken = (try? GitRemote(address)) != nil
        #expect(taken == isTaken)
    }

    @Test(arguments: [
        ("../other", "https://h/acme/other"), ("./in", "https://h/acme/app/in"), ("../../../up", nil),
        ("https://else/x", "https://else/x"), ("/etc", nil), ("file:///etc", nil), ("ssh://h/x", nil),
    ]) func submoduleAddresses(_ address: String, _ result: String?) throws {
        let remote = try GitRemote("https://u:p@h/acme/app")
        let found = try? remote.submodule(at: address)
        #expect(found?.description == result)
        #expect((found?.authorization != nil) == (result?.hasPrefix("https://h/") ?? false), "only its own server")
    }

    @Test func brokenLinesAreRefused() throws {
        for bytes in ["zzzz", "0003", "fff1x"] {
            var parser = PacketLineParser()
            parser.append(Array(bytes.utf8))
            #expect(throws: GitError.self) { _ = try parser.next() }
        }
        var parser = PacketLineParser()
        parser.append(Array("00".utf8))
        #expect(try parser.next() == nil)
        parser.append(Array("06a".utf8))
        #expect(try parser.next() == nil)
        parser.append(Array("\n0000".utf8))
        #expect(try parser.next()?.text == "a")
        #expect(try parser.next() == .flush)
    }
}
