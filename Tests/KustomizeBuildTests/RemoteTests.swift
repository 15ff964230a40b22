import ManifestTree
import Synchronization
import Testing

@testable import KustomizeBuild

/// What is fetched, from where, and what of it a build uses.
@Suite struct RemoteTests {
    struct Address: Sendable, CustomTestStringConvertible {
        let text: String
        let url: String?
        let path: String
        let reference: String?

        init(_ text: String, _ url: String?, _ path: String = "", at reference: String? = nil) {
            self.text = text
            self.url = url
            self.path = path
            self.reference = reference
        }

        var testDescription: String { text }
    }

    /// What kustomize 5.8.1 runs git with for each; nil where it takes the text for a path.
    static let addresses = [
        Address("github.com/org/repo", "https://github.com/org/repo"),
        Address("github.com/org/repo/path/x?ref=v1", "https://github.com/org/repo", "path/x", at: "v1"),
        Address("https://gitlab.com/a/b/c/d", "https://gitlab.com/a/b", "c/d"),
        Address("https://gitlab.com/a/b.git/c?version=1", "https://gitlab.com/a/b.git", "c", at: "1"),
        Address("https://example.com/a/b//sub?submodules=false", "https://example.com/a/b", "sub"),
        Address("https://dev.azure.com/o/p/_git/r/x?ref=1", "https://dev.azure.com/o/p/_git/r", "x", at: "1"),
        Address("ssh://git@host/a/b//c", "ssh://git@host/a/b", "c"),
        Address("git::https://example.com/a/b", "https://example.com/a/b"),
        Address("git@github.com:org/repo//p?ref=x", "git@github.com:org/repo", "p", at: "x"),
        Address("git@gitlab.com:a/b/c", "git@gitlab.com:a/b", "c"),
        Address("file:///tmp/none//x?ref=main", "file:///tmp/none", "x", at: "main"),
        Address("file:///tmp/none", "file:///tmp/none"),
        Address("http://localhost:1/a/b?ref=", "http://localhost:1/a/b"),
        Address("gh:org/repo", nil), Address("gitlab.com/a/b", nil), Address("example.com:a/b", nil),
        Address("https://localhost:1/a", nil), Address("github.com/a", nil), Address("foo?ref=bar", nil),
        Address("base", nil), Address("../base", nil), Address("https://h/a/b//../../etc", nil),
    ]

    @Test(arguments: addresses) func addressesAreReadAsKustomizeReadsThem(_ address: Address) {
        let repository = RemoteRepository(address.text)
        #expect(repository?.url == address.url)
        #expect(repository?.path ?? "" == address.path)
        #expect(repository?.reference == address.reference)
    }

    @Test func timeAndSubmodulesAreRead() {
        let given = RemoteRepository("https://h/a/b?timeout=5&submodules=0")
        #expect(given?.timeout == .seconds(5))
        #expect(given?.hasSubmodules == false)
        let standard = RemoteRepository("https://h/a/b?timeout=1m")
        #expect(standard?.timeout == .seconds(60))
        #expect(standard?.hasSubmodules == true)
    }

    /// Serves what it is given and counts.
    private final class Served: RemoteLoader {
        let files: [String: String]
        let repositories: [String: [String: String]]
        let asked = Mutex<[String]>([])

        init(files: [String: String] = [:], repositories: [String: [String: String]] = [:]) {
            self.files = files
            self.repositories = repositories
        }

        func file(_ url: String) -> [UInt8]? {
            asked.withLock { $0.append(url) }
            return files[url].map { Array($0.utf8) }
        }

        func clone(_ repository: RemoteRepository) throws -> any SourceFiles {
            let key = "\(repository.url)@\(repository.reference ?? "")"
            asked.withLock { $0.append(key) }
            guard let texts = repositories[key] else { throw BuildError(.unreadable, "there is no \(key)") }
            return MemoryFiles(texts: texts)
        }
    }

