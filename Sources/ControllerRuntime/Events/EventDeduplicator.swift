import CoreModel
import KubeModel

/// Decides whether an event is new, a repetition to be counted, or noise.
struct EventDeduplicator: Sendable {
    /// An event that was written.
    struct Written: Sendable {
        let key: ObjectKey
        let first: Timestamp
        var last: Timestamp
        var count: Int
    }

    enum Decision: Sendable {
        /// Create an Event.
        case create
        /// Raise the count of this one.
        case count(Written)
        /// The same was told moments ago.
        case drop
    }

    private var written: [EventSignature: Written] = [:]
    private let capacity = 4096
    /// A repetition within this time is not told again.
    private let quiet: Duration = .seconds(60)
    /// After this time a repetition is a new event: the API server has forgotten the old one (an hour by default).
    private let lifetime: Duration = .seconds(50 * 60)

    /// What to do with an event that happens now.
    func decide(_ signature: EventSignature, at now: Timestamp) -> Decision {
        guard let known = written[signature], now - known.first < lifetime else { return .create }
        if now - known.last < quiet { return .drop }
        var raised = known
        raised.count += 1
        raised.last = now
        return .count(raised)
    }

    /// Remembers what was written.
    mutating func remember(_ signature: EventSignature, _ event: Written) {
        if written.count >= capacity {
            // Half of them go at once, so that this sort is paid for by many events.
            let oldest = written.sorted { $0.value.last < $1.value.last }.prefix(capacity / 2)
            for (signature, _) in oldest { written[signature] = nil }
        }
        written[signature] = event
    }

    /// Forgets an event that the API server no longer has.
    mutating func forget(_ signature: EventSignature) {
        written[signature] = nil
    }
}
