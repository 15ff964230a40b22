import CoreModel
import CurlTransport
import HTTPExchange
import TestSupport
import Testing

@Suite("Trust and identity")
struct TLSTests {
    let transport: CurlTransport
    let authority: TestAuthority

    init() throws {
        transport = try CurlTransport(userAgent: "sluice/test")
        authority = try TestAuthority()
    }

    private func get(_ url: HTTPURL, _ tls: TLSSettings) async throws -> String {
        let request = HTTPRequest(.get, url, profile: ConnectionProfile(tls: tls))
        let response = try await transport.response(to: request, limit: 1 << 20)
        #expect(response.head.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    private func refusal(_ url: HTTPURL, _ tls: TLSSettings) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { _ = try await get(url, tls) }
    }

    @Test("Only the authorities that were named are trusted")
    func authorities() async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"])
        let own = try authority.certificate
        let other = try TestAuthority().certificate
        #expect(try await get(server.url(), TLSSettings(authorities: own)).contains("TLSv1.3"))
        #expect(
            try await get(server.url(), TLSSettings(authorities: own, usesSystemAuthorities: false)).contains("TLS")
        )
        #expect(try await get(server.url(), TLSSettings(authorities: other + own)).contains("TLS"))
        #expect(await refusal(server.url(), TLSSettings())?.code == .tls)
        #expect(await refusal(server.url(), TLSSettings(usesSystemAuthorities: false))?.code == .tls)
        #expect(await refusal(server.url(), TLSSettings(authorities: other))?.code == .tls)
        for usesSystem in [true, false] {
            let tls = TLSSettings(authorities: "no certificate", usesSystemAuthorities: usesSystem)
            let error = await refusal(server.url(), tls)
            #expect(error?.code == .invalidRequest, "they would trust less or more than was asked for")
        }
        #expect(try await get(server.url(), TLSSettings(verifiesPeer: false)).contains("TLS"))
        #expect(await refusal(server.url(), TLSSettings())?.code == .tls, "trust does not leak between profiles")
    }

    @Test("The certificate has to be for the host, or for the name that is expected instead")
    func names() async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["DNS:registry.example"])
        var tls = TLSSettings(authorities: try authority.certificate)
        #expect(await refusal(server.url(), tls)?.code == .tls)
        tls.serverName = "registry.example"
        #expect(try await get(server.url(), tls).contains("TLS"))
        tls.serverName = "other.example"
        #expect(await refusal(server.url(), tls)?.code == .tls)
    }

    @Test("A client certificate is shown to who asks for it")
    func clientCertificate() async throws {
        let clients = try TestAuthority()
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"], clients: clients)
        let client = try clients.issue("client", for: [])
        let stranger = try authority.issue("stranger", for: [])
        var tls = TLSSettings(authorities: try authority.certificate)
        #expect(await refusal(server.url(), tls)?.code == .tls)
        tls.certificate = client.certificate
        tls.privateKey = Redacted(client.key)
        #expect(try await get(server.url(), tls).contains("TLS"))
        tls.privateKey = Redacted(stranger.key)
        #expect(await refusal(server.url(), tls)?.code == .invalidRequest, "the key is not the certificate's")
        tls.certificate = stranger.certificate
        #expect(await refusal(server.url(), tls)?.code == .tls, "another authority's")
    }

    static let faults: [(TLSLoopbackServer.Fault, String)] = {
        var (expired, selfSigned, old) = (
            TLSLoopbackServer.Fault(), TLSLoopbackServer.Fault(), TLSLoopbackServer.Fault()
        )
        expired.hasExpired = true
        selfSigned.isSelfSigned = true
        old.version = "tls1_1"
        return [(expired, "expired"), (selfSigned, "self-signed certificate"), (old, "protocol version")]
    }()

    @Test("A server that is not trusted is told why", arguments: faults)
    func untrusted(fault: TLSLoopbackServer.Fault, part: String) async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"], fault: fault)
        let error = await refusal(server.url(), TLSSettings(authorities: try authority.certificate))
        #expect(error?.code == .tls)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        if case .transient = error?.kind {
        } else {
            Issue.record("the server may be mended: \(String(describing: error))")
        }
    }

    @Test("Insecure asks for no proof, yet for no less than TLS 1.2")
    func insecure() async throws {
        let insecure = TLSSettings(verifiesPeer: false)
        for (fault, part) in Self.faults {
            let server = try TLSLoopbackServer(authority: authority, names: ["DNS:elsewhere.example"], fault: fault)
            if part == "protocol version" {
                #expect(await refusal(server.url(), insecure)?.code == .tls)
            } else {
                #expect(try await get(server.url(), insecure).contains("TLSv1.3"))
            }
        }
    }

    @Test("A certificate that signs itself is trusted where it is named as an authority")
    func pinned() async throws {
        var fault = TLSLoopbackServer.Fault()
        fault.isSelfSigned = true
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"], fault: fault)
        #expect(try await get(server.url(), TLSSettings(authorities: server.certificate)).contains("TLS"))
    }

    @Test("TLS 1.2 is enough")
    func oldest() async throws {
        var fault = TLSLoopbackServer.Fault()
        fault.version = "tls1_2"
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"], fault: fault)
        #expect(try await get(server.url(), TLSSettings(authorities: try authority.certificate)).contains("TLSv1.2"))
    }

    @Test("Client certificates and keys that are none are settings to correct, and stay secret")
    func brokenIdentity() async throws {
        let server = try TLSLoopbackServer(authority: authority, names: ["IP:127.0.0.1"])
        let sound = try authority.issue("client", for: [])
        let other = try authority.issue("other", for: [])
        let cases: [(certificate: String?, key: String?, part: String, why: String)] = [
            (sound.certificate, other.key, "private key is unreadable or not that of", "another's key"),
            (sound.certificate, "s3cret", "private key is unreadable or not that of", "no key"),
            (
                sound.certificate, sound.certificate, "private key is unreadable or not that of",
                "a certificate for a key"
            ),
            (sound.certificate, nil, "without its private key", "a certificate alone"),
            (nil, sound.key, "without its certificate", "a key alone"),
            ("s3cret", sound.key, "client certificate is no PEM certificate", "no certificate"),
            (sound.key, sound.key, "client certificate is no PEM certificate", "a key for both"),
        ]
        for (certificate, key, part, why) in cases {
            var tls = TLSSettings(authorities: try authority.certificate)
            tls.certificate = certificate
            tls.privateKey = key.map { Redacted($0) }
            let error = await refusal(server.url(), tls)
            #expect(error?.code == .invalidRequest, "\(why): \(String(describing: error))")
            #expect(error?.message.contains("s3cret") == false)
            #expect(error?.message.contains(part) == true, "\(why): \(String(describing: error))")
        }
    }
}