    private func build(_ files: [String: String], _ served: Served?) throws -> BuildResult {
        var options = BuildOptions()
        options.permissions.remotes = served
        return try KustomizeBuilder(files: MemoryFiles(texts: files), options: options).build("")
    }

    private func configMap(_ name: String) -> String { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\n" }

    @Test func filesAndRepositoriesAreFetchedOnceEach() throws {
        let served = Served(
            files: ["https://h/one.yaml": configMap("one")],
            repositories: [
                "https://h/a/b@v1": [
                    "base/kustomization.yaml": "resources: [../other/x.yaml, more]\nnamePrefix: r-\n",
                    "base/more/kustomization.yaml": "resources: [y.yaml]\n", "base/more/y.yaml": configMap("y"),
                    "other/kustomization.yaml": "resources: [x.yaml]\n", "other/x.yaml": configMap("x"),
                ]
            ]
        )
        let files = [
            "kustomization.yaml": "resources: ['https://h/one.yaml', 'https://h/a/b//other?ref=v1', sub]\n",
            "sub/kustomization.yaml": "namePrefix: s-\nresources: ['https://h/a/b//base/more?ref=v1']\n",
        ]
        let names = try build(files, served).objects.map { $0["metadata"]?["name"]?.string }
        #expect(names == ["one", "s-y", "x"])
        #expect(served.asked.withLock { $0 } == ["https://h/one.yaml", "https://h/a/b@v1"])
    }

    @Test func nothingIsFetchedUnlessItIsAllowed() {
        let files = ["kustomization.yaml": "resources: ['https://h/one.yaml']\n"]
        let error = #expect(throws: BuildError.self) { try build(files, nil) }
        #expect(error?.code == .unsupported)
    }

    @Test func aCloneLeadsNowhereElse() {
        let served = Served(repositories: ["https://h/a/b@": ["kustomization.yaml": "resources: [../secret.yaml]\n"]])
        let files = [
            "kustomization.yaml": "resources: ['https://h/a/b.git']\n", "secret.yaml": configMap("secret"),
        ]
        let other = Served(
            repositories: ["https://h/a/b.git@": served.repositories["https://h/a/b@"] ?? [:]]
        )
        let error = #expect(throws: BuildError.self) { try build(files, other) }
        #expect(error?.code == .refused)
    }

    @Test func whatComesFromElsewhereNamesNothingOfThisMachine() {
        let served = Served(
            repositories: [
                "https://h/a/b.git@": ["kustomization.yaml": "resources: ['file:///srv/secret']\n"],
                "file:///srv/secret@": ["kustomization.yaml": "resources: [s.yaml]\n", "s.yaml": configMap("s")],
            ]
        )
        let error = #expect(throws: BuildError.self) {
            try build(["kustomization.yaml": "resources: ['https://h/a/b.git']\n"], served)
        }
        #expect(error?.code == .refused)
    }

    @Test func aRepositoryThatHoldsItselfIsACircle() {
        let served = Served(
            repositories: ["https://h/a/b.git@": ["kustomization.yaml": "resources: ['https://h/a/b.git']\n"]]
        )
        let error = #expect(throws: BuildError.self) {
            try build(["kustomization.yaml": "resources: ['https://h/a/b.git']\n"], served)
        }
        #expect(error?.message.contains("cycle detected") == true)
    }

    @Test func originsNameTheRepository() throws {
        let served = Served(
            repositories: [
                "https://h/a/b@v1": ["base/kustomization.yaml": "resources: [x.yaml]\n", "base/x.yaml": configMap("x")]
            ]
        )
        let files = [
            "kustomization.yaml": "resources: ['https://h/a/b//base?ref=v1']\nbuildMetadata: [originAnnotations]\n"
        ]
        let object = try build(files, served).objects[0]
        #expect(
            object["metadata"]?["annotations"]?["config.kubernetes.io/origin"]
                == "path: base/x.yaml\nrepo: https://h/a/b\nref: v1\n"
        )
    }
}
