/// One kind of object as an API server serves it: what discovery says of it, and all that a request path needs.
package struct ResourceType: Hashable, Sendable, CustomStringConvertible {
    /// Empty for the core group.
    package let group: String
    package let version: String
    /// The plural, lower-case name in paths.
    package let resource: String
    package let kind: String
    package let namespaced: Bool

    package init(group: String, version: String, resource: String, kind: String, namespaced: Bool) {
        self.group = group
        self.version = version
        self.resource = resource
        self.kind = kind
        self.namespaced = namespaced
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    package var gvk: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

    /// `resource.group`, as Kubernetes' own messages write it.
    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

/// What tells the objects of one kind apart.
package struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Empty for objects that are in no namespace.
    package let namespace: String
    package let name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`, or the name alone.
    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
