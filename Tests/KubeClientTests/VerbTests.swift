import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Testing

@Suite("Verbs")
struct VerbTests {
    private let key = ObjectKey(namespace: "ns", name: "a")
    private static let pod: Tree = ["metadata": ["name": "a", "namespace": "ns", "resourceVersion": "5"]]

    static let refusals: [(Int, String, KubeError.Code, Bool)] = [
        (401, "Unauthorized", .unauthorized, false),
        (403, "Forbidden", .forbidden, false),
        (404, "NotFound", .notFound, false),
        (409, "AlreadyExists", .alreadyExists, false),
        (409, "Conflict", .conflict, false),
        (410, "Expired", .expired, false),
        (422, "Invalid", .invalid, true),
        (400, "BadRequest", .rejected, true),
        (504, "Timeout", .timeout, false),
        (503, "ServiceUnavailable", .unavailable, false),
    ]

    @Test(arguments: refusals)
    func sortsRefusals(status: Int, reason: String, code: KubeError.Code, isTerminal: Bool) async throws {
        let transport = ScriptedTransport([refusal(status, reason, "pods \"a\" is refused")])
        let object = KubeObject(ResourceType.pods.gvk, key: key)
        let error = await #expect(throws: KubeError.self) {
            try await transport.client().create(.pods, object)
        }
        #expect(error?.code == code)
        #expect(error?.statusCode == status)
        #expect(error?.reason == reason)
        #expect(error?.message == "pods \"a\" is refused", "the server's own words come first")
        #expect(error?.details.first?.field == "spec.a")
        #expect((error?.kind == .terminal) == isTerminal)
    }

    @Test func readsNothingAsNil() async throws {
        let transport = ScriptedTransport([refusal(404, "NotFound"), refusal(404, "NotFound")])
        #expect(try await transport.client().get(.pods, key) == nil)
        #expect(try await transport.client().delete(.pods, key) == false)
        #expect(transport.lines[0] == "GET /base/api/v1/namespaces/ns/pods/a", "the server's own path comes first")
    }

    @Test func namesTheKindOfItems() async throws {
        let transport = ScriptedTransport([.json(200, ["kind": "PodList", "items": [Self.pod], "metadata": [:]])])
        let list = try await transport.client().list(.pods, namespace: "ns")
        #expect(list.items.map(\.kind) == ["Pod"], "items of lists do not say their kind")
    }

    @Test func putsPagesTogether() async throws {
        let transport = ScriptedTransport([
            .json(200, ["items": [Self.pod], "metadata": ["continue": "t"]]),
            .json(200, ["items": [Self.pod], "metadata": ["resourceVersion": "9"]]),
        ])
        let list = try await transport.client().list(.pods)
        #expect(list.items.count == 2)
        #expect(list.resourceVersion == "9")
        #expect(transport.lines == ["GET /base/api/v1/pods?limit=500", "GET /base/api/v1/pods?limit=500&continue=t"])
    }

    @Test func startsAgainWhenThePageTokenExpired() async throws {
        let transport = ScriptedTransport([
            .json(200, ["items": [Self.pod], "metadata": ["continue": "t"]]),
            refusal(410, "Expired"),
            .json(200, ["items": [Self.pod], "metadata": [:]]),
        ])
        #expect(try await transport.client().list(.pods).items.count == 1)
        #expect(transport.lines.last == "GET /base/api/v1/pods", "without pages, so that it cannot expire again")
    }

    @Test func tellsCreatedFromChanged() async throws {
        let transport = ScriptedTransport([.json(201, Self.pod), .json(200, Self.pod)])
        let object = KubeObject(ResourceType.pods.gvk, key: key)
        #expect(try await transport.client().apply(.pods, object, manager: "m").isNew)
        #expect(try await !transport.client().apply(.pods, object, manager: "m").isNew)
        #expect(transport.requests[0].headers["Content-Type"] == "application/apply-patch+yaml")
        #expect(transport.lines[0].hasSuffix("?force=true&fieldManager=m"))
    }

    static let retried: [(HTTPMethod, ScriptedTransport.Answer, Int, String)] = [
        (.get, refusal(503, "ServiceUnavailable"), 2, "a read is repeated"),
        (.get, .failure(.connection), 2, "a read is repeated over a new connection"),
        (.patch, .failure(.connection), 2, "a merge patch does the same twice"),
        (.post, .failure(.connection), 1, "a create may have been done"),
        (.post, refusal(503, "ServiceUnavailable"), 1, "a create may have been done"),
        (.post, refusal(429, "TooManyRequests"), 2, "a request that was not let in was not done"),
        (.get, .failure(.tls), 2, "handshakes fail while servers restart"),
        (.get, refusal(403, "Forbidden"), 1, "asking again does not help"),
        (.get, .json(429, [:], headers: ["Retry-After": "60"]), 1, "a long wait is the caller's to decide"),
    ]

    @Test(arguments: retried)
    func repeatsWhatCanBeRepeated(
        method: HTTPMethod,
        first: ScriptedTransport.Answer,
        requests: Int,
        why: String
    ) async throws {
        let transport = ScriptedTransport([first, .json(200, Self.pod)])
        let client = transport.client()
        let object = KubeObject(ResourceType.pods.gvk, key: key)
        do {
            switch method {
            case .get: _ = try await client.get(.pods, key)
            case .patch: try await client.patch(.pods, key, .merge([:]))
            default: try await client.create(.pods, object)
            }
        } catch is KubeError {}
        #expect(transport.requests.count == requests, "\(why)")
    }

    @Test func givesUpAfterTheLastAttempt() async {
        let transport = ScriptedTransport(Array(repeating: refusal(503, "ServiceUnavailable"), count: 9))
        await #expect(throws: KubeError.self) { try await transport.client().get(.pods, key) }
        #expect(transport.requests.count == 3)
    }

    @Test func actsAsAnother() async throws {
        let transport = ScriptedTransport([.json(200, Self.pod)])
        let client = try transport.client(.token(Redacted("canary")))
            .impersonating(user: "system:serviceaccount:a:b", groups: ["g", "h"])
        _ = try await client.get(.pods, key)
        let headers = transport.requests[0].headers
        #expect(headers["Impersonate-User"] == "system:serviceaccount:a:b")
        #expect(headers.all("Impersonate-Group") == ["g", "h"])
        #expect(headers["Authorization"] == "Bearer canary")
        #expect(throws: KubeError.self, "no header can be smuggled in") {
            try client.impersonating(user: "a\r\nAuthorization: x")
        }
    }

    @Test func showsNoTokenInErrors() async {
        let transport = ScriptedTransport([.failure(.tls), .failure(.tls), .failure(.tls)])
        let error = await #expect(throws: KubeError.self) {
            try await transport.client(.token(Redacted("canary"))).get(.pods, key)
        }
        #expect(error.map { "\($0) \(String(reflecting: $0))" }?.contains("canary") == false)
    }
}
