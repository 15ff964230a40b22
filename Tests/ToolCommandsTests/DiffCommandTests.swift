import ManifestTree
import SafeFiles
import Testing

@testable import ToolCommands

@Suite struct DiffCommandTests {
    private let layout: Scratch
    private let url: String

    init() throws {
        layout = try Scratch()
        url = "oci-layout:\(layout.path)/app:v1"
    }

    private func push(_ files: [String: String]) async throws {
        let source = try Scratch(files)
        let run = await ToolRun.of(["push", "artifact", url, "-f", source.path, "--source", "s", "--revision", "r"])
        try #require(run.status == 0, "\(run.errors)")
    }

    private func diff(_ path: String, _ more: String...) async -> ToolRun {
        await ToolRun.of(["diff", "artifact", url, "--path", path] + more)
    }

    @Test func saysThatNothingHasChanged() async throws {
        try await push(["a/b.yaml": "b: 1\n"])
        let local = try Scratch(["a/b.yaml": "b: 1\n", "logo.png": "ignored"])
        let run = await diff(local.path)
        #expect(run.status == 0 && run.output.isEmpty, "\(run.output)")
        #expect(run.errors.hasSuffix("✔ no changes detected\n"))
    }

    @Test func showsWhatHasChanged() async throws {
        try await push([
            "a/b.yaml": "b: 1\nc: 2\n", "gone/one.yaml": "x", "gone/two.yaml": "x", "kind": "x", "blob": "a\u{0}b",
            "run.sh": "#!/bin/sh\n",
        ])
        let local = try Scratch([
            "a/b.yaml": "b: 1\nc: 3\n", "kind/new.yaml": "x", "blob": "a\u{0}c", "made.yaml": "x",
        ])
        try local.directory.directory.writeAtomically("run.sh", Array("#!/bin/sh\n".utf8), mode: 0o755)
        let run = await diff(local.path)
        #expect(run.status == 1)
        #expect(run.errors.hasSuffix("✗ the remote artifact contents differs from the local one\n"), "\(run.errors)")
        #expect(
            run.output == """
                --- \(url)/a/b.yaml
                +++ \(local.path)/a/b.yaml
                @@ -1,2 +1,2 @@
                 b: 1
                -c: 2
                +c: 3
                Binary files blob differ
                Only in \(url): gone
                kind is a file in \(url) and a directory in \(local.path)
                Only in \(local.path): made.yaml
                run.sh is executable in \(local.path) only

                """
        )
    }

    @Test func listsPathsForScripts() async throws {
        try await push(["same.yaml": "x", "old.yaml": "x", "text.yaml": "1\n"])
        let local = try Scratch(["same.yaml": "x", "new/a.yaml": "x", "text.yaml": "2\n"])
        let run = await diff(local.path, "-o", "json")
        #expect(run.status == 1)
        let tree = try JSONReader.parse(Array(run.output.utf8))
        func paths(_ name: String) -> [String]? { tree[name]?.list?.compactMap(\.string) }
        #expect(tree["differs"]?.bool == true)
        #expect(paths("onlyInArtifact") == ["old.yaml"])
        #expect(paths("onlyLocal") == ["new", "new/a.yaml"])
        #expect(paths("contentChanged") == ["text.yaml"])
        #expect(paths("modeChanged") == [] && paths("typeChanged") == [])
    }

    @Test func tellsAFailureFromADifference() async throws {
        let missing = await diff("/nonexistent")
        #expect(missing.status == 2, "\(missing.errors)")
        try await push(["a.yaml": "x"])
        #expect(await diff("/nonexistent").status == 2)
        #expect(await diff("").status == 2)
    }
}
