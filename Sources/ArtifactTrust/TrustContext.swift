package import CoreModel

/// What a verdict depends on besides the artifact, its signatures and the policy.
package struct TrustContext: Hashable, Sendable {
    /// The time of the verification.
    package var now: Timestamp

    package init(now: Timestamp) { self.now = now }
}
