import Testing

@testable import KustomizeBuild

@Suite struct SourcePathTests {
    static let references: [(String, String, String?)] = [
        ("a/b", "c", "a/b/c"), ("a/b", "../c", "a/c"), ("a", "./b//c/.", "a/b/c"), ("a", "../..", nil), ("", "..", nil),
        ("a", "..", ""), ("a", "/b", nil), ("a", "b\0", nil),
        // A combining mark makes one character of itself and the slash before it, and is a name all the same.
        ("a", "../\u{301}b", "\u{301}b"), ("a", "/\u{301}b", nil), ("a/\u{301}b", "..", "a"),
    ]

    @Test(arguments: references)
    func referencesLeadFromTheirDirectory(directory: String, reference: String, path: String?) {
        #expect(SourcePath.resolve(reference, from: directory) == path)
    }

    static let containments: [(String, String, Bool)] = [
        ("", "a", true), ("a", "a", true), ("a", "a/b", true), ("a", "ab", false), ("a/b", "a", false),
        ("a", "a/\u{301}b", true), ("\u{E9}", "e\u{301}/b", false),
    ]

    @Test(arguments: containments)
    func directoriesContainWhatIsBelow(directory: String, path: String, isContained: Bool) {
        #expect(SourcePath.contains(directory, path) == isContained)
    }

    @Test func namesAndParentsAreThoseOfFileSystems() {
        #expect(SourcePath.parent(of: "a/\u{301}b") == "a")
        #expect(SourcePath.name(of: "a/\u{301}b").utf8.elementsEqual("\u{301}b".utf8))
        #expect(SourcePath.relative("a/c", from: "a/b") == "../c")
        #expect(SourcePath.relative("\u{E9}/c", from: "e\u{301}") == "../\u{E9}/c")
    }
}
