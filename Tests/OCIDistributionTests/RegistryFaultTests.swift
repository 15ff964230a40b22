import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// One way for a registry to fail, and what becomes of a pull.
private struct PullFault: Sendable {
    let name: String
    let code: RegistryError.Code
    /// A part of the message.
    let says: String
    var authentication = ScriptedRegistryAuthentication.none
    let strike: @Sendable (ScriptedRegistry, ScriptedArtifact) throws -> Void

    private static func reply(
        _ name: String,
        _ code: RegistryError.Code,
        _ says: String,
        to part: String,
        _ change: @escaping @Sendable (ScriptedReply) -> ScriptedReply
    ) -> PullFault {
        PullFault(name: name, code: code, says: says) { registry, _ in registry.breakNext(.get, part, change) }
    }

    static let all: [PullFault] = [
        reply("silence", .timeout, "did not end within 2s", to: "/manifests/") { $0.delivered(.silent) },
        reply("a hang after the headers", .timeout, "raise the timeout", to: "/blobs/") {
            $0.delivered(.hanging(after: 0))
        },
        reply("a hang in the middle", .timeout, "raise the timeout", to: "/blobs/") {
            $0.delivered(.hanging(after: 900))
        },
        reply("a trickle", .timeout, "did not end within 2s", to: "/blobs/") {
            $0.delivered(.trickling(bytes: 1, every: .milliseconds(50)))
        },
        reply("a reset in the middle", .unreachable, "could not be reached for blob", to: "/blobs/") {
            $0.delivered(.resetting(after: 0))
        },
        reply("a reset in place of an answer", .unreachable, "could not be reached", to: "/manifests/") {
            $0.delivered(.resettingAtOnce)
        },
        reply("a length that is too long", .digestMismatch, "where the manifest says 5000", to: "/blobs/") {
            $0.with("Content-Length", "5001")
        },
        reply("no HTTP", .unreachable, "broke off its answer", to: "/manifests/") {
            $0.delivered(.raw(Array("garbage\r\n\r\n".utf8)))
        },
        PullFault(name: "other bytes of the right length", code: .digestMismatch, says: "has other content") {
            $0.swapBlob("acme/app", $1.layer, for: [UInt8](repeating: 7, count: 5000))
        },
        PullFault(name: "500 for ever", code: .unavailable, says: "failed on") { registry, _ in
            registry.failNext(.get, "/manifests/", status: 500, times: .max)
        },
        PullFault(name: "429 with seconds", code: .rateLimited, says: "too many requests") { registry, _ in
            registry.failNext(.get, "/blobs/", status: 429, headers: ["Retry-After": "120"])
        },
        PullFault(name: "429 with a date", code: .rateLimited, says: "too many requests") { registry, _ in
            let date = "Fri, 15 Jan 2027 08:02:00 GMT"
            registry.failNext(.get, "/blobs/", status: 429, headers: ["Retry-After": date])
        },
        PullFault(name: "a circle of redirects", code: .protocolViolation, says: "cannot be followed") { registry, _ in
            registry.redirectBlobs(to: "")
        },
        reply("a redirect to nowhere", .protocolViolation, "cannot be followed", to: "/blobs/") { _ in
            ScriptedReply(307, headers: ["Location": "ftp://files.example/x"])
        },
        PullFault(
            name: "no token service",
            code: .unreachable,
            says: "could not be reached",
            authentication: .token(users: [:], anonymousPull: true, realm: "http://127.0.0.1:1/token")
        ) { _, _ in },
        PullFault(name: "a manifest of 10 MB", code: .invalidManifest, says: "larger than 1.0 MB") {
            registry,
            artifact in
            let padded = artifact.manifestBytes + [UInt8](repeating: 0x20, count: 10 << 20)
            registry.swapManifest("acme/app", artifact.manifest, for: padded)
        },
    ]
}

@Suite struct RegistryFaultTests {
    private static func pull(_ client: RegistryClient, _ reference: OCIReference, _ access: RegistryAccess) async throws
        -> [UInt8]
    {
        guard case .manifest(let manifest) = try await client.manifest(reference, access).document,
            let layer = manifest.layers.first
        else { throw RegistryError(.invalidManifest, "no layer") }
        return try await client.blob(reference.repository, layer, access, limit: 1 << 20)
    }

    @Test(arguments: PullFault.all.indices) func endsInItsOwnError(index: Int) async throws {
        let fault = PullFault.all[index]
        let registry = try ScriptedRegistry(sign: fault.authentication)
        let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: pattern(5000))
        try fault.strike(registry, artifact)
        let fixture = try RegistryFixture()
        var access = RegistryFixture.access()
        if fault.code == .timeout { access.timeout = .seconds(2) }
        let bounded = access
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        let error = try await #require(throws: RegistryError.self, "\(fault.name)") {
            try await Self.pull(fixture.client, reference, bounded)
        }
        #expect(error.code == fault.code, "\(fault.name): \(error)")
        #expect(error.message.contains(fault.says), "\(fault.name): \(error.message)")
        if fault.code == .rateLimited { #expect(error.kind == .transient(retryAfter: .seconds(120)), "\(fault.name)") }
        #expect(fixture.transport.liveTransferCount == 0, "\(fault.name)")
    }

    @Test func passesOverWhatPasses() async throws {
        let users = ["ann": "s3cret"]
        let registry = try ScriptedRegistry(sign: .token(users: users))
        try registry.addArtifact("acme/app", tag: "v1", layer: pattern(5000))
        let fixture = try RegistryFixture()
        let ann = RegistryCredentials.basic(username: "ann", password: Redacted("s3cret"))
        registry.failNext(.get, "/manifests/", status: 500)
        registry.breakNext(.get, "/blobs/", times: 1) { reply in
            // The token ends with the connection, in the middle of the blob.
            registry.revokeTokens()
            return reply.delivered(.closing(after: 900))
        }
        let access = RegistryFixture.access(ann, for: registry.host)
        let bytes = try await Self.pull(fixture.client, OCIReference("\(registry.host)/acme/app:v1"), access)
        #expect(bytes == pattern(5000))
        #expect(registry.count(.get, "/token") == 2)
        #expect(registry.requests(.get, "/blobs/").last?.headers["Range"] == "bytes=900-")
        #expect(fixture.transport.liveTransferCount == 0)
    }

    /// Names in the certificate, whether its time is over, why.
    static let certificates: [(String, Bool, String)] = [
        ("IP:127.0.0.1", true, "its time is over"),
        ("DNS:other.example", false, "it is for another host"),
    ]

    @Test(arguments: certificates) func refusesCertificates(name: String, hasExpired: Bool, why: String) async throws {
        let authority = try TestAuthority()
        var fault = TLSLoopbackServer.Fault()
        fault.hasExpired = hasExpired
        let server = try TLSLoopbackServer(authority: authority, names: [name], fault: fault)
        let fixture = try RegistryFixture()
        var access = RegistryAccess(timeout: .seconds(10))
        access.profile.tls.authorities = try authority.certificate
        let bounded = access
        let error = try await #require(throws: RegistryError.self, "\(why)") {
            try await fixture.client.resolve(OCIReference("127.0.0.1:\(server.port)/acme/app:v1"), bounded)
        }
        #expect(error.code == .unreachable, "\(why)")
        #expect((error.cause as? HTTPError)?.code == .tls, "\(why)")
        #expect(error.message.contains("check its certificate's dates and names"), "\(why)")
        #expect(fixture.transport.liveTransferCount == 0)
    }
}
