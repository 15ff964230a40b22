import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import ToolCommands

/// `sluice kustomize` with repositories behind http: what it prints is what kustomize prints that runs git itself.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct KustomizeGitTests {
    private let folder: GitFolder
    private let server: GitServer
    private let transport: CurlTransport

    init() throws {
        folder = try GitFolder()
        server = try GitServer(folder.path, version: 2)
        transport = try CurlTransport(userAgent: "git/2.0 (sluice)")
        let library = try folder.repository("org/library.git")
        try library.write("kustomization.yaml", "resources: [m.yaml]\n")
        try library.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: library}\n")
        try library.commit()
        let app = try folder.repository("org/app.git")
        try app.write("base/kustomization.yaml", "resources: [m.yaml]\nconfigMapGenerator: [{name: c, files: [f]}]\n")
        try app.write("base/m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\n")
        try app.write("base/f", "some\ncontent\n")
        try app.write("dev/kustomization.yaml", "resources: [../base, ../parts/library]\nnamePrefix: dev-\n")
        try app.write(
            "part/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {part: one}}]\n"
        )
        try app.git("submodule", "--quiet", "add", "\(address)/org/library.git", "parts/library")
        try app.commit()
        try app.git("tag", "v1")
        try app.git("checkout", "-q", "-b", "feature/next")
        try app.write("base/f", "other\n")
        try app.commit()
        try app.git("tag", "-a", "-m", "note", "v2")
        try app.git("checkout", "-q", "main")
    }

    private var address: String { "http://127.0.0.1:\(server.port)" }

    /// What kustomize prints.
    private func theirs(_ path: String) throws -> (status: Int32, output: String) {
        var plan = ChildProcess.Plan(Command(peer: "kustomize-new").program, ["build", path])
        plan.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1"]
        let (status, output) = try ChildProcess.outcome(of: plan)
        return (status, String(decoding: output, as: UTF8.self))
    }

    static let built: [(path: String, why: String)] = [
        ("/org/app.git//base", "the default branch"),
        ("/org/app.git/base?ref=v1", "a path right behind .git, a tag"),
        ("/org/app.git//base?ref=v2", "an annotated tag"),
        ("/org/app.git//base?ref=feature/next", "a branch with a slash"),
        ("/org/app.git//dev?ref=main&timeout=30s", "bases beside it, and a submodule"),
        ("/org/app.git//part", "a component alone"),
    ]

    @Test(arguments: built) func aURLIsBuilt(_ path: String, why: String) async throws {
        let expected = try theirs(address + path)
        try #require(expected.status == 0)
        let run = await ToolRun.of(["kustomize", address + path], over: transport)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output == expected.output, "\(why)")
    }

    static let refused: [(path: String, words: String, why: String)] = [
        ("/org/app.git//dev?submodules=false", "unable to find one of 'kustomization.yaml'", "the submodule is wanted"),
        ("/org/app.git//base?ref=v9", "has no branch, tag or commit 'v9'", "there is no such tag"),
        ("/org/app.git//nowhere", "nowhere", "there is no such directory"),
        ("/org/none.git//base", "status 404", "there is no such repository"),
    ]

    @Test(arguments: refused) func whatIsNotThereIsNamed(_ path: String, words: String, why: String) async throws {
        #expect(try theirs(address + path).status != 0, "\(why)")
        let run = await ToolRun.of(["kustomize", address + path], over: transport)
        #expect(run.status == 1)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func aTreeNamesBasesComponentsAndARevisionOfItsOwn() async throws {
        let commit = try folder.existing("org/app.git").git("rev-parse", "feature/next")
        let tree = try Scratch([
            "kustomization.yaml": """
            resources:
            - \(address)/org/app.git//base?ref=v1
            - \(address)/org/library.git
            components:
            - \(address)/org/app.git//part?ref=main
            namePrefix: here-

            """,
            "exact/kustomization.yaml": "resources:\n- \(address)/org/app.git//base?ref=\(commit)\n",
        ])
        for path in [tree.path, "\(tree.path)/exact"] {
            let expected = try theirs(path)
            try #require(expected.status == 0)
            let run = await ToolRun.of(["kustomize", "--enable-remote", path], over: transport)
            #expect(run.output == expected.output, "\(run.errors)")
        }
    }
}
