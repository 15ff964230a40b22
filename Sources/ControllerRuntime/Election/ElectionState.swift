import CoreModel
import KubeModel

/// The rules of leader election without its requests.
///
/// As in client-go, the clocks of other machines are not trusted: a lease counts as held for its duration after *we*
/// saw it change.
struct ElectionState: Sendable {
    let identity: String
    let leaseDuration: Duration
    private var observed: LeaseRecord?
    private var observedAt: Duration = .zero

    init(identity: String, leaseDuration: Duration) {
        self.identity = identity
        self.leaseDuration = leaseDuration
    }

    /// What to do about the lease as it is now.
    enum Decision: Sendable, Equatable {
        /// Write this record, which makes or keeps us the leader if no one else wrote in between.
        case write(LeaseRecord)
        /// Another one leads.
        case follow(String)
    }

    /// `elapsed` is our own monotonic time, `now` the wall clock that goes into the record.
    mutating func decide(on lease: LeaseRecord?, elapsed: Duration, now: Timestamp) -> Decision {
        if lease != observed {
            observed = lease
            observedAt = elapsed
        }
        guard let lease, !lease.holder.isEmpty else {
            let transitions = lease.map { $0.transitions + 1 } ?? 0
            return .write(record(acquired: now, renewed: now, transitions: transitions))
        }
        if lease.holder == identity {
            return .write(
                record(acquired: lease.acquired, renewed: now, transitions: lease.transitions)
            )
        }
        let held = max(leaseDuration, lease.duration)
        if elapsed - observedAt < held { return .follow(lease.holder) }
        return .write(record(acquired: now, renewed: now, transitions: lease.transitions + 1))
    }

    private func record(
        acquired: Timestamp?,
        renewed: Timestamp,
        transitions: Int64
    ) -> LeaseRecord {
        LeaseRecord(
            holder: identity,
            duration: leaseDuration,
            acquired: acquired,
            renewed: renewed,
            transitions: transitions
        )
    }
}
