import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import Synchronization

/// Answers requests in the order of a script and remembers them.
final class ScriptedTransport: HTTPTransport {
    enum Answer: Sendable {
        case json(Int, Tree, headers: HTTPHeaders = [:])
        case pieces([String])
        case failure(HTTPError.Code)
    }

    private struct State {
        var script: [Answer]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    init(_ script: [Answer]) { state = Mutex(State(script: script)) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// `METHOD target` of each request.
    var lines: [String] { requests.map { "\($0.method.rawValue) \($0.url.target)" } }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        switch answer {
        case .json(let status, let tree, let headers):
            return try await body(
                HTTPResponseHead(status: status, headers: headers),
                HTTPResponseBody(bytes: tree.jsonBytes())
            )
        case .pieces(let pieces):
            let rest = Mutex(pieces[...])
            let stream = HTTPResponseBody { rest.withLock { $0.popFirst() }.map { Array($0.utf8) } }
            return try await body(HTTPResponseHead(status: 200, headers: [:]), stream)
        case .failure(let code):
            throw HTTPError(code, "scripted")
        case nil:
            throw HTTPError(.invalidRequest, "the script has no more answers")
        }
    }

    func client(_ credentials: ClusterConfig.Credentials = .none) -> KubeClient {
        var options = KubeClient.Options()
        options.retry = RetryPolicy(attempts: 3, firstPause: .milliseconds(1), longestPause: .seconds(2))
        var config = ClusterConfig(server: HTTPURL(scheme: .https, host: "kube", port: 6443, path: "/base/"))
        config.credentials = credentials
        return KubeClient(config: config, transport: self, options: options)
    }
}

extension ResourceType {
    static let pods = ResourceType(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
}

/// A `Status` as API servers answer refusals.
func refusal(_ code: Int, _ reason: String, _ message: String = "no") -> ScriptedTransport.Answer {
    .json(
        code,
        [
            "kind": "Status", "code": .number(.init(code)), "reason": .string(reason), "message": .string(message),
            "details": ["causes": [["field": "spec.a", "reason": "FieldValueInvalid", "message": "bad"]]],
        ]
    )
}
