package import KubeClient
package import KubeModel

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
