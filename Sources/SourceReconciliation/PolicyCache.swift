package import ControllerRuntime
package import KubeClient
package import KubeModel
import OCIDistribution
import Synchronization

/// The verification policies of one kind, as the watch tells of them; each is read once for each change of it.
///
/// What is here is never older than what the object cache says, so that whoever waited for the first list finds the
/// policies in it.
package final class PolicyCache: WatchedState {
    /// The objects themselves.
    package let objects = ObjectCache()
    /// Policies by namespace; those of the cluster lie in the empty one.
    private let policies = Mutex<[String: [String: SourcePolicy]]>([:])

    package init() {}

    /// Whether the first list has been read.
    var isFilled: Bool { objects.isFilled }

    /// The policies of a namespace, in the order of their names.
    func policies(in namespace: String) -> [SourcePolicy] {
        policies.withLock { $0[namespace]?.values.sorted { $0.key.name < $1.key.name } ?? [] }
    }

    /// One policy, where it is there.
    func policy(_ key: ObjectKey) -> SourcePolicy? { policies.withLock { $0[key.namespace]?[key.name] } }

    package func replace(with listed: [KubeObject]) -> [CacheChange] {
        policies.withLock { policies in
            var fresh: [String: [String: SourcePolicy]] = [:]
            for object in listed {
                fresh[object.namespace, default: [:]][object.name] = Self.read(object, over: policies)
            }
            policies = fresh
        }
        return objects.replace(with: listed)
    }

    package func apply(_ event: WatchEvent) -> CacheChange? {
        switch event {
        case .added(let object), .modified(let object):
            policies.withLock { policies in
                policies[object.namespace, default: [:]][object.name] = Self.read(object, over: policies)
            }
        case .deleted(let object):
            policies.withLock { policies in
                policies[object.namespace]?[object.name] = nil
                if policies[object.namespace]?.isEmpty ?? false { policies[object.namespace] = nil }
            }
        case .bookmark: break
        }
        return objects.apply(event)
    }

    /// What was last heard still holds.
    package func lose() { objects.lose() }

    /// A write to the status changes nothing of what the policy says.
    private static func read(_ object: KubeObject, over held: [String: [String: SourcePolicy]]) -> SourcePolicy {
        if let policy = held[object.namespace]?[object.name], policy.isRead(from: object) { return policy }
        return SourcePolicy(object)
    }
}
