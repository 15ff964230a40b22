import HTTPExchange
import ManifestTree

/// Where an object is.
struct FakeObjectPath: Hashable {
    /// What the server has, by group and version.
    static let kinds: [String: Tree] = [
        "/api/v1": [
            ["name": "configmaps", "kind": "ConfigMap", "namespaced": true],
            ["name": "secrets", "kind": "Secret", "namespaced": true],
            ["name": "serviceaccounts", "kind": "ServiceAccount", "namespaced": true],
            ["name": "namespaces", "kind": "Namespace", "namespaced": false],
        ],
        "/apis/apps/v1": [["name": "deployments", "kind": "Deployment", "namespaced": true]],
        "/apis/rbac.authorization.k8s.io/v1": [["name": "clusterroles", "kind": "ClusterRole", "namespaced": false]],
        "/apis/example.test/v1": [["name": "gadgets", "kind": "Gadget", "namespaced": false]],
    ]

    let root: String
    let namespace: String
    let resource: String
    /// Empty for a collection.
    var name: String
    var subresource = ""

    init?(_ path: String) {
        let parts = path.split(separator: "/").map(String.init)
        let rootLength = parts.first == "api" ? 2 : 3
        guard parts.count > rootLength else { return nil }
        root = "/" + parts.prefix(rootLength).joined(separator: "/")
        var rest = parts.dropFirst(rootLength)
        if rest.first == "namespaces", rest.count >= 3 {
            rest = rest.dropFirst()
            namespace = rest.removeFirst()
        } else {
            namespace = ""
        }
        resource = rest.removeFirst()
        name = rest.popFirst() ?? ""
        subresource = rest.popFirst() ?? ""
    }

    /// Whether an object belongs to this collection.
    func holds(_ other: FakeObjectPath) -> Bool {
        root == other.root && resource == other.resource && (namespace.isEmpty || namespace == other.namespace)
    }
}

extension FakeAPIServer.State {
    mutating func answer(_ request: FakeAPIServer.Request, type: String?) -> (Int, Tree) {
        guard let path = FakeObjectPath(request.path) else { return Self.refused(404, "NotFound", "no such page") }
        var key = path
        key.subresource = ""
        switch request.method {
        case .get where path.name.isEmpty: return (200, list(path, request.query))
        case .get: return objects[key].map { (200, $0) } ?? Self.missing(request.path)
        case .post where path.subresource == "token": return token(of: key, request.body)
        case .post: return create(request.body, in: path)
        case .patch where type == "application/apply-patch+yaml": return apply(request.body, at: key)
        case .patch: return merge(request.body, at: key, isStatus: path.subresource == "status")
        case .delete: return delete(key, uid: request.body[path: ["preconditions", "uid"]]?.string)
        default: return Self.refused(405, "MethodNotAllowed", "\(request.line) is not for this server")
        }
    }

    /// Stores what differs from what is there, with a version, and a generation that counts the changes of everything
    /// but metadata and status.
    mutating func store(_ object: Tree, at key: FakeObjectPath) -> Tree {
        var object = object
        let held = objects[key]
        object[path: ["metadata", "name"]] = .string(key.name)
        if !key.namespace.isEmpty { object[path: ["metadata", "namespace"]] = .string(key.namespace) }
        for field in ["uid", "resourceVersion", "generation"] {
            object[path: ["metadata", field]] = held?[path: ["metadata", field]]
        }
        if let held, held == object { return held }
        version += 1
        object[path: ["metadata", "resourceVersion"]] = .string(String(version))
        if held == nil { object[path: ["metadata", "uid"]] = .string("uid-\(version)") }
        let generation = held?[path: ["metadata", "generation"]]?.integer ?? 0
        let isChanged = held.map { Self.desired($0) != Self.desired(object) } ?? true
        object[path: ["metadata", "generation"]] = .number(.init(Int(generation) + (isChanged ? 1 : 0)))
        let finalizers = object[path: ["metadata", "finalizers"]]?.list ?? []
        if object[path: ["metadata", "deletionTimestamp"]] != nil, finalizers.isEmpty {
            objects[key] = nil
        } else {
            objects[key] = object
        }
        return object
    }

