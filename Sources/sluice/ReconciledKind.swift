import ApplyReconciliation
import ArtifactServer
import ArtifactStore
import ControllerRuntime
import KubeClient
import KubeModel
import Logging
import SafeFiles
import SluiceAPI
import Synchronization

/// One kind that is watched and reconciled: its cache, its queue and who depends on it.
struct ReconciledKind: Sendable {
    let type: ResourceType
    let cache = ObjectCache()
    let queue: WorkQueue<ObjectKey>
    let index = DependencyIndex()

    init(_ type: ResourceType, backoff: Backoff) {
        self.type = type
        queue = WorkQueue(backoff: backoff)
    }

    /// The watcher that fills the cache and tells of changes.
    func watcher(
        _ client: KubeClient,
        _ watch: ControllerConfiguration.Watch,
        _ logger: Logger,
        onChange: @escaping @Sendable (CacheChange) -> Void
    ) -> Watcher {
        let source = ClusterWatchSource(client: client, type: type, namespace: watch.namespace, labels: watch.labels)
        return Watcher(name: type.kind, source: source, cache: cache, logger: logger, onChange: onChange)
    }
}

extension CacheChange {
    /// The source has another artifact than before, or another revision of it.
    var changesArtifact: Bool {
        let (old, new) = (self.old?.tree[path: ["status", "artifact"]], self.new?.tree[path: ["status", "artifact"]])
        guard let new else { return false }
        return old?["digest"] != new["digest"] || old?["revision"] != new["revision"]
    }

    /// The Kustomization became ready, or ready for another revision or generation.
    var changesReadiness: Bool {
        guard let new, new.conditions.isTrue(ApplyCondition.ready) else { return false }
        guard let old, old.conditions.isTrue(ApplyCondition.ready) else { return true }
        let paths = [["status", "lastAppliedRevision"], ["status", "observedGeneration"]]
        return paths.contains { old.tree[path: $0] != new.tree[path: $0] }
    }
}

/// The store as the artifact server sees it.
struct ServedStore: ArtifactSource {
    let store: ContentStore
    let sources: ObjectCache

    /// Until the first list is read nobody can say what should be here; after that, what an object still names and the store
    /// does not have is being fetched again.
    var isRebuilding: Bool {
        !sources.isFilled
            || sources.all.contains { source in
                guard let path = OCIRepository(source).artifact.flatMap({ try? ArtifactPath($0.path) }) else {
                    return false
                }
                return (try? store.lease(path)) == nil
            }
    }

    func openArtifact(_ path: String) throws -> ServedArtifact? {
        do {
            let lease = try store.lease(try ArtifactPath(path))
            guard let digest = try? store.digest(of: lease) else { return nil }
            return ServedArtifact(file: lease.file, digest: digest, isImmutable: false, lease: lease)
        } catch let error as StoreError where error.code == .notFound || error.code == .invalidPath {
            return nil
        }
    }
}

/// Something that happens once.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
