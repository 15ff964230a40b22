package import HTTPExchange
package import ManifestTree
import Synchronization

/// A Kubernetes API in memory behind the transport protocol, with every request on record: reads, lists by label, merge
/// patches of objects and of their status, server-side apply, deletion with finalizers and discovery. Requests to other
/// hosts go to the transport behind it.
package final class FakeAPIServer: HTTPTransport {
    /// A request as the server saw it.
    package struct Request: Sendable {
        package let method: HTTPMethod
        package let path: String
        package let query: String
        /// The parsed body; null where there was none.
        package let body: Tree
        package let user: String?

        package var isWrite: Bool { method != .get && method != .head }
        /// `METHOD path`
        package var line: String { "\(method.rawValue) \(path)" }
    }

    struct State {
        var objects: [FakeObjectPath: Tree] = [:]
        var version = 100
        var requests: [Request] = []
        var refusals: [String: [Refusal]] = [:]
        /// Requests that are still answered; nil for all.
        var budget: Int?
        /// A request that costs the last of the budget is carried out, and only its answer is lost.
        var losesAnswers = false
    }

    struct Refusal {
        let status: Int
        let reason: String
        let message: String
    }

    /// The name that its clients reach it by.
    package static let host = "kube.test"
    private let state = Mutex(State())
    private let beyond: (any HTTPTransport)?

    /// - Parameter beyond: where requests to other hosts go.
    package init(beyond: (any HTTPTransport)? = nil) { self.beyond = beyond }

    package func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        guard request.url.host == Self.host else {
            guard let beyond else { throw HTTPError(.nameLookup, "There is no host \(request.url.host)") }
            return try await beyond.withResponse(to: request, body)
        }
        try Task.checkCancellation()
        let (status, tree) = try state.withLock { try Self.answer(request, &$0) }
        let head = HTTPResponseHead(status: status, headers: ["Content-Type": "application/json"])
        return try await body(head, HTTPResponseBody(bytes: tree.jsonBytes()))
    }

    private static func answer(_ request: HTTPRequest, _ state: inout State) throws -> (Int, Tree) {
        let sent: Tree = if case .bytes(let bytes) = request.body { try JSONReader.parse(bytes) } else { .null }
        let seen = Request(
            method: request.method,
            path: request.url.path,
            query: request.url.query ?? "",
            body: sent,
            user: request.headers["Impersonate-User"]
        )
        let broken = HTTPError(.connection, "The connection to the API server broke")
        if let budget = state.budget {
            state.budget = budget - 1
            guard budget > 0 else {
                if budget == 0, state.losesAnswers { _ = state.answer(seen, type: request.headers["Content-Type"]) }
                throw broken
            }
        }
        if let kinds = FakeObjectPath.kinds[seen.path] { return (200, ["resources": kinds]) }
        state.requests.append(seen)
        if let refusal = state.refusals[seen.line]?.first {
            state.refusals[seen.line]?.removeFirst()
            return State.refused(refusal.status, refusal.reason, refusal.message)
        }
        return state.answer(seen, type: request.headers["Content-Type"])
    }
}

// MARK: - For tests

extension FakeAPIServer {
    /// The requests since the last call, without discovery.
    package func takeRequests() -> [Request] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// The object at a path such as `/api/v1/namespaces/ns/configmaps/a`.
    package func object(_ path: String) -> Tree? {
        state.withLock { state in FakeObjectPath(path).flatMap { state.objects[$0] } }
    }

    /// Every object of a resource, such as `configmaps`.
    package func objects(of resource: String) -> [Tree] {
        state.withLock { state in
            state.objects.filter { $0.key.resource == resource }.sorted { $0.key.name < $1.key.name }.map(\.value)
        }
    }

    /// Puts an object there, or changes it, as another writer would: with a new version, and a new generation where the
    /// spec differs.
    package func put(_ path: String, _ object: Tree) {
        state.withLock { state in
            guard let key = FakeObjectPath(path) else { return }
            _ = state.store(object, at: key)
        }
    }

    /// Changes an object as another writer would.
    package func change(_ path: String, _ edit: (inout Tree) -> Void) {
        state.withLock { state in
            guard let key = FakeObjectPath(path), var object = state.objects[key] else { return }
            edit(&object)
            _ = state.store(object, at: key)
        }
    }

    /// Asks for the deletion of an object, as `kubectl delete` does.
    package func delete(_ path: String) {
        state.withLock { state in
            guard let key = FakeObjectPath(path) else { return }
            _ = state.delete(key, uid: nil)
        }
    }

    /// Refuses the next request to `METHOD path`.
    package func refuse(_ line: String, status: Int, reason: String, message: String) {
        state.withLock {
            $0.refusals[line, default: []].append(Refusal(status: status, reason: reason, message: message))
        }
    }

    /// Answers so many requests and then no more, until it is called again with nil. Discovery counts too.
    /// - Parameter losingAnswers: the first request that fails is carried out all the same.
    package func answerOnly(_ count: Int?, losingAnswers: Bool = false) {
        state.withLock {
            $0.budget = count
            $0.losesAnswers = losingAnswers
        }
    }

    /// Whether the budget of `answerOnly` was used up.
    package var hasFailed: Bool { state.withLock { $0.budget.map { $0 < 0 } ?? false } }
}
