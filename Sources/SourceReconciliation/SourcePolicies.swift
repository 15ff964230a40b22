package import ControllerRuntime
package import KubeClient
package import KubeModel
package import Logging
import ManifestTree
import OCIDistribution
import SluiceAPI

/// The policies of the cluster and of its namespaces, and which of them a source has to satisfy.
package struct SourcePolicies: Sendable {
    package let cluster = PolicyCache()
    package let namespaced = PolicyCache()

    package init() {}

    /// Whether both kinds have been listed; nobody knows before that what a source has to satisfy.
    package var areListed: Bool { cluster.isFilled && namespaced.isFilled }

    /// Waits until both kinds have been listed.
    /// - Throws: `CancellationError` when the task is cancelled before.
    package func waitUntilListed() async throws {
        try await cluster.objects.waitUntilFilled()
        try await namespaced.objects.waitUntilFilled()
    }

    /// Everything that covers a repository, for sources of a namespace: the cluster's policies first.
    func covering(_ repository: Repository, in namespace: String) -> [SourcePolicy] {
        (cluster.policies(in: "") + namespaced.policies(in: namespace)).filter { $0.covers(repository) }
    }

    /// The watchers that keep this up to date. `onChange` is given every change of what a policy says, and of nothing
    /// else.
    /// - Parameter namespace: nil for all.
    package func watchers(
        _ client: KubeClient,
        namespace: String?,
        logger: Logger,
        onChange: @escaping @Sendable (PolicyChange) -> Void
    ) -> [Watcher] {
        [(ClusterVerificationPolicy.type, nil, cluster), (VerificationPolicy.type, namespace, namespaced)].map {
            (type: ResourceType, namespace: String?, cache: PolicyCache) in
            let source = ClusterWatchSource(client: client, type: type, namespace: namespace)
            return Watcher(name: type.kind, source: OptionalKindSource(source), cache: cache, logger: logger) {
                change in
                if let change = PolicyChange(change) { onChange(change) }
            }
        }
    }
}

/// A policy that says something else than before, is new or is gone.
package struct PolicyChange: Sendable {
    /// The policy before and after; one of them may be missing.
    private let versions: [SourcePolicy]
    /// Which policy it is.
    package let key: ObjectKey
    /// Whether it is there still.
    package let exists: Bool

    /// Nil for a change that touches nothing but metadata and status.
    init?(_ change: CacheChange) {
        guard let key = change.key else { return nil }
        if let old = change.old, let new = change.new, old.uid == new.uid, old.generation == new.generation {
            return nil
        }
        self.key = key
        exists = change.new != nil
        versions = [change.old, change.new].compactMap { $0.map(SourcePolicy.init) }
    }

    /// Whether a source has to be looked at again, since the policy covers it or covered it.
    package func touches(_ source: KubeObject) -> Bool {
        guard let repository = OCIRepository(source).repository else { return false }
        return versions.contains { $0.isFor(source.namespace) && $0.covers(repository) }
    }
}

extension OCIRepository {
    /// The repository that the spec names; nil where it names none, as then nothing is fetched at all.
    var repository: Repository? {
        object.tree[path: ["spec", "url"]]?.string.flatMap { try? OCIReference($0).repository }
    }
}
