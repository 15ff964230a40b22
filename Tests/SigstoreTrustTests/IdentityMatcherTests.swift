import CoreModel
import TestSupport
import Testing

@testable import SigstoreTrust

struct IdentityMatcherTests {
    static let github = "https://token.actions.githubusercontent.com"
    static let workflow = "https://github.com/acme/app/.github/workflows/release.yaml@refs/heads/main"

    static func pattern(_ text: String) throws -> TextRule { .pattern(try LinearPattern(parsing: text)) }

    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let pattern: String
        let text: String
        let matches: Bool
        var testDescription: String { why }

        init(_ why: String, _ pattern: String, _ text: String, _ matches: Bool) {
            self.why = why
            self.pattern = pattern
            self.text = text
            self.matches = matches
        }
    }

    static let patterns: [Case] = [
        Case("anchored, as in Flux's documentation", "^\(github)$", github, true),
        Case("anchored with a tail", "^https://github.com/acme/app.*$", workflow, true),
        Case("not anchored, the whole", ".*/release\\.yaml@refs/heads/main", workflow, true),
        Case("not anchored, a part", "github\\.com/acme", workflow, false),
        Case("anchored at the beginning alone", "^https://github\\.com/acme/", workflow, false),
        Case("anchored at the beginning alone, with a tail", "^https://github\\.com/acme/.*", workflow, true),
        Case("a look-alike that holds the name", github, "https://evil.test/?\(github)", false),
        Case("a look-alike that begins with the name", github, github + ".evil.test", false),
        Case("a look-alike behind a line feed", "^\(github)$", "\(github)\n.evil.test", false),
        Case("a line feed at the end", "^\(github)$", "\(github)\n", false),
        Case("one of two", "^https://a\\.test$|^https://b\\.test$", "https://b.test", true),
        Case("one of two, with a tail", "https://a\\.test|https://b\\.test", "https://a.test.evil", false),
        Case("another case", "^HTTPS://.*$", workflow, false),
        Case("another case where it may be", "(?i)^HTTPS://GITHUB.*$", workflow, true),
    ]

    @Test(arguments: patterns)
    func expressionsMatchTheWhole(of one: Case) throws {
        #expect(try Self.pattern(one.pattern).matches(one.text) == one.matches)
    }

    @Test func exactIsByteForByte() {
        #expect(TextRule.exact("jane@acme.test").matches("jane@acme.test"))
        #expect(!TextRule.exact("jane@acme.test").matches("Jane@acme.test"))
        #expect(!TextRule.exact("caf\u{E9}").matches("cafe\u{301}"))
        #expect(!TextRule.exact("a.c").matches("abc"))
    }

    @Test func allOfAnIdentityHasToMatch() throws {
        let matcher = try IdentityMatcher(
            issuer: .exact(Self.github),
            subject: Self.pattern("^https://github\\.com/acme/.*$"),
            claims: [.buildTrigger: .exact("push")]
        )
        func mismatch(
            _ issuer: String = Self.github,
            _ subject: String = Self.workflow,
            _ claims: [FulcioClaim: String] = [.buildTrigger: "push"]
        ) -> String? { matcher.mismatch(FulcioIdentity(issuer: issuer, subject: subject, claims: claims)) }
        #expect(mismatch() == nil)
        #expect(mismatch("https://accounts.google.com")?.hasPrefix("its issuer is") == true)
        #expect(mismatch(Self.github, "https://github.com/evil/app")?.hasPrefix("its subject is") == true)
        #expect(mismatch(Self.github, Self.workflow, [:]) == "it does not say its buildTrigger")
        let other = mismatch(Self.github, Self.workflow, [.buildTrigger: "pull_request"])
        #expect(other == "its buildTrigger is \"pull_request\", not \"push\"")
    }

    @Test func anyOneOfAListIsEnough() throws {
        let first = try IdentityMatcher(issuer: .exact("a"), subject: .exact("b"))
        let second = try IdentityMatcher(issuer: .exact("c"), subject: .exact("d"))
        let both = try TrustedIdentities(listing: [first, second])
        #expect(both.mismatch(FulcioIdentity(issuer: "c", subject: "d")) == nil)
        let mixed = try #require(both.mismatch(FulcioIdentity(issuer: "a", subject: "d")))
        #expect(mixed.contains("and 1 other identities do not match either"))
        #expect(TrustedIdentities.any.mismatch(FulcioIdentity(issuer: "x", subject: "y")) == nil)
    }

    @Test func whoMeansEverybodyHasToSayIt() throws {
        #expect(throws: SigstoreError.self) { try TrustedIdentities(listing: []) }
        let one = try IdentityMatcher(issuer: .exact("a"), subject: .exact("b"))
        #expect(throws: SigstoreError.self) { try TrustedIdentities(listing: Array(repeating: one, count: 101)) }
        #expect(throws: SigstoreError.self) { try IdentityMatcher(issuer: .exact(""), subject: .exact("b")) }
        #expect(throws: SigstoreError.self) { try IdentityMatcher(issuer: .exact("a"), subject: Self.pattern("")) }
        #expect(throws: SigstoreError.self) {
            try IdentityMatcher(issuer: .exact("a"), subject: .exact("b"), claims: [.buildTrigger: .exact("")])
        }
    }

    /// Fulcio's numbers are what other tools match by.
    @Test func claimsHaveTheirNumbers() {
        #expect(FulcioClaim.githubWorkflowTrigger.identifier == "1.3.6.1.4.1.57264.1.2")
        #expect(FulcioClaim.githubWorkflowRef.identifier == "1.3.6.1.4.1.57264.1.6")
        #expect(FulcioClaim.buildSignerURI.identifier == "1.3.6.1.4.1.57264.1.9")
        #expect(FulcioClaim.sourceRepositoryVisibility.identifier == "1.3.6.1.4.1.57264.1.22")
        #expect(Set(FulcioClaim.allCases.map(\.identifier)).count == FulcioClaim.allCases.count)
        #expect(FulcioClaim.allCases.filter(\.isRawText).count == 5)
    }
}
