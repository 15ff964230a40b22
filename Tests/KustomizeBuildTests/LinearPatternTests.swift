import Testing

@testable import KustomizeBuild

@Suite struct LinearPatternTests {
    static let cases: [(pattern: String, text: String, matches: Bool)] = [
        ("web", "web", true), ("web", "web2", false), ("web.*", "web2", true), ("a|b", "b", true),
        ("a|b", "ab", false), ("(?:a|bc)+", "abcbc", true), ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false),
        ("[^a]", "b", true), ("[^a]", "a", false), (#"\d+\.\d+"#, "12.5", true), (#"\w*-\S"#, "ab-c", true),
        ("[[:alpha:]]+", "abZ", true), ("[[:alpha:]]+", "a1", false), ("(?i)WEB", "web", true),
        ("^web$", "web", true), (#"\bweb\b"#, "web", true), ("x*?", "xxx", true), ("", "", true),
        ("(a?){20}a{20}", String(repeating: "a", count: 20), true), ("[]a]", "]", true), ("a{,2}", "a{,2}", true),
        (#"[\w.-]+"#, "a.b-c", true), (".", "\n", false), ("(?s).", "\n", true),
    ]

    @Test(arguments: cases.indices) func matchesAsRE2(_ index: Int) throws {
        let test = Self.cases[index]
        #expect(try LinearPattern(test.pattern).matchesWhole(test.text) == test.matches, "\(test.pattern)")
    }

    @Test(arguments: ["(", ")", "[a", "a**", "*", "\\", "a{2,1}", "a{1001}", "(?<n", #"\p{L}"#, "[b-a]"])
    func refuses(_ pattern: String) {
        #expect(throws: PatternProblem.self) { try LinearPattern(pattern) }
    }

    @Test func nestedRepetitionStaysLinear() throws {
        // A backtracking engine needs 2^5000 steps for this.
        let pattern = try LinearPattern("(a*)*b")
        #expect(!pattern.matchesWhole(String(repeating: "a", count: 5000)))
    }
}
