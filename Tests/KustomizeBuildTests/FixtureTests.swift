import KustomizeBuild
import ManifestTree
import SafeFiles
import SystemPackage
import Testing

/// Every case under Fixtures against what the real kustomize made of it (hack/kustomize-fixtures; see VERSION there).
@Suite struct FixtureTests {
    static let root = FilePath(#filePath).removingLastComponent().appending("Fixtures")

    static let cases: [String] = {
        guard let root = try? Directory.open(root), let entries = try? root.entries() else { return [] }
        return entries.filter { $0.kind == .directory }.map(\.name)
    }()

    @Test func thereAreCases() { #expect(Self.cases.count > 60) }

    @Test(arguments: cases) func buildsWhatKustomizeBuilds(_ name: String) throws {
        let directory = try Directory.open(Self.root.appending(name))
        let builder = KustomizeBuilder(files: DirectoryFiles(try directory.directory("in")))
        var path = ""
        if try directory.status("path") != nil {
            path = String(decoding: try directory.read("path", limit: 1000).dropLast(), as: UTF8.self)
        }
        if try directory.status("refused") != nil {
            #expect(throws: BuildError.self) { try builder.build(path) }
            return
        }
        let expected = String(decoding: try directory.read("out.yaml", limit: 1 << 20), as: UTF8.self)
        let built = String(decoding: try builder.build(path).yaml, as: UTF8.self)
        #expect(built == expected)
    }
}
