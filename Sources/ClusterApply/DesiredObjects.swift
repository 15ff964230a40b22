package import KubeModel
package import ManifestTree

/// The documents of a build as they are sent: lists taken apart, owner labels and common metadata set, and without
/// what only an API server writes.
package struct DesiredObjects: Sendable {
    /// Labels and annotations that every object gets, over its own.
    package struct CommonMetadata: Hashable, Sendable {
        package var labels: [String: String]
        package var annotations: [String: String]

        package init(labels: [String: String] = [:], annotations: [String: String] = [:]) {
            self.labels = labels
            self.annotations = annotations
        }
    }

    /// In the order they are applied.
    package let objects: [KubeObject]
    package let owner: ApplyOwner

    /// - Throws: `invalidObject`, naming the document, for one without apiVersion, kind or name and for an object that
    ///   is there twice.
    package init(
        _ documents: [Tree],
        owner: ApplyOwner,
        common: CommonMetadata = CommonMetadata()
    ) throws(ApplyError) {
        var objects: [KubeObject] = []
        for document in documents.flatMap(Self.expand) where !Self.isBuildInstruction(document) {
            objects.append(try Self.prepare(document, owner, common))
        }
        try self.init(objects, owner: owner)
    }

    private init(_ objects: [KubeObject], owner: ApplyOwner) throws(ApplyError) {
        var seen: Set<ObjectIdentity> = []
        for object in objects where !seen.insert(ObjectIdentity(object)).inserted {
            throw ApplyError(.invalidObject, "\(object.subject) is there twice; keep one of the documents")
        }
        self.objects = ApplyOrder.sorted(objects)
        self.owner = owner
    }

    /// The same set without the namespaces of those objects whose kind lives in none.
    /// - Throws: `invalidObject` for two that are then one.
    func withoutNamespaces(of clusterWide: Set<GroupVersionKind>) throws(ApplyError) -> DesiredObjects {
        let scoped = objects.map { object in
            guard clusterWide.contains(object.gvk) else { return object }
            var object = object
            object.namespace = ""
            return object
        }
        return try DesiredObjects(scoped, owner: owner)
    }

    /// What will be in the cluster once everything is applied; recorded before the first change.
    package var inventory: Inventory { Inventory(objects) }

    private static func prepare(
        _ document: Tree,
        _ owner: ApplyOwner,
        _ common: CommonMetadata
    ) throws(ApplyError) -> KubeObject {
        var object: KubeObject
        do {
            object = try KubeObject(document)
        } catch {
            throw ApplyError(.invalidObject, error.message)
        }
        guard !object.name.isEmpty else {
            throw ApplyError(.invalidObject, "A \(object.kind) has no metadata.name; objects that are applied need one")
        }
        guard NameRules.isPathSegment(object.name) else {
            throw ApplyError(.invalidObject, "\(object.subject) has a name that no object can have")
        }
        object.labels.merge(owner.labels) { $1 }
        ServerDefaults.complete(&object)
        if !common.labels.isEmpty { object.labels.merge(common.labels) { $1 } }
        if !common.annotations.isEmpty { object.annotations.merge(common.annotations) { $1 } }
        return object
    }

    /// `List` and typed lists; items of typed lists may leave their kind to the list.
    private static func expand(_ document: Tree) -> [Tree] {
        guard let kind = document["kind"]?.string, kind.hasSuffix("List"), let items = document["items"]?.list else {
            return [document]
        }
        var result: [Tree] = []
        for var item in items {
            if kind != "List" {
                if item["kind"] == nil { item["kind"] = .string(String(kind.dropLast(4))) }
                if item["apiVersion"] == nil { item["apiVersion"] = document["apiVersion"] }
            }
            result += expand(item)
        }
        return result
    }

    /// kustomize's own files, which are no objects of a cluster.
    private static func isBuildInstruction(_ document: Tree) -> Bool {
        document["apiVersion"]?.string?.hasPrefix("kustomize.config.k8s.io/") ?? false
    }
}
