import CoreModel
import CurlTransport
import HTTPExchange
import TestSupport
import Testing

@Suite("Proxies by script")
struct ScriptedProxyTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice/test", proxies: .none) }

    @Test("An object's proxy is used, with its credentials as they are")
    func credentials() async throws {
        let server = try LoopbackServer { request in .text(200, request.target) }
        let settings = ProxySettings(
            address: "http://\(server.authority)",
            username: "user%41",
            password: Redacted("p:%41ss")
        )
        let url = try #require(HTTPURL("http://registry.example/v2/?x=1"))
        let request = HTTPRequest(.get, url, profile: ConnectionProfile(proxy: settings))
        let response = try await transport.response(to: request, limit: 100)
        #expect(String(decoding: response.body, as: UTF8.self) == "http://registry.example/v2/?x=1")
        let credentials = Base64.encode(Array("user%41:p:%41ss".utf8))
        #expect(server.requests.first?.headers["Proxy-Authorization"] == "Basic \(credentials)")
    }

    @Test("What is for the server is not told to a proxy that only opens a tunnel")
    func tunnel() async throws {
        let proxy = try LoopbackServer { _ in .text(403, "no") }
        let url = try #require(HTTPURL("https://registry.example/secret-path"))
        let settings = ProxySettings(address: "http://\(proxy.authority)", username: "u", password: Redacted("p"))
        var request = HTTPRequest(.get, url, headers: ["Authorization": "Bearer token", "Cookie": "a=b"])
        request.profile.proxy = settings
        await #expect(throws: HTTPError.self) { _ = try await transport.response(to: request, limit: 1) }
        let seen = try #require(proxy.requests.first)
        #expect(seen.method == "CONNECT")
        #expect(seen.target == "registry.example:443")
        #expect(seen.headers["Authorization"] == nil)
        #expect(seen.headers["Cookie"] == nil)
        #expect(seen.headers["Proxy-Authorization"] != nil)
    }

    static let refusals: [(HTTPURL.Scheme, ScriptedReply, String)] = [
        (.https, .text(407, "no"), "407"), (.https, .text(403, "no"), "403"), (.https, .text(502, "no"), "502"),
        (.http, .text(407, "no"), "407"), (.https, ScriptedReply(200, delivery: .closingAtOnce), "CONNECT"),
    ]

    @Test("A proxy's refusal is told apart from the server's", arguments: refusals)
    func refusal(scheme: HTTPURL.Scheme, reply: ScriptedReply, part: String) async throws {
        let server = try LoopbackServer { _ in reply }
        let settings = ProxySettings(address: "http://\(server.authority)", username: "u", password: Redacted("s3cret"))
        let request = HTTPRequest(
            .get,
            HTTPURL(scheme: scheme, host: "registry.example"),
            profile: ConnectionProfile(proxy: settings)
        )
        let error = await #expect(throws: HTTPError.self) {
            _ = try await transport.response(to: request, limit: 100)
        }
        #expect(error?.code == .proxy, "\(String(describing: error))")
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        #expect(error?.message.contains("check the proxy's address, credentials and rules") == true)
        #expect(error?.message.contains("s3cret") == false)
        #expect(transport.liveTransferCount == 0)
    }

    @Test("A 407 without a proxy is the server's own answer")
    func noProxy() async throws {
        let server = try LoopbackServer { _ in .text(407, "no") }
        let response = try await transport.response(to: HTTPRequest(.get, server.url()), limit: 10)
        #expect(response.head.status == 407)
    }

    @Test("A proxy that is not there", arguments: ["http", "https", "socks5"])
    func absent(scheme: String) async throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        let port = server.port
        server.stop()
        for host in ["127.0.0.1:\(port)", "no-such-proxy.invalid:1"] {
            let settings = ProxySettings(address: "\(scheme)://\(host)")
            let url = HTTPURL(scheme: .https, host: "registry.example")
            let request = HTTPRequest(.get, url, profile: ConnectionProfile(proxy: settings))
            let error = await #expect(throws: HTTPError.self) {
                _ = try await transport.response(to: request, limit: 1)
            }
            #expect(error?.code == .proxy, "\(String(describing: error))")
        }
    }

    @Test("The environment's proxy is used for what it does not exempt, and its value stays secret")
    func environment() async throws {
        let proxy = try LoopbackServer { request in .text(200, request.target) }
        let variables = [
            "HTTP_PROXY": "http://us%40r:pa%3Ass@\(proxy.authority)/", "HTTPS_PROXY": "nonsense://u:s3cret@x",
            "NO_PROXY": "direct.invalid",
        ]
        let transport = try CurlTransport(userAgent: "sluice/test", proxies: ProxyEnvironment(variables))
        func get(_ url: String, pastProxies: Bool = false) async throws -> String {
            var request = HTTPRequest(.get, try #require(HTTPURL(url)))
            request.profile.ignoresEnvironmentProxy = pastProxies
            return String(decoding: try await transport.response(to: request, limit: 100).body, as: UTF8.self)
        }
        #expect(try await get("http://registry.example/") == "http://registry.example/")
        let credentials = Base64.encode(Array("us@r:pa:ss".utf8))
        #expect(proxy.requests.first?.headers["Proxy-Authorization"] == "Basic \(credentials)")
        #expect(try await get("http://\(proxy.authority)/own") == "/own", "this machine needs no proxy")
        let direct = await #expect(throws: HTTPError.self) { _ = try await get("http://direct.invalid/") }
        #expect(direct?.code == .nameLookup)
        let own = await #expect(throws: HTTPError.self) { _ = try await get("http://own.invalid/", pastProxies: true) }
        #expect(own?.code == .nameLookup, "a service of the machine itself")
        let wrong = await #expect(throws: HTTPError.self) { _ = try await get("https://registry.example/") }
        #expect(wrong?.code == .proxy)
        #expect(wrong?.message.contains("HTTPS_PROXY") == true)
        #expect(wrong?.message.contains("s3cret") == false)
    }
}

