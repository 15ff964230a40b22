import CoreModel
import HTTPExchange
import SafeFiles
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ToolCommands

/// `sluice kustomize`: its flags, and what it may run and fetch.
@Suite struct KustomizeCommandTests {
    private static let configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    private func run(_ files: [String: String], _ arguments: [String] = [], in path: String = "") async throws
        -> ToolRun
    {
        let tree = try Scratch(files)
        return await ToolRun.of(["kustomize", "\(tree.path)/\(path)"] + arguments)
    }

    @Test func objectsAreOrderedByKindUnlessAskedOtherwise() async throws {
        let files = [
            "kustomization.yaml": "resources: [a.yaml, n.yaml]\n", "a.yaml": Self.configMap,
            "n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
        ]
        #expect(try await run(files).output.hasPrefix("apiVersion: v1\nkind: Namespace"))
        let fifo = try await run(files, ["--reorder", "none"])
        #expect(fifo.output.hasPrefix("apiVersion: v1\nkind: ConfigMap"))
        #expect(fifo.errors.contains("--reorder has been deprecated"))
    }

    @Test func aDirectoryGetsAFileForEachObject() async throws {
        let tree = try Scratch([
            "k/kustomization.yaml": "resources: [a.yaml]\n",
            "k/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Foo, namespace: A}\n---\n"
                + "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\n"
                + "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'a:b'}\n",
            "out/keep": "",
        ])
        let written = await ToolRun.of(["kustomize", "\(tree.path)/k", "-o", "\(tree.path)/out"])
        #expect(written.status == 0, "\(written.errors)")
        let names = try tree.directory.directory.directory("out").entries().map(\.name)
        // As kustomize 5.8.1 names them.
        #expect(
            names.sorted() == [
                "a_v1_configmap_foo.yaml", "default_apps_v1_deployment_d.yaml", "keep",
                "rbac.authorization.k8s.io_v1_clusterrole_a:b.yaml",
            ]
        )
    }

    @Test func deprecatedFieldsAreWarnedOfInKustomizesWords() async throws {
        let files = ["kustomization.yaml": "resources: [a.yaml]\ncommonLabels: {x: z}\n", "a.yaml": Self.configMap]
        let built = try await run(files)
        #expect(
            built.errors == "# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. "
                + "Run 'kustomize edit fix' to update your Kustomization automatically.\n"
        )
    }

    @Test func commandLinesAreJudgedAsKustomizeAndFluxDo() async throws {
        let files = ["kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": Self.configMap]
        #expect(try await run(files, ["--stack-trace"]).status == 0)
        let unknown = try await run(files, ["--no-such-flag"])
        #expect(unknown.status == 1 && unknown.errors.contains("--no-such-flag"), "\(unknown.errors)")
        // One means a difference there.
        let diff = await ToolRun.of(["diff", "artifact", "--no-such-flag"])
        #expect(diff.status == 2, "\(diff.errors)")
    }

    @Test func statisticsNameThePhasesAndWhatWasRead() async throws {
        let files = ["kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": Self.configMap]
        let built = try await run(files, ["--stats"])
        for word in ["read", "accumulate", "resolve", "order", "write", "total", "1 objects from 2 files"] {
            #expect(built.errors.contains(word), "\(built.errors)")
        }
    }

    @Test func flagsForWhatIsNotDoneSaySo() async throws {
        let files = ["kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": Self.configMap]
        let built = try await run(files, ["--network", "--mount", "x", "--helm-command", "helm3", "--enable-helm"])
        #expect(built.status == 0)
        for flag in ["--network", "--mount", "--helm-command"] {
            #expect(built.errors.contains("Flag \(flag) has no effect"), "\(built.errors)")
        }
        #expect(!built.errors.contains("--enable-helm"), "scripts pass it whatever they build")
    }

    // MARK: Programs

    private static let function = [
        "kustomization.yaml": "resources: [a.yaml]\ntransformers: [f.yaml]\n",
        "a.yaml": configMap + "data: {value: old}\n",
        "f.yaml": "apiVersion: example.com/v1\nkind: Fn\nmetadata:\n  name: f\n  annotations:\n"
            + "    config.kubernetes.io/function: 'exec: {path: ./fn.sh}'\n",
        "fn.sh": "#!/bin/sh\n[ -f a.yaml ] || exit 3\nexec sed \"s/value: old/value: $WORD/\"\n",
    ]

    private func runFunction(_ arguments: [String], script: String? = nil) async throws -> ToolRun {
        let tree = try Scratch(Self.function)
        let program = Array((script ?? Self.function["fn.sh"] ?? "").utf8)
        try tree.directory.directory.writeAtomically("fn.sh", program, mode: 0o755)
        return await ToolRun.of(
            ["kustomize", tree.path] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "WORD": "new"]
        )
    }

    @Test func functionsRunInTheirDirectoryWithTheEnvironmentThatIsAllowed() async throws {
        let built = try await runFunction(["--enable-alpha-plugins", "--enable-exec", "-e", "WORD"])
        #expect(built.status == 0, "\(built.errors)")
        #expect(built.output.contains("value: new"))
        let without = try await runFunction(["--enable-alpha-plugins", "--enable-exec"])
        #expect(!without.output.contains("value: new"), "only what is named is passed on")
    }

    @Test(arguments: [[], ["--enable-alpha-plugins"], ["--enable-exec"]])
    func functionsNeedBothFlags(_ flags: [String]) async throws {
        let built = try await runFunction(flags)
        #expect(built.status == 1)
        #expect(built.output.isEmpty)
    }

    @Test func aFailingFunctionFailsTheBuildWithItsWords() async throws {
        let flags = ["--enable-alpha-plugins", "--enable-exec"]
        let built = try await runFunction(flags, script: "#!/bin/sh\ncat >/dev/null\necho 'no quota' >&2\nexit 7\n")
        #expect(built.status == 1)
        #expect(built.errors.contains("no quota"), "\(built.errors)")
    }

    // MARK: Remote sources

    /// A repository with a base and, one commit later, another name in it.
    private func repository() throws -> Scratch {
        let tree = try Scratch([
            "base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": Self.configMap,
        ])
        try git(tree, "init", "-q", "-b", "main")
        try git(tree, "add", "-A")
        try git(tree, "commit", "-q", "-m", "one")
        try git(tree, "tag", "v1")
        let later = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: later}\n"
        try tree.directory.directory.writeAtomically("base/a.yaml", Array(later.utf8), mode: 0o644)
        try git(tree, "commit", "-q", "-a", "-m", "two")
        return tree
    }

    private func git(_ tree: Scratch, _ arguments: String...) throws {
        let settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        var plan = ChildProcess.Plan("/usr/bin/git", settings + arguments)
        plan.directory = tree.path
        plan.environment = ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": tree.path]
        let (status, _) = try ChildProcess.outcome(of: plan)
        try #require(status == 0, "git \(arguments)")
    }

    @Test func repositoriesAreBuiltAtTheirRevision() async throws {
        let remote = try repository()
        let tree = try Scratch([
            "kustomization.yaml": "resources: ['file://\(remote.path)//base?ref=v1']\nnamePrefix: p-\n"
        ])
        let built = await ToolRun.of(["kustomize", tree.path, "--enable-remote"])
        #expect(built.output == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-a\n", "\(built.errors)")
        let refused = await ToolRun.of(["kustomize", tree.path])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("not fetched"))
        let named = await ToolRun.of(["kustomize", "file://\(remote.path)//base"])
        #expect(named.output.contains("name: later"), "\(named.errors)")
    }

    @Test func filesAreFetchedByURL() async throws {
        let server = try ScriptedFiles(["/one.yaml": Self.configMap])
        let tree = try Scratch([
            "kustomization.yaml": "resources: ['\(server.address)/one.yaml']\n",
            "bad/kustomization.yaml": "resources: ['\(server.address)/none.yaml']\n",
        ])
        let built = await ToolRun.of(["kustomize", tree.path, "--enable-remote"], over: server)
        #expect(built.output.contains("name: a"), "\(built.errors)")
        let missing = await ToolRun.of(["kustomize", "\(tree.path)/bad", "--enable-remote"], over: server)
        #expect(missing.errors.contains("status code 404"), "\(missing.errors)")
    }
}

/// Answers by path, without a socket.
private struct ScriptedFiles: HTTPTransport {
    let files: [String: String]
    let address = "https://files.example"

    init(_ files: [String: String]) throws { self.files = files }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        guard let text = files[request.url.path] else {
            return try await body(HTTPResponseHead(status: 404, headers: [:]), HTTPResponseBody(bytes: []))
        }
        return try await body(HTTPResponseHead(status: 200, headers: [:]), HTTPResponseBody(bytes: Array(text.utf8)))
    }
}
