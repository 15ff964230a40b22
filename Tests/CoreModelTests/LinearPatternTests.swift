import CoreModel
import Testing

@Suite struct LinearPatternTests {
    static let searches: [(String, String, Bool)] = [
        ("alpha", "v4.0.0-alpha.1", true),
        ("^1\\.1\\.", "1.1.9", true),
        ("^1\\.1\\.", "11.1.9", false),
        ("rc$", "1.0.0-rc", true),
        ("rc$", "1.0.0-rc.1", false),
        ("^$", "", true),
        ("", "anything", true),
        ("(?i)ALPHA", "1-alpha", true),
        ("(?i:A)b", "aB", false),
        ("(a(?i)b)c", "aBc", true),
        ("(a(?i)b)c", "aBC", false),
        (".*-(?P<ts>[0-9]+)$", "1.0.0-20240101", true),
        ("^[^-]+$", "1.0.0-rc", false),
        ("[]a]+", "]", true),
        ("[a-]", "-", true),
        ("[[:alpha:]\\d]{3}", "a1b", true),
        ("^(a|b|cd)*$", "abcdab", true),
        ("^(a|b|cd)*$", "abcda", true),
        ("^(a|b|cd)*$", "abc", false),
        ("^a{2,3}$", "aaaa", false),
        ("^a{2,}$", "aaaa", true),
        ("^a{,3}$", "a{,3}", true),
        ("^(a*)*$", "aaa", true),
        ("\\bfoo\\b", "x-foo.y", true),
        ("\\bfoo\\b", "xfoo", false),
        ("^\\x61\\Q.*\\E$", "a.*", true),
        ("a+?b??", "a", true),
        ("^(|x)y$", "y", true),
    ]

    @Test(arguments: searches)
    func finds(_ pattern: String, _ text: String, _ isFound: Bool) throws {
        #expect(try #require(LinearPattern(pattern)).isFound(in: text) == isFound)
    }

    static let wholes: [(String, String, Bool)] = [
        ("web", "web", true), ("web", "web2", false), ("web.*", "web2", true), ("a|b", "b", true),
        ("a|b", "ab", false), ("(?:a|bc)+", "abcbc", true), ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false),
        ("[^a]", "b", true), ("[^a]", "a", false), (#"\d+\.\d+"#, "12.5", true), (#"\w*-\S"#, "ab-c", true),
        ("[[:alpha:]]+", "abZ", true), ("[[:alpha:]]+", "a1", false), ("(?i)WEB", "web", true),
        ("(?i)É", "é", true), ("^web$", "web", true), (#"\bweb\b"#, "web", true), ("x*?", "xxx", true), ("", "", true),
        ("(a?){20}a{20}", String(repeating: "a", count: 20), true), ("[]a]", "]", true), ("a{,2}", "a{,2}", true),
        (#"[\w.-]+"#, "a.b-c", true), (".", "\n", false), ("(?s).", "\n", true), ("a|ab", "ab", true),
    ]

    @Test(arguments: wholes)
    func matchesWhole(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(try #require(LinearPattern(pattern)).matchesWhole(text) == matches)
    }

    static let malformed: [String] = [
        "(", ")", "a)", "{2}", "(?m)a", "(?<n", "\\p{L}", "[", "[z-a]", "*", "a**", "a{3,2}", "a{1001}", "\\1", "\\",
        "(?=a)", "(?<!a)", "(?P<>a)",
        "((((a{100}){100}){100}){100})", "(((((){1000}){1000}){1000}){1000})",
        String(repeating: "(", count: 1_000),
    ]

    @Test(arguments: malformed)
    func refuses(_ pattern: String) {
        #expect(LinearPattern(pattern) == nil)
    }

    /// A matcher that backtracks needs more than the age of the universe for these.
    @Test(arguments: ["(a+)+$b", "(a|aa)+b", "(.*)*x", "(a?){100}a{100}b"])
    func endsOnHostilePatterns(_ pattern: String) throws {
        #expect(try !#require(LinearPattern(pattern)).isFound(in: String(repeating: "a", count: 128)))
    }
}
