import CoreModel
import HTTPExchange
import Testing

@testable import CurlTransport

@Suite("Proxies of the environment")
struct ProxyEnvironmentTests {
    static let choices: [([String: String], String, String?, String)] = [
        ([:], "http://a.example/", nil, "nothing is set"),
        (["http_proxy": "http://p:1"], "http://a.example/", "http://p:1", "by scheme"),
        (["HTTP_PROXY": "http://p:1"], "http://a.example/", "http://p:1", "upper case"),
        (["HTTPS_PROXY": "http://p:1"], "http://a.example/", nil, "of the other scheme"),
        (
            ["https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"], "https://a.example/", "http://p:1",
            "lower first"
        ),
        (["https_proxy": "", "HTTPS_PROXY": "http://q:1"], "https://a.example/", "http://q:1", "empty is unset"),
        (["all_proxy": "socks5://p:1"], "http://a.example/", "socks5://p:1", "for all"),
        (
            ["ALL_PROXY": "http://a:1", "https_proxy": "http://b:1"], "https://a.example/", "http://b:1",
            "its own first"
        ),
        (["http_proxy": "p:3128"], "http://a.example/", "http://p:3128", "no scheme is http"),
        (["http_proxy": "http://p/"], "http://a.example/", "http://p", "a path means nothing"),
        (["http_proxy": "http://p:1"], "http://localhost/", nil, "this machine by name"),
        (["http_proxy": "http://p:1"], "http://127.0.0.1:5000/", nil, "this machine by address"),
        (["http_proxy": "http://p:1"], "http://[::1]/", nil, "this machine by IPv6 address"),
        (["http_proxy": "http://p:1", "no_proxy": "a.example"], "http://a.example/", nil, "exempted"),
        (["http_proxy": "http://p:1", "NO_PROXY": "a.example"], "http://a.example/", nil, "exempted in upper case"),
        (["HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"], "http://a.example/", nil, "a header of a CGI client"),
        (
            ["http_proxy": "http://p:1", "REQUEST_METHOD": "GET"], "http://a.example/", "http://p:1",
            "no header can be it"
        ),
    ]

    @Test("Which proxy is for which URL", arguments: choices)
    func choice(variables: [String: String], url: String, address: String?, why: String) throws {
        let settings = try ProxyEnvironment(variables).proxy(for: try #require(HTTPURL(url)))
        #expect(settings?.address == address, "\(why)")
    }

    static let userParts: [(String, String?, String?)] = [
        ("http://p:1", nil, nil),
        ("http://user@p:1", "user", nil),
        ("http://user:@p:1", "user", ""),
        ("http://user:pass@p:1", "user", "pass"),
        ("http://us%40r:p%3Aa%2fs@p:1", "us@r", "p:a/s"),
        ("http://user:p:a@b@p:1", "user", "p:a@b"),
        ("http://user:100%@p:1", "user", "100%"),
    ]

    @Test("Its credentials are decoded", arguments: userParts)
    func credentials(value: String, user: String?, password: String?) throws {
        let url = HTTPURL(scheme: .http, host: "a.example")
        let settings = try ProxyEnvironment(["http_proxy": value]).proxy(for: url)
        #expect(
            settings == ProxySettings(address: "http://p:1", username: user, password: password.map { Redacted($0) })
        )
    }

    static let malformedValues = [
        "ftp://u:s3cret@p", "http://", "http://u:s3cret@", "http://p:x", "http://p:99999", "://p", "socks4://p",
        "http://p\u{7}",
    ]

    @Test("What is no proxy is refused by the variable's name", arguments: malformedValues)
    func malformed(value: String) throws {
        let error = #expect(throws: HTTPError.self) {
            try ProxyEnvironment(["http_proxy": value]).proxy(for: HTTPURL(scheme: .http, host: "a.example"))
        }
        #expect(error?.code == .proxy)
        #expect(error?.message.contains("http_proxy") == true)
        #expect(error?.message.contains("s3cret") == false)
    }

    static let lists: [(String, [String], [String])] = [
        ("", [], ["http://a/", "http://1.2.3.4/"]),
        ("*", ["http://a/", "http://1.2.3.4/", "https://[2001:db8::1]:8443/"], []),
        ("a.example", ["http://a.example/", "http://b.a.example:80/", "http://A.EXAMPLE./"], ["http://ba.example/"]),
        (".a.example", ["http://a.example/", "http://b.a.example/"], ["http://xa.example/"]),
        ("*.a.example", ["http://b.a.example/"], ["http://b.example/"]),
        ("A.Example.", ["http://a.example/"], []),
        (" a, b c\td ,,", ["http://a/", "http://b/", "http://c/", "http://d/"], ["http://e/"]),
        ("a.example:8080", ["http://a.example:8080/"], ["http://a.example/", "http://a.example:80/"]),
        ("a.example:443", ["https://a.example/"], ["http://a.example/"]),
        ("1.2.3.4", ["http://1.2.3.4/", "http://1.2.3.4:5/"], ["http://1.2.3.5/", "http://x.1.2.3.4/"]),
        ("1.2.3.4:5", ["http://1.2.3.4:5/"], ["http://1.2.3.4/"]),
        ("10.0.0.0/8", ["http://10.255.0.1/"], ["http://11.0.0.1/", "http://10.example/"]),
        ("192.168.4.0/22", ["http://192.168.7.255/"], ["http://192.168.8.0/"]),
        ("10.1.2.3/32", ["http://10.1.2.3/"], ["http://10.1.2.2/"]),
        ("0.0.0.0/0", ["http://9.9.9.9/"], ["http://a/", "http://[2001:db8::1]/"]),
        ("10.0.0.0/33,10.0.0.0/x,10.0.0.0/-1", [], ["http://10.0.0.0/"]),
        ("2001:db8::/32", ["http://[2001:db8:1::1]/"], ["http://[2001:db9::1]/"]),
        ("[2001:db8::1]:8443", ["http://[2001:db8::1]:8443/"], ["http://[2001:db8::1]/"]),
        ("2001:db8::1", ["http://[2001:0db8::1]/"], ["http://[2001:db8::2]/"]),
        (".svc,.cluster.local,10.96.0.0/12", ["https://a.b.svc/", "https://10.96.0.1/"], ["https://a.svc.example/"]),
    ]

    @Test("What NO_PROXY covers", arguments: lists)
    func exemptions(text: String, covered: [String], others: [String]) throws {
        let exemptions = ProxyExemptions(text)
        for url in covered { #expect(exemptions.cover(try #require(HTTPURL(url))), "\(url) is covered by \(text)") }
        for url in others { #expect(!exemptions.cover(try #require(HTTPURL(url))), "\(url) is not covered by \(text)") }
    }
}
