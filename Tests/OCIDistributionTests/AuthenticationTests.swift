import CoreModel
import HTTPExchange
import Testing

@testable import OCIDistribution

@Suite struct AuthenticationTests {
    /// Header values, what they hold, why.
    static let challenges: [([String], [AuthChallenge], String)] = [
        ([], [], "no header"),
        (
            [#"Bearer realm="https://a/token",service="reg",scope="repository:a/b:pull,push""#],
            [bearer(["realm": "https://a/token", "service": "reg", "scope": "repository:a/b:pull,push"])],
            "a comma in a quoted string"
        ),
        ([#"bearer REALM = "x" , Service=reg"#], [bearer(["realm": "x", "service": "reg"])], "case, spaces, tokens"),
        (
            [#"Basic realm="a \"b\", c", Bearer realm="t""#],
            [AuthChallenge(scheme: "basic", parameters: ["realm": #"a "b", c"#]), bearer(["realm": "t"])],
            "two in one value, with escapes"
        ),
        (
            ["Negotiate", #"Basic realm="x""#],
            [
                AuthChallenge(scheme: "negotiate", parameters: [:]),
                AuthChallenge(scheme: "basic", parameters: ["realm": "x"]),
            ],
            "one in each of two values"
        ),
        (
            [#"Negotiate YWJj==, Basic realm="x""#],
            [
                AuthChallenge(scheme: "negotiate", parameters: [:]),
                AuthChallenge(scheme: "basic", parameters: ["realm": "x"]),
            ],
            "a token68"
        ),
        ([#"Bearer realm="first",realm="second""#], [bearer(["realm": "first"])], "the first of a name counts"),
        ([#"Bearer service="x",realm="open"#], [bearer(["service": "x"])], "an open string is no parameter"),
        ([#"= x, Bearer realm="a""#], [], "nothing after a mistake"),
    ]

    @Test(arguments: challenges) func readsChallenges(values: [String], expected: [AuthChallenge], why: String) {
        #expect(AuthChallenge.parse(values) == expected, "\(why)")
    }

    private static func bearer(_ parameters: [String: String]) -> AuthChallenge {
        AuthChallenge(scheme: "bearer", parameters: parameters)
    }

    /// Answer, seconds until the token is left alone, why. The time is 1000.
    static let tokens: [(String, Int64?, String)] = [
        (#"{"token":"a"}"#, 48, "sixty seconds where nothing is said"),
        (#"{"access_token":"a","expires_in":100}"#, 80, "the other name"),
        (#"{"token":"a","expires_in":100,"issued_at":"1970-01-01T00:15:50Z"}"#, 40, "fifty seconds old"),
        (#"{"token":"a","expires_in":100,"issued_at":"1970-01-01T01:00:00Z"}"#, 80, "from the future"),
        (#"{"token":"a","expires_in":100,"issued_at":"1970-01-01T00:00:00Z"}"#, 80, "clocks that differ"),
        (#"{"token":"a","expires_in":-5}"#, 48, "a negative life"),
        (#"{"token":""}"#, nil, "an empty token"),
        (#"{"token":"a\r\nX-Evil: 1"}"#, nil, "a token that would be a header"),
        (#"{"tok":"a"}"#, nil, "no token"),
        ("<html>", nil, "no JSON"),
    ]

    @Test(arguments: tokens) func readsTokens(text: String, life: Int64?, why: String) {
        let now = Timestamp(seconds: 1000)
        let token = try? BearerToken(parsing: Array(text.utf8), now: now, realm: "r")
        #expect(token.map { ($0.usableUntil - now).components.seconds } == life, "\(why)")
    }

    @Test func widensOnlyItsOwnRepositories() {
        let scopes = [RegistryScope("a/b", ["pull"])]
        let widened = RegistryScope.widen(
            scopes,
            by: "repository:a/b:pull,push repository:other:push registry:catalog:*"
        )
        #expect(widened == [RegistryScope("a/b", ["pull", "push"])])
        #expect(RegistryScope.widen(scopes, by: nil) == scopes)
    }

    @Test func credentialIdentitiesDifferAndTellNothing() throws {
        let all: [RegistryCredentials] = [
            .anonymous, .basic(username: "ab", password: Redacted("c")),
            .basic(username: "a", password: Redacted("bc")),
            .identityToken(Redacted("c")), .registryToken(Redacted("c")),
        ]
        #expect(Set(try all.map { try $0.identity }).count == all.count)
        #expect("\(all)".contains("bc") == false)
    }
}

@Suite struct SmallFormatTests {
    static let links: [([String], String?, String)] = [
        ([], nil, "none"),
        ([#"</v2/a/tags/list?last=x&n=2>; rel="next""#], "/v2/a/tags/list?last=x&n=2", "a path"),
        ([#"<https://r/v2/a?x=1>; rel=next"#], "https://r/v2/a?x=1", "an address, without quotes"),
        ([#"<a>; rel="prev", <b>; rel="next""#], "b", "the second of two"),
        ([#"<a>; rel="prev""#], nil, "another relation"),
        ([#"<a>; title="next""#], nil, "another parameter"),
        (["<a"], nil, "open"),
    ]

    @Test(arguments: links) func readsLinks(values: [String], next: String?, why: String) {
        #expect(LinkHeader.next(in: values) == next, "\(why)")
    }

    static let warnings: [(String, [String], String)] = [
        (#"299 - "a""#, ["a"], "the usual"),
        (#"299 - "a, b", 299 - "c\"d""#, ["a, b", #"c"d"#], "two, with a comma and an escape"),
        (#"299 - "a" "Sat, 01 Jan 2000 00:00:00 GMT", 299 - "b""#, ["a", "b"], "with a date"),
        (#"110 host "stale", 299 - "b""#, ["b"], "another code"),
        (#"299 host "a""#, [], "another agent"),
        (#"299 - "a"#, [], "an open string"),
        (#"299 - """#, [], "nothing"),
        ("", [], "no warning"),
    ]

    @Test(arguments: warnings) func readsWarnings(text: String, expected: [String], why: String) {
        #expect(WarningHeader.texts(in: [text]) == expected, "\(why)")
    }

    static let bodies: [(String, String, String)] = [
        (#"{"errors":[{"code":"A","message":"b"},{"code":"C"}]}"#, "A: b; C", "the spec's form"),
        (#"{"errors":[{"code":"A","message":"","detail":"why"}]}"#, "A: why", "the reason in the detail"),
        (#"{"details":"wrong password"}"#, "wrong password", "Docker Hub's token service"),
        (#"{"error":"invalid_grant","error_description":"expired"}"#, "expired", "OAuth2"),
        (#"{"error":{"code":403,"message":"no quota"}}"#, "no quota", "Google"),
        (
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            "AccessDenied: Request has expired", "an object store"
        ),
        ("<html><body>502</body></html>", "", "a proxy's page"),
        ("", "", "nothing"),
    ]

    @Test(arguments: bodies) func readsErrors(body: String, text: String, why: String) {
        #expect(ErrorBody(parsing: Array(body.utf8)).text == text, "\(why)")
    }

    static let ranges: [(String, Int64?, Int64?, String)] = [
        ("bytes 5-9/10", 5, 10, "the usual"),
        ("bytes 5-9/*", 5, nil, "no total"),
        ("bytes */10", nil, nil, "unsatisfied"),
        ("bytes 9-5/10", nil, nil, "backwards"),
        ("bytes 5-9/x", nil, nil, "no number"),
        ("items 5-9/10", nil, nil, "another unit"),
    ]

    @Test(arguments: ranges) func readsContentRanges(text: String, first: Int64?, total: Int64?, why: String) {
        let range = ContentRange(text)
        #expect(range?.first == first, "\(why)")
        #expect(range?.total == total, "\(why)")
    }
}
