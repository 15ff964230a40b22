import Logging
import Testing

@testable import ArtifactServer

@Suite struct ArtifactServerTests {
    static let content: [UInt8] = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    static let path = "/" + ServedTree.path

    @Test func sendsAnArtifactWhole() async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to("GET \(Self.path)", port: port)
            #expect(response.status == 200)
            #expect(response.body == Self.content)
            #expect(response.headers["content-length"] == "700000")
            #expect(response.headers["etag"] == "\"\(ServedTree.digest)\"")
            #expect(response.headers["cache-control"] == "public, max-age=31536000, immutable")
            let escaped = try await RawResponse.to("GET \(Self.path.replacing(":", with: "%3A"))", port: port)
            #expect(escaped.body == Self.content)
        }
    }

    @Test func latestMayNotBeCached() async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to("GET /ocirepository/apps/web/latest.tar.gz", port: port)
            #expect(response.status == 200)
            #expect(response.headers["cache-control"] == "no-cache")
        }
    }

    @Test func headTellsTheSameAndSendsNothing() async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to("HEAD \(Self.path)", headers: ["Range: bytes=0-9"], port: port)
            #expect(response.status == 200)
            #expect(response.headers["content-length"] == "700000")
            #expect(response.body.isEmpty)
            let missing = try await RawResponse.to("HEAD /nothing", port: port)
            #expect(missing.status == 404)
            #expect(missing.body.isEmpty)
        }
    }

    static let tags: [(String, Int, String)] = [
        ("\"\(ServedTree.digest)\"", 304, "the tag itself"),
        ("\"other\", W/\"\(ServedTree.digest)\"", 304, "one of several, weak"),
        ("*", 304, "anything"),
        ("\"other\"", 200, "another tag"),
    ]

    @Test(arguments: tags)
    func answersConditionalRequests(header: String, status: Int, why: String) async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to(
                "GET \(Self.path)",
                headers: ["If-None-Match: \(header)"],
                port: port
            )
            #expect(response.status == status, "\(why)")
            #expect(response.body.isEmpty == (status == 304), "\(why)")
        }
    }

    static let ranges: [([String], Int, Range<Int>, String)] = [
        (["Range: bytes=0-9"], 206, 0..<10, "first bytes"),
        (["Range: bytes=699990-"], 206, 699_990..<700_000, "to the end"),
        (["Range: bytes=-5"], 206, 699_995..<700_000, "last bytes"),
        (["Range: bytes=10-99999999"], 206, 10..<700_000, "cut at the end"),
        (["Range: bytes=0-1,5-6"], 200, 0..<700_000, "several ranges are answered whole"),
        (["Range: lines=0-1"], 200, 0..<700_000, "unknown units are ignored"),
        (["Range: bytes=9-0"], 200, 0..<700_000, "backwards has no meaning"),
        (["Range: bytes=0-9", "If-Range: \"\(ServedTree.digest)\""], 206, 0..<10, "condition holds"),
        (["Range: bytes=0-9", "If-Range: \"old\""], 200, 0..<700_000, "condition fails"),
    ]

    @Test(arguments: ranges)
    func answersRanges(headers: [String], status: Int, part: Range<Int>, why: String) async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to("GET \(Self.path)", headers: headers, port: port)
            #expect(response.status == status, "\(why)")
            #expect(response.body == Array(Self.content[part]), "\(why)")
            let range = status == 206 ? "bytes \(part.lowerBound)-\(part.upperBound - 1)/700000" : nil
            #expect(response.headers["content-range"] == range, "\(why)")
        }
    }

    @Test(arguments: ["bytes=700000-", "bytes=-0", "bytes=99999999999999999999-"])
    func refusesRangesBeyondTheEnd(range: String) async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to("GET \(Self.path)", headers: ["Range: \(range)"], port: port)
            #expect(response.status == 416)
            #expect(response.headers["content-range"] == "bytes */700000")
        }
    }

    static let refused: [(String, Int, String)] = [
        ("GET /", 404, "no listing"),
        ("GET /ocirepository/", 404, "no listing"),
        ("GET /ocirepository/apps/web/", 404, "no listing"),
        ("GET /ocirepository/apps/web", 404, "no listing"),
        ("GET /secret.tar.gz", 404, "not an artifact's path"),
        ("GET /ocirepository/apps/../../secret.tar.gz", 404, "traversal"),
        ("GET /ocirepository/../web/latest.tar.gz", 404, "a dot segment as a name"),
        ("GET /ocirepository/apps/%2e%2e/latest.tar.gz", 404, "an escaped dot segment"),
        ("GET /ocirepository/apps%2Fweb/latest.tar.gz", 200, "an escaped slash is a slash"),
        ("GET /ocirepository/apps/web/latest.tar.gz%00", 404, "a zero byte"),
        ("GET //ocirepository/apps/web/latest.tar.gz", 404, "an empty segment"),
        ("GET /ocirepository/apps/web/sha256:zz.tar.gz", 404, "no digest"),
        ("PUT \(path)", 405, "read only"),
        ("DELETE \(path)", 405, "read only"),
        ("POST \(path)", 405, "read only"),
    ]

    @Test(arguments: refused)
    func servesNothingElse(line: String, status: Int, why: String) async throws {
        try await ServedTree(content: Self.content).serving { port in
            let response = try await RawResponse.to(line, headers: ["Content-Length: 0"], port: port)
            #expect(response.status == status, "\(why)")
            #expect(response.headers["allow"] == (status == 405 ? "GET, HEAD" : nil), "\(why)")
        }
    }

    @Test func asksToComeAgainWhileRebuilding() async throws {
        let tree = try ServedTree(content: Self.content)
        tree.isRebuilding = true
        try await tree.serving { port in
            let missing = try await RawResponse.to("GET /ocirepository/apps/other/latest.tar.gz", port: port)
            #expect(missing.status == 503)
            #expect(missing.headers["retry-after"] == "5")
            #expect(try await RawResponse.to("GET \(Self.path)", port: port).status == 200)
            #expect(try await RawResponse.to("GET /nonsense", port: port).status == 404)
            tree.isRebuilding = false
            #expect(try await RawResponse.to("GET /ocirepository/apps/other/latest.tar.gz", port: port).status == 404)
        }
    }

    @Test func letsGoOfTheFileWhenTheClientLeaves() async throws {
        let tree = try ServedTree(content: [UInt8](repeating: 7, count: 64 << 20))
        try await tree.serving { port in
            do {
                let client = try await RawClient.asking("GET \(Self.path)", port: port)
                #expect(tree.leasesOut == 1)
                withExtendedLifetime(client) {}
            }
            while tree.leasesOut > 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func stopsAlthoughAClientTakesNothing() async throws {
        let tree = try ServedTree(content: [UInt8](repeating: 7, count: 64 << 20))
        let client = try await tree.serving { port in
            try await RawClient.asking("GET \(Self.path)", port: port)
        }
        // The connection is cut off with the server; the reader of the file notices at its next chunk.
        for _ in 0..<1000 where tree.leasesOut > 0 { try await Task.sleep(for: .milliseconds(10)) }
        withExtendedLifetime(client) {
            #expect(tree.leasesOut == 0)
        }
    }
}

@Suite struct SmallServerTests {
    private static let logger = Logger(label: "test")

    @Test func servesMetrics() async throws {
        let server = ListeningServer.metrics(at: try ListenAddress(":0"), logger: Self.logger) { "up 1\n" }
        try await ServedTree.serving(server) { port in
            let response = try await RawResponse.to("GET /metrics", port: port)
            #expect(response.text == "up 1\n")
            #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await RawResponse.to("GET /", port: port).status == 404)
            #expect(try await RawResponse.to("POST /metrics", headers: ["Content-Length: 0"], port: port).status == 405)
        }
    }

    @Test func answersProbes() async throws {
        let server = ListeningServer.health(
            at: try ListenAddress("127.0.0.1:0"),
            logger: Self.logger,
            liveness: { .healthy },
            readiness: { .unhealthy("the storage is being rebuilt") }
        )
        try await ServedTree.serving(server) { port in
            #expect(try await RawResponse.to("GET /healthz", port: port).status == 200)
            let ready = try await RawResponse.to("GET /readyz", port: port)
            #expect(ready.status == 503)
            #expect(ready.text == "the storage is being rebuilt\n")
            #expect(try await RawResponse.to("GET /other", port: port).status == 404)
        }
    }

    @Test func namesTheAddressThatIsTaken() async throws {
        let first = ListeningServer.metrics(at: try ListenAddress("127.0.0.1:0"), logger: Self.logger) { "" }
        try await ServedTree.serving(first) { port in
            let address = try ListenAddress("127.0.0.1:\(port)")
            let second = ListeningServer.metrics(at: address, logger: Self.logger) { "" }
            let error = await #expect(throws: ServerError.self) { try await second.run() }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            await #expect(throws: ServerError.self) { try await second.port() }
        }
    }

    static let addresses: [(String, String?, Int)] = [
        (":9090", "", 9090), ("0.0.0.0:80", "0.0.0.0", 80), ("[::1]:0", "::1", 0),
        ("localhost:8080", "localhost", 8080),
        ("9090", nil, 0), ("::1:80", nil, 0), (":99999", nil, 0), (":", nil, 0), ("", nil, 0),
    ]

    @Test(arguments: addresses)
    func readsAddresses(text: String, host: String?, port: Int) throws {
        guard let host else {
            #expect(throws: ServerError.self) { try ListenAddress(text) }
            return
        }
        let address = try ListenAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
    }
}
