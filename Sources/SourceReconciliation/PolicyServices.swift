package import ControllerRuntime
package import KubeModel
package import ServiceLifecycle
import SluiceAPI

/// What runs for the verification policies: their watches, which wake the sources that they cover, and the reconcilers
/// of their status.
package struct PolicyServices: Sendable {
    /// Sources come and go in crowds; a policy's count of them is written once for each crowd.
    private static let countDelay = Duration.seconds(2)

    private let context: SourceContext
    private let wake: @Sendable (ObjectKey) -> Void
    private let cluster: WorkQueue<ObjectKey>
    private let namespaced: WorkQueue<ObjectKey>

    /// - Parameter wake: is given every source that a change of a policy touches.
    package init(_ context: SourceContext, backoff: Backoff, wake: @escaping @Sendable (ObjectKey) -> Void) {
        self.context = context
        self.wake = wake
        cluster = WorkQueue(backoff: backoff)
        namespaced = WorkQueue(backoff: backoff)
    }

    /// - Parameter namespace: that of the policies of namespaces which are watched; nil for all.
    package func services(namespace: String?) -> [any Service] {
        let policies = context.policies
        let watchers = policies.watchers(context.client, namespace: namespace, logger: context.logger) { change in
            policyChanged(change)
        }
        let controllers = [
            (ClusterVerificationPolicy.type, policies.cluster, cluster),
            (VerificationPolicy.type, policies.namespaced, namespaced),
        ].map { (type: ResourceType, cache: PolicyCache, queue: WorkQueue<ObjectKey>) in
            let reconciler = PolicyReconciler(context, type, cache)
            return Controller(
                queue: queue,
                concurrency: 1,
                logger: context.logger,
                reconcile: reconciler.reconcile
            )
        }
        return watchers + controllers
    }

    /// Takes note of a policy that says something else than before.
    func policyChanged(_ change: PolicyChange) {
        let queue = change.key.namespace.isEmpty ? cluster : namespaced
        if change.exists { queue.add(change.key) } else { queue.forget(change.key) }
        for source in context.cache.all where change.touches(source) { wake(source.key) }
    }

    /// Has the policies counted anew that cover a source which is new, gone or another now.
    package func sourceChanged(_ change: CacheChange) {
        let (old, new) = (change.old.map(OCIRepository.init), change.new.map(OCIRepository.init))
        guard old?.repository != new?.repository, let namespace = change.key?.namespace else { return }
        for repository in [old?.repository, new?.repository].compactMap(\.self) {
            for policy in context.policies.covering(repository, in: namespace) {
                let queue = policy.key.namespace.isEmpty ? cluster : namespaced
                queue.add(policy.key, after: Self.countDelay)
            }
        }
    }
}
