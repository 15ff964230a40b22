import ArchiveIO
import ArtifactStore
import CoreModel
import SafeFiles
import SystemPackage
import Testing

@Suite struct IgnoreRulesTests {
    /// Patterns, a path (with a slash at its end for a directory), whether it is ignored, and why.
    static let cases: [(String, String, Bool, String)] = [
        ("*.md", "README.md", true, "a name at the top"),
        ("*.md", "a/b/README.md", true, "a name at any depth"),
        ("*.md", "README.mdx", false, "the whole name"),
        ("build", "a/build/x/y", true, "below a directory of the name"),
        ("build/", "build", false, "only directories"),
        ("build/", "build/", true, "only directories"),
        ("build/", "a/build/x", true, "below a directory of the name"),
        ("/build", "build/x", true, "anchored at the top"),
        ("/build", "a/build", false, "anchored at the top"),
        ("a/b", "a/b", true, "a slash in the middle anchors"),
        ("a/b", "x/a/b", false, "a slash in the middle anchors"),
        ("a/*", "a/b/c", true, "below what the star matched"),
        ("a/*.txt", "a/b/c.txt", false, "a star does not cross slashes"),
        ("**/foo", "foo", true, "leading ** matches no directory too"),
        ("**/foo", "a/b/foo", true, "leading **"),
        ("**/foo/bar", "a/foo/bar", true, "leading ** before a path"),
        ("abc/**", "abc", false, "trailing ** is what is inside"),
        ("abc/**", "abc/", false, "trailing ** is what is inside"),
        ("abc/**", "abc/d/e", true, "trailing ** at any depth"),
        ("a/**/b", "a/b", true, "** matches no directory"),
        ("a/**/b", "a/x/y/b", true, "** matches several"),
        ("a/**/b/**/c", "a/b/x/b/c", true, "two of them, the last tried again"),
        ("a/**/b", "x/a/b", false, "still anchored"),
        ("a**b", "axxb", true, "two stars within a name are one"),
        ("a**b", "ax/xb", false, "and do not cross slashes"),
        ("?.txt", "a.txt", true, "one character"),
        ("?.txt", "é.txt", true, "one character, two bytes"),
        ("?.txt", "ab.txt", false, "one character"),
        ("[a-c].x", "b.x", true, "class"),
        ("[!a-c].x", "b.x", false, "negated class"),
        ("[^a-c].x", "d.x", true, "negated class, other spelling"),
        ("[]-].x", "].x", true, "a bracket first is meant as it is"),
        ("[a", "[a", true, "a class that never ends is text"),
        ("\\#a", "#a", true, "escaped comment sign"),
        ("#a", "#a", false, "a comment"),
        (" #a", " #a", true, "a comment sign only counts first"),
        ("\\!a", "!a", true, "escaped negation"),
        ("a\\*", "a*", true, "escaped star"),
        ("a\\*", "ab", false, "escaped star"),
        ("a ", "a", true, "trailing spaces go"),
        ("a\\ ", "a ", true, "unless escaped"),
        ("a\r", "a", true, "Windows line ends"),
        ("*.md\n!keep.md", "keep.md", false, "taken back"),
        ("!keep.md\n*.md", "keep.md", true, "the last one decides"),
        ("/*\n!/deploy", "deploy/x/y.yaml", false, "Flux's documented example"),
        ("/*\n!/deploy", "other/x.yaml", true, "Flux's documented example"),
        ("/*\n!/deploy\n/deploy/**/*.md", "deploy/a/b.md", true, "Flux's documented example"),
        ("/*\n!/deploy/app", "deploy/app/x", false, "below an ignored directory, as Flux does"),
        ("/*\n!/deploy/app", "deploy/other", true, "its neighbour is not taken back"),
        ("/", "a", false, "matches nothing"),
        ("", "a", false, "matches nothing"),
        ("e\u{301}", "\u{E9}", false, "names are compared as they are written"),
        ("*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, "no blow-up"),
    ]

    @Test(arguments: cases) func matches(patterns: String, path: String, ignored: Bool, why: String) {
        let rules = IgnoreRules(lines: patterns.split(separator: "\n", omittingEmptySubsequences: false))
        let isDirectory = path.hasSuffix("/")
        #expect(rules.ignores(isDirectory ? String(path.dropLast()) : path, isDirectory: isDirectory) == ignored)
    }

    static let sources: [([String: String], String?, [String], String)] = [
        (
            ["a.yaml": "", "p.jpg": "", ".git/x": "", ".github/w": "", "d/.sops.yaml": ""], nil, ["a.yaml", "d/"],
            "all defaults"
        ),
        (
            ["a.yaml": "", "p.jpg": "", ".git/x": "", ".github/w": ""], "*.md",
            [".github/", ".github/w", "a.yaml", "p.jpg"], "a pattern of one's own leaves version control only"
        ),
        (["p.jpg": "", ".sourceignore": "# nothing\n\n"], "", [".sourceignore"], "a comment is no pattern"),
        (
            [
                ".sourceignore": "*.md\n", "x.md": "", "d/.sourceignore": "/y.txt\n!z.md\n", "d/y.txt": "",
                "d/e/y.txt": "", "d/z.md": "", "y.txt": "", "z.md": "",
            ], nil,
            [".sourceignore", "d/", "d/.sourceignore", "d/e/", "d/e/y.txt", "d/z.md", "y.txt"],
            "each file is about its own directory"
        ),
        (["a": "", ".sourceignore": "a\n"], "!a", [".sourceignore", "a"], "the object's patterns come last"),
        ([".git/config": "", "a": ""], "!.git/", [".git/", ".git/config", "a"], "even version control can come back"),
        (["keep/x": "", "drop/x": ""], "/*\n!/keep", ["keep/", "keep/x"], "Flux's documented example"),
    ]

    @Test(arguments: sources)
    func packsASource(files: [String: String], ignore: String?, expected: [String], why: String) throws {
        let fixture = try StoreFixture()
        let staged = try fixture.stage(files, ignore: ignore)
        let artifact = try fixture.store.publish(
            staged,
            for: StoreFixture.owner("x"),
            revision: StoreFixture.revision("x")
        )
        let tree = try fixture.store.unpackedTree(of: artifact)
        #expect(try Self.listing(tree.directory, "") == expected)
    }

    @Test func tooManyPatternsAreRefused() throws {
        let fixture = try StoreFixture()
        let many = String(repeating: "x\n", count: 5001)
        #expect(storeCode { _ = try fixture.stage(["a": ""], ignore: many) } == .tooLarge)
        #expect(storeCode { _ = try fixture.stage(["a": "", ".sourceignore": many]) } == .tooLarge)
    }

    private static func listing(_ directory: Directory, _ prefix: String) throws -> [String] {
        try directory.entries().flatMap { entry in
            guard entry.kind == .directory else { return [prefix + entry.name] }
            let name = prefix + entry.name + "/"
            return [name] + (try listing(directory.directory(entry.name), name))
        }
    }
}
