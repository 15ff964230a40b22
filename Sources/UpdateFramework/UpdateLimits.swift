/// How much of a repository is taken. All are inclusive: exactly the limit passes.
package struct UpdateLimits: Hashable, Sendable {
    /// Bytes of one version of the root.
    package var rootBytes = 512_000
    /// Bytes of the timestamp, whose size nothing announces.
    package var timestampBytes = 16_384
    /// Bytes of the snapshot, whatever the timestamp announces.
    package var snapshotBytes = 2_000_000
    /// Bytes of the targets' metadata, whatever the snapshot announces.
    package var targetsBytes = 5_000_000
    /// Bytes of one target, whatever its metadata announces.
    package var targetBytes = 16 << 20
    /// Versions of the root that one update goes through; the next update goes on from there.
    package var rootRotations = 1_024
    /// Roles that one search looks at.
    package var delegations = 32

    package init() {}
}

/// When the repository is asked.
package enum RefreshPolicy: Hashable, Sendable {
    /// At every call. When it cannot be reached, what was trusted before serves until it expires.
    case always
    /// As `always`, but not again within that time.
    case after(Duration)
    /// Not at all: what was trusted before serves until it expires.
    case never
}