    mutating func delete(_ key: FakeObjectPath, uid: String?) -> (Int, Tree) {
        guard var object = objects[key] else { return Self.missing(key.name) }
        if let uid, uid != object[path: ["metadata", "uid"]]?.string {
            return Self.refused(409, "Conflict", "the uid is another")
        }
        if object[path: ["metadata", "finalizers"]]?.list?.isEmpty ?? true {
            objects[key] = nil
        } else {
            object[path: ["metadata", "deletionTimestamp"]] = "2026-01-01T00:00:00Z"
            _ = store(object, at: key)
        }
        return (200, ["kind": "Status", "status": "Success"])
    }

    /// A TokenRequest: the token says who it is of and what it is for.
    private func token(of key: FakeObjectPath, _ request: Tree) -> (Int, Tree) {
        guard key.resource == "serviceaccounts", objects[key] != nil else { return Self.missing(key.name) }
        guard request["kind"]?.string == "TokenRequest",
            let audience = request[path: ["spec", "audiences"]]?.list?.first?.string
        else { return Self.refused(400, "BadRequest", "no TokenRequest") }
        let token = "token-of:\(key.namespace)/\(key.name):\(audience)"
        return (201, ["kind": "TokenRequest", "status": ["token": .string(token)]])
    }

    private mutating func create(_ object: Tree, in path: FakeObjectPath) -> (Int, Tree) {
        var key = path
        key.name = object[path: ["metadata", "name"]]?.string ?? ""
        guard objects[key] == nil else { return Self.refused(409, "AlreadyExists", "\(key.name) already exists") }
        return (201, store(object, at: key))
    }

    private mutating func apply(_ sent: Tree, at key: FakeObjectPath) -> (Int, Tree) {
        let held = objects[key]
        var object = sent
        object["status"] = held?["status"]
        for field in ["finalizers", "deletionTimestamp"] {
            object[path: ["metadata", field]] = held?[path: ["metadata", field]]
        }
        return (held == nil ? 201 : 200, store(object, at: key))
    }

    private mutating func merge(_ patch: Tree, at key: FakeObjectPath, isStatus: Bool) -> (Int, Tree) {
        guard let held = objects[key] else { return Self.missing(key.name) }
        if let version = patch[path: ["metadata", "resourceVersion"]]?.string,
            version != held[path: ["metadata", "resourceVersion"]]?.string
        {
            return Self.refused(409, "Conflict", "the object has been modified")
        }
        var object = Self.merged(patch, into: held)
        if isStatus {
            var other = held
            other["status"] = object["status"]
            object = other
        } else {
            object["status"] = held["status"]
        }
        return (200, store(object, at: key))
    }

    private func list(_ collection: FakeObjectPath, _ query: String) -> Tree {
        let fields = ScriptedRegistryCore.fields(query)
        let wanted = (fields["labelSelector"] ?? "").split(separator: ",").map { item in
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        }
        let items = objects.filter { key, object in
            let labels = object[path: ["metadata", "labels"]]
            return collection.holds(key) && wanted.allSatisfy { labels?[$0.0]?.string == $0.1 }
        }
        return [
            "items": .list(items.sorted { $0.key.name < $1.key.name }.map(\.value)),
            "metadata": ["resourceVersion": .string(String(version))],
        ]
    }

    /// Everything that a generation counts.
    private static func desired(_ object: Tree) -> Tree {
        var object = object
        object["metadata"] = nil
        object["status"] = nil
        return object
    }

    /// RFC 7386.
    private static func merged(_ patch: Tree, into target: Tree) -> Tree {
        guard let changes = patch.map else { return patch }
        var result: Tree = target.map == nil ? [:] : target
        for (key, value) in changes {
            result[key] = value.isNull ? nil : merged(value, into: result[key] ?? .null)
        }
        return result
    }

    private static func missing(_ what: String) -> (Int, Tree) { refused(404, "NotFound", "\(what) not found") }

    static func refused(_ status: Int, _ reason: String, _ message: String) -> (Int, Tree) {
        (
            status,
            [
                "kind": "Status", "code": .number(.init(status)), "reason": .string(reason),
                "message": .string(message),
            ]
        )
    }
}
