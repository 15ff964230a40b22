import HTTPExchange
import ManifestTree

extension KubeRequest {
    /// Reads one object.
    /// - Throws: `invalidName`, as all builders that name an object.
    package static func get(_ type: ResourceType, _ key: ObjectKey) throws(KubeModelError) -> KubeRequest {
        KubeRequest(.get, path: try objectPath(type, key))
    }

    /// Reads one page of a collection; `continuing` is the token of the page before.
    package static func list(
        _ type: ResourceType,
        namespace: String?,
        _ options: ListOptions,
        continuing token: String? = nil
    ) -> KubeRequest {
        var request = KubeRequest(.get, path: collectionPath(type, namespace: namespace))
        request.select(options.labels, options.fields)
        request.add("limit", options.pageSize > 0 ? String(options.pageSize) : nil)
        request.add("continue", token)
        if let version = options.notOlderThan {
            request.add("resourceVersion", version)
            request.add("resourceVersionMatch", "NotOlderThan")
        }
        if options.metadataOnly { request.accept = metadataOnly("PartialObjectMetadataList") }
        return request
    }

    /// Opens a watch on a collection from a resource version on.
    package static func watch(
        _ type: ResourceType,
        namespace: String?,
        from resourceVersion: String,
        _ options: WatchOptions
    ) -> KubeRequest {
        var request = KubeRequest(.get, path: collectionPath(type, namespace: namespace))
        request.add("watch", "true")
        request.add("allowWatchBookmarks", "true")
        request.add("resourceVersion", resourceVersion)
        request.add("timeoutSeconds", String(options.timeout.components.seconds))
        request.select(options.labels, options.fields)
        if options.metadataOnly { request.accept = metadataOnly("PartialObjectMetadata") }
        return request
    }

    /// Creates an object in its namespace.
    package static func create(
        _ type: ResourceType,
        _ object: KubeObject,
        _ options: WriteOptions = WriteOptions()
    ) throws(KubeModelError) -> KubeRequest {
        try checkNamespace(type, object.key)
        var request = KubeRequest(.post, path: collectionPath(type, namespace: object.namespace))
        request.body = object.tree
        request.apply(options)
        return request
    }

    /// Replaces an object, or its subresource.
    package static func replace(
        _ type: ResourceType,
        _ object: KubeObject,
        _ options: WriteOptions = WriteOptions()
    ) throws(KubeModelError) -> KubeRequest {
        var request = KubeRequest(.put, path: try objectPath(type, object.key, subresource: options.subresource))
        request.body = object.tree
        request.apply(options)
        return request
    }

    /// Changes an object, or its subresource. The manager of an apply patch wins over the options'.
    package static func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: KubePatch,
        _ options: WriteOptions = WriteOptions()
    ) throws(KubeModelError) -> KubeRequest {
        var request = KubeRequest(.patch, path: try objectPath(type, key, subresource: options.subresource))
        request.body = patch.body
        request.contentType = patch.contentType
        var options = options
        if case .apply(_, let manager, let force) = patch {
            options.fieldManager = manager
            request.add("force", force ? "true" : "false")
        }
        request.apply(options)
        return request
    }

    /// Deletes an object.
    package static func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ options: DeleteOptions = DeleteOptions()
    ) throws(KubeModelError) -> KubeRequest {
        var request = KubeRequest(.delete, path: try objectPath(type, key))
        var body: Tree = ["apiVersion": "v1", "kind": "DeleteOptions"]
        body["propagationPolicy"] = options.propagation.map { .string($0.rawValue) }
        body[path: ["preconditions", "uid"]] = options.uid.map { .string($0) }
        body[path: ["preconditions", "resourceVersion"]] = options.resourceVersion.map { .string($0) }
        if options.dryRun { body["dryRun"] = ["All"] }
        request.body = body
        return request
    }

    /// Asks for the resources of one group and version, or for the core group's.
    package static func resources(group: String, version: String) -> KubeRequest {
        let group = group.isEmpty ? "/api" : "/apis/\(HTTPURL.percentEncode(group))"
        return KubeRequest(.get, path: "\(group)/\(HTTPURL.percentEncode(version))")
    }

    /// Asks for the versions of one API group.
    package static func group(_ name: String) -> KubeRequest {
        KubeRequest(.get, path: "/apis/\(HTTPURL.percentEncode(name))")
    }

    /// Asks for the server's version.
    package static let version = KubeRequest(.get, path: "/version")

    private mutating func select(_ labels: LabelSelector, _ fields: String?) {
        add("labelSelector", labels.isEmpty ? nil : labels.description)
        add("fieldSelector", fields)
    }

    private mutating func apply(_ options: WriteOptions) {
        add("fieldManager", options.fieldManager)
        add("dryRun", options.dryRun ? "All" : nil)
    }

    /// Servers that cannot give metadata alone give whole objects.
    private static func metadataOnly(_ kind: String) -> String {
        "application/json;as=\(kind);g=meta.k8s.io;v=v1,application/json"
    }
}
