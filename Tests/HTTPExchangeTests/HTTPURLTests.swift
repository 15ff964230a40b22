import HTTPExchange
import Testing

@Suite("URLs")
struct HTTPURLTests {
    private static let hosts = [
        "a.example", "[::1]", "", "A.example", "a:1", "a/b", "a@b", "a?b", "a#b", "a b", "a\n", "[::1", "[::1]x",
        "::1]",
        "[", "[]", "[a]b]", "é.example", "É.example", "a\u{7F}",
    ]
    private static let targets: [(path: String, query: String?)] = [
        ("/", nil), ("/a%20b", "x=1&y"), ("/", ""), ("/", "a?b"), ("", nil), ("a", nil), ("/a?b", nil), ("/a#b", nil),
        ("/a b", nil), ("/\r\n", nil), ("/é", "é"), ("/", "a#b"), ("/", "a b"), ("/", "\u{7F}"),
    ]

    /// Parts that are set one by one can say something else together than each alone: a `/` in a host begins a path.
    @Test(arguments: hosts) func isSoundWhenItsTextReadsAsItself(host: String) {
        for port in [nil, 1, 65_535, 0, 65_536, -1] {
            for target in Self.targets {
                var url = HTTPURL(scheme: .https, host: "x", port: port, path: target.path, query: target.query)
                url.host = host
                #expect(url.isSound == (HTTPURL(url.description) == url), "\(url)")
            }
        }
    }

    @Test func profilesWithOtherAuthoritiesDiffer() {
        var (one, other) = (ConnectionProfile(), ConnectionProfile())
        one.tls.authorities = "authorities A"
        other.tls.authorities = "authorities B"
        #expect(one != other)
        #expect(Set([one, other, ConnectionProfile()]).count == 3, "they share their hash, not their connections")
    }
}
