import KubeModel
import Synchronization

/// What this process last applied for each owner, and what the cluster answered. It tells objects that need no request.
package final class AppliedRecord: Sendable {
    /// One object: what was wanted and what it was then.
    struct Entry: Hashable, Sendable {
        let desired: Int
        let uid: String
        let resourceVersion: String
        let generation: Int64
        let metadata: Int

        init(desired: KubeObject, live: LiveObject) {
            self.desired = desired.hashValue
            uid = live.uid
            resourceVersion = live.resourceVersion
            generation = live.generation
            metadata = Self.metadata(live)
        }

        /// The object is still as our apply left it. Where the kind counts generations, a new resource version with the
        /// same generation, labels and annotations means that only its status changed.
        func covers(_ desired: KubeObject, _ live: LiveObject) -> Bool {
            guard self.desired == desired.hashValue, uid == live.uid, !live.isBeingDeleted else { return false }
            if resourceVersion == live.resourceVersion { return true }
            return generation > 0 && generation == live.generation && metadata == Self.metadata(live)
        }

        private static func metadata(_ live: LiveObject) -> Int {
            var hasher = Hasher()
            hasher.combine(live.labels)
            hasher.combine(live.annotations)
            return hasher.finalize()
        }
    }

    private let entries = Mutex<[ApplyOwner: [ObjectIdentity: Entry]]>([:])

    package init() {}

    /// Forgets an owner, as when it is deleted.
    package func forget(_ owner: ApplyOwner) { entries.withLock { $0[owner] = nil } }

    func entry(_ owner: ApplyOwner, _ identity: ObjectIdentity) -> Entry? {
        entries.withLock { $0[owner]?[identity] }
    }

    /// Nil forgets the object.
    func set(_ owner: ApplyOwner, _ identity: ObjectIdentity, _ entry: Entry?) {
        entries.withLock { $0[owner, default: [:]][identity] = entry }
    }

    /// Forgets what the owner no longer wants.
    func keep(_ owner: ApplyOwner, only wanted: Set<ObjectIdentity>) {
        entries.withLock { entries in
            entries[owner] = entries[owner]?.filter { wanted.contains($0.key) }
        }
    }
}
