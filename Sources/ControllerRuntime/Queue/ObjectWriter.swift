package import KubeClient
package import KubeModel
package import ManifestTree

/// Writes what a reconcile decided about its own object: one request for each change, none where there is no change.
package struct ObjectWriter: Sendable {
    /// The finalizer that Flux's controllers use; an object can be handed over between them and us.
    package static let finalizer = "finalizers.fluxcd.io"

    private let client: KubeClient
    private let type: ResourceType
    private let cache: ObjectCache

    package init(client: KubeClient, type: ResourceType, cache: ObjectCache) {
        self.client = client
        self.type = type
        self.cache = cache
    }

    /// Makes the status what it should be; the cache knows it at once.
    /// - Returns: the object as the API server has it now.
    /// - Throws: `KubeError`.
    package func write(status: Tree, of object: KubeObject) async throws -> KubeObject {
        guard let change = MergeDifference.between(object.tree["status"] ?? .map([:]), status) else { return object }
        let written = try await client.patch(
            type,
            object.key,
            .merge(["status": change]),
            WriteOptions(fieldManager: "sluice", subresource: "status")
        )
        cache.absorb(written)
        return written
    }

    /// Adds our finalizer, so that deletion waits for us.
    /// - Throws: `KubeError`; `conflict` where the object changed since it was read.
    package func addFinalizer(to object: KubeObject) async throws -> KubeObject {
        try await write(finalizers: object.finalizers + [Self.finalizer], of: object)
    }

    /// Lets the object go.
    /// - Throws: `KubeError`; an object that is already gone is no error.
    package func removeFinalizer(from object: KubeObject) async throws {
        guard object.finalizers.contains(Self.finalizer) else { return }
        do {
            _ = try await write(finalizers: object.finalizers.filter { $0 != Self.finalizer }, of: object)
        } catch let error as KubeError where error.code == .notFound {
            return
        }
    }

    /// The resource version goes along, since a merge patch replaces the whole list, and with it what others have
    /// added.
    private func write(finalizers: [String], of object: KubeObject) async throws -> KubeObject {
        let change: Tree = [
            "metadata": [
                "finalizers": .list(finalizers.map(Tree.string)), "resourceVersion": .string(object.resourceVersion),
            ]
        ]
        let written = try await client.patch(
            type,
            object.key,
            .merge(change),
            WriteOptions(fieldManager: "sluice")
        )
        cache.absorb(written)
        return written
    }
}

/// The merge patch (RFC 7386) that leads from one value to another.
package enum MergeDifference {
    /// Nil where nothing differs.
    package static func between(_ old: Tree, _ new: Tree) -> Tree? {
        guard old != new else { return nil }
        guard let before = old.map, let after = new.map else { return new }
        var change = TreeMap()
        for (key, value) in after {
            if let held = before[key] { change[key] = between(held, value) } else { change[key] = value }
        }
        for (key, _) in before where after[key] == nil { change[key] = .null }
        return .map(change)
    }
}
