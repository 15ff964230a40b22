package import KubeClient
package import KubeModel
package import Logging
import Synchronization

/// The objects of one kind that other objects name, such as the Secrets of sources: each is read when it is first
/// needed, and again only once a watch has told that it changed.
///
/// The watch reads metadata alone, and of that keeps nothing but what is named by somebody: memory goes with the number
/// of objects in use, not with that of the cluster, whose Secrets can be many and large. A watch for each name would
/// see even less, but costs a stream for each, of which API servers allow some hundred on a connection.
///
/// While the watch is not heard of, for what lies outside the watched namespace, and as long as an object is not there,
/// every read asks the API server. So nothing
/// is judged missing on hearsay, and an installation without the right to watch still works.
package final class ReferencedObjects: WatchedState {
    private struct Entry {
        /// As it was read; nil when it has to be read (again).
        var object: KubeObject?
        /// Counts what the watch has told of it, so that an answer that is older than that is not kept.
        var changes = 0
        var dependents: Set<ObjectKey> = []
    }

    private struct State {
        var entries: [ObjectKey: Entry] = [:]
        /// What each dependent named in its last reconcile.
        var named: [ObjectKey: Set<ObjectKey>] = [:]
        var isFollowed = false
        /// The namespace that the watch is about; nil for all.
        var scope: String?

        func follows(_ key: ObjectKey) -> Bool { isFollowed && scope.map { $0 == key.namespace } ?? true }
    }

    private let client: KubeClient
    private let type: ResourceType
    private let state = Mutex(State())

    package init(client: KubeClient, type: ResourceType) {
        self.client = client
        self.type = type
    }

    /// The object that a dependent names; nil where there is none. The dependent hears of changes from now on.
    /// - Throws: `KubeError`.
    package func object(_ key: ObjectKey, for dependent: ObjectKey) async throws -> KubeObject? {
        let (held, ticket) = state.withLock { state in
            state.entries[key, default: Entry()].dependents.insert(dependent)
            state.named[dependent, default: []].insert(key)
            let entry = state.entries[key]
            return (state.follows(key) ? entry?.object : nil, entry?.changes ?? 0)
        }
        if let held { return held }
        let read = try await client.get(type, key)
        state.withLock { state in
            guard state.entries[key]?.changes == ticket else { return }
            state.entries[key]?.object = read
        }
        return read
    }

    /// Ends the interest of a dependent in everything but these.
    package func keep(only keys: Set<ObjectKey>, for dependent: ObjectKey) {
        state.withLock { state in
            for key in (state.named[dependent] ?? []).subtracting(keys) {
                state.entries[key]?.dependents.remove(dependent)
                if state.entries[key]?.dependents.isEmpty ?? false { state.entries[key] = nil }
            }
            let kept = state.named[dependent]?.intersection(keys) ?? []
            state.named[dependent] = kept.isEmpty ? nil : kept
        }
    }

    /// Who names the object.
    package func dependents(on key: ObjectKey) -> [ObjectKey] {
        state.withLock { Array($0.entries[key]?.dependents ?? []) }
    }

    /// The number of objects that are named.
    package var count: Int { state.withLock { $0.entries.count } }

    /// A watcher that keeps this up to date and tells who names an object that changed.
    /// - Parameters:
    ///   - namespace: nil for all.
    ///   - fields: a field selector that leaves out what nobody can name.
    package func watcher(
        namespace: String?,
        fields: String? = nil,
        logger: Logger,
        onChange: @escaping @Sendable (ObjectKey) -> Void
    ) -> Watcher {
        state.withLock { $0.scope = namespace }
        let source = MetadataWatchSource(client: client, type: type, namespace: namespace, fields: fields) { key in
            self.isNamed(key)
        }
        return Watcher(name: type.kind, source: source, cache: self, logger: logger) { change in
            guard let key = change.key else { return }
            for dependent in self.dependents(on: key) { onChange(dependent) }
        }
    }

    private func isNamed(_ key: ObjectKey) -> Bool { state.withLock { $0.entries[key] != nil } }

    // MARK: - What the watch tells

    package func replace(with objects: [KubeObject]) -> [CacheChange] {
        state.withLock { state in
            state.isFollowed = true
            var changes: [CacheChange] = []
            let listed = Dictionary(objects.map { ($0.key, $0) }) { $1 }
            for key in state.entries.keys where state.follows(key) {
                if let change = Self.take(listed[key], at: key, &state) { changes.append(change) }
            }
            return changes
        }
    }

    package func apply(_ event: WatchEvent) -> CacheChange? {
        state.withLock { state in
            state.isFollowed = true
            switch event {
            case .added(let object), .modified(let object): return Self.take(object, at: object.key, &state)
            case .deleted(let object): return Self.take(nil, at: object.key, &state)
            case .bookmark: return nil
            }
        }
    }

    package func lose() { state.withLock { $0.isFollowed = false } }

    private static func take(_ told: KubeObject?, at key: ObjectKey, _ state: inout State) -> CacheChange? {
        guard let entry = state.entries[key] else { return nil }
        // Nothing was there, and nothing is.
        if told == nil, entry.object == nil { return nil }
        if let told, let held = entry.object, held.uid == told.uid, !ObjectCache.isNewer(told, than: held) {
            return nil
        }
        state.entries[key]?.object = nil
        state.entries[key]?.changes += 1
        return CacheChange(old: entry.object, new: told)
    }
}
