package import KubeClient
package import KubeModel
import ManifestTree

/// Where a watcher gets its objects from: one kind, in all namespaces or one.
package protocol WatchSource: Sendable {
    /// Every object, and the resource version that the list stands for.
    func list() async throws -> (objects: [KubeObject], resourceVersion: String)

    /// Gives every event since a resource version to the closure; returns when the server ends the watch.
    /// - Throws: `KubeError` with the code `expired` when the version is too old to go on from.
    func watch(from resourceVersion: String, _ event: (WatchEvent) throws -> Void) async throws
}

/// A watch source over the API server.
package struct ClusterWatchSource: WatchSource {
    private let client: KubeClient
    private let type: ResourceType
    private let namespace: String?
    private let labels: LabelSelector

    /// All namespaces where `namespace` is nil.
    package init(
        client: KubeClient,
        type: ResourceType,
        namespace: String? = nil,
        labels: LabelSelector = LabelSelector()
    ) {
        self.client = client
        self.type = type
        self.namespace = namespace
        self.labels = labels
    }

    package func list() async throws -> (objects: [KubeObject], resourceVersion: String) {
        let list = try await client.list(type, namespace: namespace, options: ListOptions(labels: labels))
        return (list.items, list.resourceVersion)
    }

    package func watch(from resourceVersion: String, _ event: (WatchEvent) throws -> Void) async throws {
        try await client.withWatch(
            type,
            namespace: namespace,
            from: resourceVersion,
            options: WatchOptions(labels: labels)
        ) { events in
            for try await next in events { try event(next) }
        }
    }
}

/// A watch source that reads the metadata of a collection and keeps, of the objects that somebody wants, no more than
/// what tells one version from another.
package struct MetadataWatchSource: WatchSource {
    private let client: KubeClient
    private let type: ResourceType
    private let namespace: String?
    private let fields: String?
    private let isWanted: @Sendable (ObjectKey) -> Bool

    /// All namespaces where `namespace` is nil; `fields` is a field selector of the API server.
    package init(
        client: KubeClient,
        type: ResourceType,
        namespace: String?,
        fields: String? = nil,
        isWanted: @escaping @Sendable (ObjectKey) -> Bool
    ) {
        self.client = client
        self.type = type
        self.namespace = namespace
        self.fields = fields
        self.isWanted = isWanted
    }

    package func list() async throws -> (objects: [KubeObject], resourceVersion: String) {
        let options = ListOptions(fields: fields, metadataOnly: true)
        let list = try await client.list(type, namespace: namespace, options: options) { object in
            isWanted(object.key) ? Self.identity(of: object) : nil
        }
        return (list.items, list.resourceVersion)
    }

    package func watch(from resourceVersion: String, _ event: (WatchEvent) throws -> Void) async throws {
        let options = WatchOptions(fields: fields, metadataOnly: true)
        try await client.withWatch(type, namespace: namespace, from: resourceVersion, options: options) { events in
            for try await next in events { try event(kept(of: next)) }
        }
    }

    /// An event about an object that nobody wants still tells how far the watch is.
    private func kept(of event: WatchEvent) -> WatchEvent {
        switch event {
        case .added(let object) where isWanted(object.key): .added(Self.identity(of: object))
        case .modified(let object) where isWanted(object.key): .modified(Self.identity(of: object))
        case .deleted(let object) where isWanted(object.key): .deleted(Self.identity(of: object))
        case .added(let object), .modified(let object), .deleted(let object):
            .bookmark(resourceVersion: object.resourceVersion)
        case .bookmark: event
        }
    }

    private static func identity(of object: KubeObject) -> KubeObject {
        var kept = KubeObject(object.gvk, key: object.key)
        kept.resourceVersion = object.resourceVersion
        kept.tree[path: ["metadata", "uid"]] = .string(object.uid)
        return kept
    }
}

/// A watch source of a kind that the cluster may not have: it has no objects then, and the kind is looked for now and
/// again. An API server that has just started answers 503 until it knows its kinds, so that 404 means what it says.
package struct OptionalKindSource: WatchSource {
    private let source: any WatchSource
    private let pause: Duration

    /// - Parameter pause: the time between two looks.
    package init(_ source: any WatchSource, pause: Duration = .seconds(30)) {
        self.source = source
        self.pause = pause
    }

    package func list() async throws -> (objects: [KubeObject], resourceVersion: String) {
        do {
            return try await source.list()
        } catch let error as KubeError where error.isMissingKind {
            return ([], "")
        }
    }

    package func watch(from resourceVersion: String, _ event: (WatchEvent) throws -> Void) async throws {
        guard resourceVersion.isEmpty else { return try await source.watch(from: resourceVersion, event) }
        while true {
            try await Task.sleep(for: pause)
            do {
                _ = try await source.list()
            } catch let error as KubeError where error.isMissingKind {
                continue
            }
            throw KubeError(.expired, "The cluster has the kind now; it is listed")
        }
    }
}

extension KubeError {
    fileprivate var isMissingKind: Bool { code == .notFound || code == .noKindMatch }
}
