import ApplyReconciliation
import ControllerRuntime
import KubeClient
import KubeModel
import Logging
import ManifestTree

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
