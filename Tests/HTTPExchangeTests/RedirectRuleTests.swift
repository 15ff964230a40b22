import CoreModel
import HTTPExchange
import Testing

@Suite("Redirects")
struct RedirectRuleTests {
    private func request(_ method: HTTPMethod = .get, _ url: String = "https://a.example/v2/x?y=1") throws
        -> HTTPRequest
    {
        let headers: HTTPHeaders = [
            "Authorization": "Bearer t", "Cookie": "c", "Proxy-Authorization": "p", "Accept": "a",
            "Content-Type": "text/plain", "If-None-Match": "\"e\"",
        ]
        var request = HTTPRequest(method, try #require(HTTPURL(url)), headers: headers)
        if method == .post || method == .put { request.body = .bytes([1]) }
        request.profile.tls.certificate = "certificate"
        request.profile.tls.privateKey = Redacted("key")
        request.profile.tls.authorities = "authorities"
        request.profile.tls.serverName = "name"
        return request
    }

    private func head(_ status: Int, _ location: String?) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers["Location"] = location
        return HTTPResponseHead(status: status, headers: headers)
    }

    static let followed: [(HTTPMethod, Int, String, String, HTTPMethod)] = [
        (.get, 301, "/z", "https://a.example/z", .get),
        (.get, 302, "https://b.example/z?q#f", "https://b.example/z?q", .get),
        (.get, 303, "z", "https://a.example/v2/z", .get),
        (.get, 307, "//c.example:444/", "https://c.example:444/", .get),
        (.head, 302, "?q=2", "https://a.example/v2/x?q=2", .head),
        (.head, 308, "/z", "https://a.example/z", .head),
        (.head, 303, "/z", "https://a.example/z", .head),
        (.post, 303, "/z", "https://a.example/z", .get),
        (.put, 303, "/z", "https://a.example/z", .get),
    ]

    @Test("Where redirects lead", arguments: followed)
    func follows(method: HTTPMethod, status: Int, location: String, url: String, nextMethod: HTTPMethod) throws {
        let rule = RedirectRule()
        let next = try #require(try rule.next(after: head(status, location), to: try request(method), hop: 0))
        #expect(next.url.description == url)
        #expect(next.method == nextMethod)
        guard case .none = next.body else {
            Issue.record("a body goes along")
            return
        }
        #expect(next.headers["Proxy-Authorization"] == nil)
        #expect(next.headers["Accept"] == "a")
        #expect((next.headers["Content-Type"] == nil) == (method != nextMethod))
    }

    @Test("A request with effects goes on as it was, where its caller can read the body again", arguments: [307, 308])
    func repeatsEffects(status: Int) throws {
        let rule = RedirectRule(repeatsEffects: true)
        let next = try #require(
            try rule.next(after: head(status, "https://b.example/z"), to: try request(.put), hop: 0)
        )
        #expect(next.method == .put)
        #expect(next.headers["Content-Type"] == "text/plain")
        #expect(next.headers["Authorization"] == nil)
        guard case .bytes([1]) = next.body else {
            Issue.record("another body")
            return
        }
        #expect(throws: HTTPError.self) { try rule.next(after: head(302, "/z"), to: try request(.put), hop: 0) }
    }

    static let final: [(Int, String?)] = [
        (200, "/z"), (201, "/z"), (300, "/z"), (304, "/z"), (305, "/z"), (404, "/z"), (302, nil), (307, nil),
    ]

    @Test("What is no redirect is final", arguments: final)
    func isFinal(status: Int, location: String?) throws {
        #expect(try RedirectRule().next(after: head(status, location), to: try request(), hop: 0)?.url == nil)
    }

    static let refused: [(HTTPMethod, Int, String, Int, String)] = [
        (.get, 302, "http://a.example/z", 0, "https to http"),
        (.get, 302, "ftp://a.example/z", 0, "another protocol"),
        (.get, 302, "file:///etc/passwd", 0, "another protocol"),
        (.get, 302, "https://user:pw@b.example/", 0, "user information"),
        (.get, 302, "https:///", 0, "no host"),
        (.get, 302, "/a b", 0, "a space"),
        (.get, 302, "/z", 10, "too many"),
        (.post, 307, "/z", 0, "an effect twice"),
        (.put, 308, "/z", 0, "an effect twice"),
        (.delete, 302, "/z", 0, "an effect twice"),
        (.patch, 301, "/z", 0, "an effect twice"),
    ]

    @Test("What must not be followed is refused", arguments: refused)
    func refuses(method: HTTPMethod, status: Int, location: String, hop: Int, why: String) throws {
        let request = try request(method)
        let error = #expect(throws: HTTPError.self, "\(why)") {
            _ = try RedirectRule().next(after: head(status, location), to: request, hop: hop)
        }
        #expect(error?.code == .redirect)
        #expect(error?.message.contains("y=1") == false, "a query may hold secrets")
    }

    static let origins: [(String, String, Bool)] = [
        ("https://a.example/", "https://a.example/other", true),
        ("https://a.example/", "https://A.EXAMPLE:443/other", true),
        ("https://a.example/", "https://a.example:444/", false),
        ("https://a.example/", "https://b.a.example/", false),
        ("https://a.example/", "https://a.example.evil.example/", false),
        ("http://a.example/", "https://a.example/", false),
    ]

    @Test("Credentials stay with their origin", arguments: origins)
    func credentials(from: String, location: String, isKept: Bool) throws {
        let next = try #require(
            try RedirectRule().next(after: head(307, location), to: try request(.get, from), hop: 0)
        )
        #expect((next.headers["Authorization"] != nil) == isKept)
        #expect((next.headers["Cookie"] != nil) == isKept)
        #expect((next.headers["If-None-Match"] != nil) == isKept)
        #expect((next.profile.tls.certificate != nil) == isKept)
        #expect((next.profile.tls.privateKey != nil) == isKept)
        #expect((next.profile.tls.serverName != nil) == isKept)
        #expect(next.profile.tls.authorities == "authorities")
    }
}
