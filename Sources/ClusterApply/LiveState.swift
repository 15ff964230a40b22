package import KubeModel

/// What is known of an object in the cluster without its spec.
package struct LiveObject: Hashable, Sendable {
    package let uid: String
    package let resourceVersion: String
    package let generation: Int64
    package let labels: [String: String]
    package let annotations: [String: String]
    package let isBeingDeleted: Bool

    package init(_ object: KubeObject) {
        uid = object.uid
        resourceVersion = object.resourceVersion
        generation = object.generation
        labels = object.labels
        annotations = object.annotations
        isBeingDeleted = object.isBeingDeleted
    }
}

/// Tells what an owner has in a cluster. A watch cache can answer this without a request; `ListedLiveState` asks once
/// for each kind.
package protocol LiveStateSource: Sendable {
    /// The owner's objects of the given types, at least in the given namespaces. Objects without its labels are left
    /// out.
    func objects(of owner: ApplyOwner, in scopes: [LiveScope]) async throws -> [ObjectIdentity: LiveObject]

    /// Our own write gave this version of an object of the type.
    func observed(_ type: ResourceType, resourceVersion: String)
}

/// Where to look for the objects of one type.
package struct LiveScope: Hashable, Sendable {
    package let type: ResourceType
    /// Empty for types that are in no namespace.
    package let namespaces: Set<String>

    package init(_ type: ResourceType, namespaces: Set<String>) {
        self.type = type
        self.namespaces = type.namespaced ? namespaces : []
    }
}