@Suite("Proxies that are real", .enabled(if: PeerServer.programs != nil, "SLUICE_PEERS is not set"))
struct RealProxyTests {
    let transport: CurlTransport
    let authority: TestAuthority

    init() throws {
        transport = try CurlTransport(userAgent: "sluice/test", proxies: .none)
        authority = try TestAuthority()
    }

    private func get(_ url: HTTPURL, _ settings: ProxySettings, trusts: Bool = true) async throws -> [UInt8] {
        let tls = TLSSettings(authorities: trusts ? try authority.certificate : nil)
        let profile = ConnectionProfile(tls: tls, proxy: settings)
        return try await transport.response(to: HTTPRequest(.get, url, profile: profile), limit: 100).body
    }

    private func failure(_ url: HTTPURL, _ settings: ProxySettings, trusts: Bool = true) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { _ = try await get(url, settings, trusts: trusts) }
    }

    @Test("An http proxy forwards plain requests and tunnels TLS, with its own credentials")
    func http() async throws {
        let proxy = try PeerHTTPProxy(user: "user", password: "pass")
        let plain = try LoopbackServer { request in .text(200, request.headers["Proxy-Authorization"] ?? "none") }
        let secure = try PeerNginx(authority: authority, files: ["file": Array("text".utf8)])
        var settings = ProxySettings(
            address: "http://\(proxy.authority)",
            username: "user",
            password: Redacted("pass")
        )
        #expect(try await get(plain.url("/a"), settings) == Array("none".utf8), "the server never sees them")
        #expect(try await get(secure.url("/file"), settings) == Array("text".utf8))
        #expect(secure.log.map(\.version) == ["HTTP/2.0"], "what is in the tunnel is not the proxy's business")
        #expect(proxy.requests.map { $0.prefix { $0 != " " } } == ["GET", "CONNECT"])
        settings.password = Redacted("other")
        #expect(await failure(secure.url("/file"), settings)?.code == .proxy)
        settings.username = nil
        for url in [plain.url("/b"), secure.url("/file")] {
            #expect(await failure(url, settings)?.code == .proxy)
        }
        #expect(plain.requests.map(\.path) == ["/a"])
        #expect(transport.liveTransferCount == 0)
    }

    @Test("An https proxy proves itself before it hears anything")
    func https() async throws {
        let proxy = try PeerHTTPProxy(user: "user", password: "pass")
        let front = try PeerTLSFront(of: proxy.authority, certificate: authority.issue("p", for: ["IP:127.0.0.1"]))
        let plain = try LoopbackServer { _ in .text(200, "plain") }
        let secure = try PeerNginx(authority: authority, files: ["file": Array("text".utf8)])
        let settings = ProxySettings(
            address: "https://\(front.authority)",
            username: "user",
            password: Redacted("pass")
        )
        #expect(try await get(plain.url(), settings) == Array("plain".utf8))
        #expect(try await get(secure.url("/file"), settings) == Array("text".utf8))
        for url in [plain.url(), secure.url("/file")] {
            #expect(await failure(url, settings, trusts: false)?.code == .proxy)
        }
        #expect(proxy.requests.count == 2)
    }

    @Test("A server's certificate is its own fault, proxy or not")
    func serverBehindProxy() async throws {
        let proxy = try PeerHTTPProxy()
        let secure = try PeerNginx(authority: authority, files: ["file": Array("text".utf8)])
        let error = await failure(
            secure.url("/file"),
            ProxySettings(address: "http://\(proxy.authority)"),
            trusts: false
        )
        #expect(error?.code == .tls, "\(String(describing: error))")
    }

    @Test("A SOCKS proxy takes user and password, and looks names up itself")
    func socks() async throws {
        let proxy = try PeerSOCKSProxy(user: "user", password: "pa:ss%41")
        let plain = try LoopbackServer { _ in .text(200, "plain") }
        let secure = try PeerNginx(authority: authority, files: ["file": Array("text".utf8)])
        var settings = ProxySettings(
            address: "socks5://\(proxy.authority)",
            username: "user",
            password: Redacted("pa:ss%41")
        )
        #expect(try await get(plain.url(), settings) == Array("plain".utf8))
        #expect(try await get(secure.url("/file"), settings) == Array("text".utf8))
        let unknown = HTTPURL(scheme: .http, host: "no-such-host.invalid")
        #expect(await failure(unknown, settings)?.code == .proxy, "the proxy does not know the name")
        for password in [Redacted("other"), nil] {
            settings.password = password
            #expect(await failure(plain.url(), settings)?.code == .proxy)
        }
        #expect(plain.requests.count == 1)
    }
}
