import CoreModel
import KubeModel
import ManifestTree

/// What a Lease says of who leads (`coordination.k8s.io/v1`).
struct LeaseRecord: Sendable, Equatable {
    var holder: String
    var durationSeconds: Int
    var acquired: Timestamp
    var renewed: Timestamp
    var transitions: Int

    init(holder: String, durationSeconds: Int, acquired: Timestamp, renewed: Timestamp, transitions: Int) {
        self.holder = holder
        self.durationSeconds = durationSeconds
        self.acquired = acquired
        self.renewed = renewed
        self.transitions = transitions
    }

    init(_ lease: KubeObject) {
        let spec = lease.tree["spec"]
        holder = spec?["holderIdentity"]?.string ?? ""
        durationSeconds = Int(spec?["leaseDurationSeconds"]?.integer ?? 0)
        acquired = spec?["acquireTime"]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0)
        renewed = spec?["renewTime"]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0)
        transitions = Int(spec?["leaseTransitions"]?.integer ?? 0)
    }

    /// The `spec` of the Lease.
    var tree: Tree {
        [
            "holderIdentity": .string(holder), "leaseDurationSeconds": .number(Tree.Number(durationSeconds)),
            "acquireTime": .string(acquired.microseconds), "renewTime": .string(renewed.microseconds),
            "leaseTransitions": .number(Tree.Number(transitions)),
        ]
    }
}

/// The rules of leader election without its requests.
///
/// As in client-go, the clocks of other machines are not trusted: a lease counts as held for its duration after *we* saw it
/// change.
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
        let seconds = Int(leaseDuration.components.seconds)
        guard let lease, !lease.holder.isEmpty else {
            let transitions = lease.map { $0.transitions + 1 } ?? 0
            return .write(record(acquired: now, renewed: now, transitions: transitions, seconds: seconds))
        }
        if lease.holder == identity {
            return .write(record(acquired: lease.acquired, renewed: now, transitions: lease.transitions, seconds: seconds))
        }
        let held = max(leaseDuration, .seconds(lease.durationSeconds))
        if elapsed - observedAt < held { return .follow(lease.holder) }
        return .write(record(acquired: now, renewed: now, transitions: lease.transitions + 1, seconds: seconds))
    }

    private func record(acquired: Timestamp, renewed: Timestamp, transitions: Int, seconds: Int) -> LeaseRecord {
        LeaseRecord(
            holder: identity, durationSeconds: seconds, acquired: acquired, renewed: renewed, transitions: transitions)
    }
}
