package import CoreModel

/// What a verdict depends on besides the artifact, its signatures and the policy.
package struct TrustContext: Hashable, Sendable {
    /// The time of the verification.
    package var now: Timestamp
    /// When the revision's digest was first seen, as whoever keeps such a record says; nil where nobody does.
    package var firstSeen: Timestamp?
    /// Whether the revision is the one in use already: a minimum age and a freeze hold up what is new.
    package var isInUse: Bool

    package init(now: Timestamp, firstSeen: Timestamp? = nil, isInUse: Bool = false) {
        self.now = now
        self.firstSeen = firstSeen
        self.isInUse = isInUse
    }
}
