package import CoreModel
package import ManifestTree

/// Any Kubernetes object: its document, with typed access to what every object has.
package struct KubeObject: Hashable, Sendable {
    /// The whole document. Changing `apiVersion` or `kind` in it to something else than a string makes them empty.
    package var tree: Tree

    /// Takes a document for an object.
    /// - Throws: `notAnObject` when it is no map, has no `apiVersion` or `kind`, or its metadata is of a wrong type.
    ///   A missing name is accepted, because objects with `generateName` have none yet.
    package init(_ tree: Tree) throws(KubeModelError) {
        guard tree.map != nil else {
            throw KubeModelError(.notAnObject, "The document is \(tree.kindName), not a Kubernetes object")
        }
        for key in ["apiVersion", "kind"] where tree[key]?.string?.isEmpty ?? true {
            throw KubeModelError(.notAnObject, "The document\(Self.hint(tree)) has no \(key); add one")
        }
        self.tree = tree
        try checkMetadata()
    }

    /// An object of a kind, with a name and nothing else.
    package init(_ gvk: GroupVersionKind, key: ObjectKey) {
        tree = ["apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind), "metadata": [:]]
        name = key.name
        namespace = key.namespace
    }

    package var apiVersion: String { tree["apiVersion"]?.string ?? "" }
    package var kind: String { tree["kind"]?.string ?? "" }
    package var gvk: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// `Kind/namespace/name`, as every message names an object.
    package var subject: String { "\(kind)/\(key)" }

    private func checkMetadata() throws(KubeModelError) {
        guard let metadata = tree["metadata"], !metadata.isNull else { return }
        let subject = "The \(kind)\(Self.hint(tree))"
        guard metadata.map != nil else {
            throw KubeModelError(.notAnObject, "\(subject) has metadata that is \(metadata.kindName), not a map")
        }
        for key in ["name", "namespace"] {
            guard let value = metadata[key], !value.isNull else { continue }
            guard value.string != nil else {
                throw KubeModelError(.notAnObject, "\(subject) has a \(key) that is \(value.kindName); quote it")
            }
        }
        for key in ["labels", "annotations"] {
            guard let entries = metadata[key], !entries.isNull else { continue }
            guard let map = entries.map else {
                throw KubeModelError(.notAnObject, "\(subject) has \(key) that are \(entries.kindName), not a map")
            }
            for (name, value) in map where value.string == nil {
                throw KubeModelError(
                    .notAnObject,
                    "\(subject) has \(value.kindName) under metadata.\(key).\(name), where a string belongs; quote it"
                )
            }
        }
    }

    private static func hint(_ tree: Tree) -> String {
        tree["metadata"]?["name"]?.string.map { " \"\($0)\"" } ?? ""
    }
}

extension KubeObject {
    /// Empty where there is none yet.
    package var name: String {
        get { text("name") }
        set { setText("name", newValue) }
    }

    /// Empty for objects that are in no namespace.
    package var namespace: String {
        get { text("namespace") }
        set { setText("namespace", newValue) }
    }

    /// Given by the API server; empty before.
    package var uid: String { text("uid") }

    /// Given by the API server; empty before. Only equality means anything.
    package var resourceVersion: String {
        get { text("resourceVersion") }
        set { setText("resourceVersion", newValue) }
    }

    /// The version of the desired state; 0 for kinds that count none.
    package var generation: Int64 { tree["metadata"]?["generation"]?.integer ?? 0 }

    package var creationTimestamp: Timestamp? { Timestamp(text("creationTimestamp")) }

    /// When deletion was asked for; nil while the object is wanted.
    package var deletionTimestamp: Timestamp? { Timestamp(text("deletionTimestamp")) }

    /// Someone asked for the object's deletion, and finalizers hold it.
    package var isBeingDeleted: Bool { !text("deletionTimestamp").isEmpty }

    package var labels: [String: String] {
        get { strings("labels") }
        set { setStrings("labels", newValue) }
    }

    package var annotations: [String: String] {
        get { strings("annotations") }
        set { setStrings("annotations", newValue) }
    }

    package var finalizers: [String] {
        get { (tree["metadata"]?["finalizers"]?.list ?? []).compactMap(\.string) }
        set {
            tree[path: ["metadata", "finalizers"]] = newValue.isEmpty ? nil : .list(newValue.map { .string($0) })
        }
    }

    /// The conditions of the status, in their order.
    package var conditions: ConditionList { ConditionList(tree["status"]?["conditions"]) }

    /// A reference for the `ownerReferences` of objects that shall go when this one goes.
    package var ownerReference: Tree {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": true, "blockOwnerDeletion": true,
        ]
    }

    private func text(_ key: String) -> String { tree["metadata"]?[key]?.string ?? "" }

    private mutating func setText(_ key: String, _ value: String) {
        tree[path: ["metadata", key]] = value.isEmpty ? nil : .string(value)
    }

    private func strings(_ key: String) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value) in tree["metadata"]?[key]?.map ?? [:] { result[name] = value.string }
        return result
    }

    private mutating func setStrings(_ key: String, _ values: [String: String]) {
        let sorted = values.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) }
        tree[path: ["metadata", key]] = sorted.isEmpty ? nil : .map(TreeMap(sorted))
    }
}
