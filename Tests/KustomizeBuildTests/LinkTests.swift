import KustomizeBuild
import SafeFiles
import SystemPackage
import Testing

/// Symbolic links stand for what they lead to: they open no file that its own path would not.
@Suite struct LinkTests {
    private static let files = [
        "secret/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "secret/kustomization.yaml": "resources: [a.yaml]\n",
        "resource/kustomization.yaml": "resources: [link.yaml]\n",
        "generator/kustomization.yaml": "configMapGenerator: [{name: g, files: [link.yaml]}]\n",
        "patch/kustomization.yaml": "resources: [b.yaml]\npatches: [{path: link.yaml}]\n",
        "patch/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "inside/kustomization.yaml": "resources: [link.yaml]\n",
        "inside/sub/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "user/kustomization.yaml": "resources: [../base]\n",
        "deep/er/base/kustomization.yaml": "resources: [../beside]\n",
        "deep/er/beside/kustomization.yaml": "configMapGenerator: [{name: beside}]\n",
        "circle/kustomization.yaml": "resources: [again]\n",
    ]

    private static let links = [
        "resource/link.yaml": "../secret/a.yaml", "generator/link.yaml": "../secret/a.yaml",
        "patch/link.yaml": "../secret/a.yaml", "inside/link.yaml": "sub/a.yaml", "base": "deep/er/base",
        "circle/again": "../circle",
    ]

    private func build(_ path: String, _ restrictions: BuildOptions.LoadRestrictions = .rootOnly) throws -> BuildResult
    {
        let scratch = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        let tree = scratch.directory
        for (path, text) in Self.files {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            _ = try tree.directory(parent, creating: true)
            try tree.writeAtomically(path, Array(text.utf8))
        }
        _ = try tree.directory("named", creating: true)
        for (path, target) in Self.links { try tree.replaceSymbolicLink(path, target: target) }
        try tree.replaceSymbolicLink("named/kustomization.yaml", target: "../secret/kustomization.yaml")
        var options = BuildOptions()
        options.loadRestrictions = restrictions
        return try KustomizeBuilder(files: DirectoryFiles(tree), options: options).build(path)
    }

    @Test(arguments: ["resource", "generator", "patch"]) func linksLeadNowhereElse(_ path: String) throws {
        let error = try #require(throws: BuildError.self) { try build(path) }
        #expect(error.code == .refused)
        #expect(error.message.contains("security; file 'link.yaml' is not in or below '\(path)'"), "\(error.message)")
        #expect(try build(path, .none).objects.count == 1)
    }

    @Test func aKustomizationElsewhereIsNone() throws {
        let error = try #require(throws: BuildError.self) { try build("named") }
        #expect(error.message.contains("unable to find one of 'kustomization.yaml'"), "\(error.message)")
    }

    @Test func linksInsideAreFollowed() throws {
        #expect(try build("inside").objects.count == 1)
    }

    @Test(arguments: ["user", "base"]) func pathsInALinkedBaseStartWhereItReallyIs(_ path: String) throws {
        #expect(try build(path).objects.count == 1)
    }

    @Test func aCircleThroughALinkIsSeen() throws {
        let error = try #require(throws: BuildError.self) { try build("circle") }
        #expect(error.message.contains("cycle detected"), "\(error.message)")
    }
}
