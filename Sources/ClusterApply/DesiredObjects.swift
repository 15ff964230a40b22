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
        var seen: Set<ObjectIdentity> = []
        for document in documents.flatMap(Self.expand) where !Self.isBuildInstruction(document) {
            let object = try Self.prepare(document, owner, common)
            guard seen.insert(ObjectIdentity(object)).inserted else { throw Self.duplicate(object) }
            objects.append(object)
        }
        self.objects = ApplyOrder.sorted(objects)
        self.owner = owner
    }

    /// What will be in the cluster once everything is applied; recorded before the first change.
    package var inventory: Inventory { Inventory(objects) }

    private init(sorted objects: [KubeObject], owner: ApplyOwner) {
        self.objects = objects
        self.owner = owner
    }

    /// Without the namespaces of objects whose kinds are in none: builds give one to every kind that they do not know,
    /// and it must not tell the same object apart.
    /// - Throws: `invalidObject` where two objects become one.
    func removingNamespaces(of clusterWide: Set<GroupVersionKind>) throws(ApplyError) -> DesiredObjects {
        guard objects.contains(where: { !$0.namespace.isEmpty && clusterWide.contains($0.gvk) }) else { return self }
        var seen: Set<ObjectIdentity> = []
        var result: [KubeObject] = []
        for var object in objects {
            if clusterWide.contains(object.gvk) { object.namespace = "" }
            guard seen.insert(ObjectIdentity(object)).inserted else { throw Self.duplicate(object) }
            result.append(object)
        }
        return DesiredObjects(sorted: ApplyOrder.sorted(result), owner: owner)
    }

    private static func duplicate(_ object: KubeObject) -> ApplyError {
        ApplyError(.invalidObject, "\(object.subject) is there twice; keep one of the documents")
    }

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
