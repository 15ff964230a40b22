package import KubeClient
package import KubeModel
import Synchronization

/// Reads the metadata of an owner's objects with one list for each kind, instead of one GET for each object.
///
/// The lists ask for any state that is not older than our own last write of the kind, so that API servers answer from
/// memory and yet never with something that we know to be outdated.
package final class ListedLiveState: LiveStateSource {
    private let client: KubeClient
    private let versions: LatestVersions

    /// `versions` is shared by all identities of one cluster.
    package init(_ client: KubeClient, versions: LatestVersions = LatestVersions()) {
        self.client = client
        self.versions = versions
    }

    package func objects(
        of owner: ApplyOwner,
        in scopes: [LiveScope]
    ) async throws -> [ObjectIdentity: LiveObject] {
        let lists = try await BoundedTasks.map(scopes, limit: 8) { scope in
            try await self.items(owner, scope).map {
                (ObjectIdentity(scope.type.gvk.groupKind, $0.key), LiveObject($0))
            }
        }
        return Dictionary(lists.joined(), uniquingKeysWith: { $1 })
    }

    package func observed(_ type: ResourceType, resourceVersion: String) {
        versions.observe(type, resourceVersion)
    }

    /// One namespace is asked for alone, several at once; an identity that may not look everywhere asks for each.
    private func items(_ owner: ApplyOwner, _ scope: LiveScope) async throws -> [KubeObject] {
        if scope.namespaces.count > 1 {
            do {
                return try await list(owner, scope.type, nil)
            } catch let error as KubeError where error.code == .forbidden {}
        }
        guard scope.type.namespaced else { return try await list(owner, scope.type, nil) }
        var items: [KubeObject] = []
        for namespace in scope.namespaces.sorted() { items += try await list(owner, scope.type, namespace) }
        return items
    }

    private func list(_ owner: ApplyOwner, _ type: ResourceType, _ namespace: String?) async throws -> [KubeObject] {
        var options = ListOptions(labels: owner.selector, metadataOnly: true)
        options.notOlderThan = versions.latest(type)
        options.pageSize = 0
        let found: KubeList
        do {
            found = try await client.list(type, namespace: namespace, options: options)
        } catch let error as KubeError where [.timeout, .expired, .rejected].contains(error.code) {
            // The version is not of this server's history, as after a restore: take the newest.
            versions.forget(type)
            options.notOlderThan = nil
            found = try await client.list(type, namespace: namespace, options: options)
        }
        versions.observe(type, found.resourceVersion)
        return found.items
    }
}

/// The newest resource version that was seen of each type in one cluster.
package final class LatestVersions: Sendable {
    private let versions = Mutex<[ResourceType: UInt64]>([:])

    package init() {}

    /// `0`, which means any state, where nothing was seen.
    func latest(_ type: ResourceType) -> String { String(versions.withLock { $0[type] ?? 0 }) }

    /// Versions that are no numbers are not ordered and so not kept.
    func observe(_ type: ResourceType, _ version: String) {
        guard let number = UInt64(version) else { return }
        versions.withLock { $0[type] = max($0[type] ?? 0, number) }
    }

    func forget(_ type: ResourceType) { versions.withLock { $0[type] = nil } }
}
