import HTTPExchange
import ManifestTree
import Synchronization

/// An API server for two kinds, in memory: GET, list and merge PATCH, and a controller that answers patches.
final class ScriptedCluster: HTTPTransport {
    private let objects: Mutex<[String: Tree]>
    private let patches = Mutex<[Tree]>([])
    private let controller: @Sendable (inout Tree, Tree) -> Void

    var received: [Tree] { patches.withLock { $0 } }

    /// - Parameters:
    ///   - objects: by their paths.
    ///   - controller: what a controller makes of an object after a patch.
    init(_ objects: [String: Tree], controller: @escaping @Sendable (inout Tree, Tree) -> Void = { _, _ in }) {
        self.objects = Mutex(objects)
        self.controller = controller
    }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let (status, tree) = try answer(request)
        let head = HTTPResponseHead(status: status, headers: ["Content-Type": "application/json"])
        return try await body(head, HTTPResponseBody(bytes: tree.jsonBytes()))
    }

    private func answer(_ request: HTTPRequest) throws -> (Int, Tree) {
        let path = request.url.path
        return try objects.withLock { objects in
            switch request.method {
            case .get where objects[path] != nil: return (200, objects[path] ?? .null)
            case .get where path.hasSuffix("s"):
                let prefix = path.split(separator: "/").last ?? ""
                let scope = path.contains("/namespaces/") ? path + "/" : ""
                let items = objects.filter { $0.key.hasPrefix(scope) && $0.key.contains("/\(prefix)/") }
                return (200, ["metadata": ["resourceVersion": "1"], "items": .list(items.values.map { $0 })])
            case .patch where objects[path] != nil:
                guard case .bytes(let bytes) = request.body else { return (400, [:]) }
                let patch = try JSONReader.parse(bytes)
                patches.withLock { $0.append(patch) }
                var object = Self.merge(objects[path] ?? .null, patch)
                controller(&object, patch)
                objects[path] = object
                return (200, object)
            default:
                let status: Tree = [
                    "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                    "message": "not found",
                ]
                return (404, status)
            }
        }
    }

    private static func merge(_ target: Tree, _ patch: Tree) -> Tree {
        guard let changes = patch.map else { return patch }
        var result = target.map == nil ? [:] : target
        for (key, value) in changes { result[key] = value.isNull ? nil : merge(result[key] ?? .null, value) }
        return result
    }
}
