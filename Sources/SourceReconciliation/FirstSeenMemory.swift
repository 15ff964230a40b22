import CoreModel
import KubeModel
import Synchronization

/// When sources first saw their revisions, as this process knows it from itself. The status is believed only for a
/// source that this process meets for the first time: what somebody writes there later makes nothing older, and what
/// somebody takes away there makes nothing younger.
final class FirstSeenMemory: Sendable {
    private struct Entry {
        /// An object that was deleted and made anew waits anew.
        let uid: String
        var seen: FirstSeenRevisions
    }

    private let known = Mutex<[ObjectKey: Entry]>([:])

    /// Notes a revision that is there now, and gives everything that is remembered.
    func see(_ digest: Digest, by plan: SourcePlan, now: Timestamp) -> FirstSeenRevisions {
        known.withLock { known in
            let held = known[plan.key].flatMap { $0.uid == plan.uid ? $0.seen : nil }
            var seen = held ?? plan.firstSeen
            _ = seen.see(digest, now: now)
            known[plan.key] = Entry(uid: plan.uid, seen: seen)
            return seen
        }
    }

    /// Ends the memory of a source that is gone, or that nobody asks for an age any more.
    func forget(_ key: ObjectKey) { known.withLock { known in known[key] = nil } }
}
