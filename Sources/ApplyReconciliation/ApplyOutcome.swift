import ClusterApply
import CoreModel

/// How one reconcile of a Kustomization ended.
struct ApplyOutcome: Sendable {
    /// What happened so far, whether or not the end was reached.
    var progress = ApplyProgress()
    /// Nil where the end was reached.
    var failure: ApplyFailure?
}

/// What is known of a reconcile as it goes.
struct ApplyProgress: Sendable {
    /// The artifact's revision, once it was known.
    var revision: String?
    /// Its revision in version control.
    var originRevision: String?
    /// Digest of the build.
    var buildDigest: Digest?
    /// What the objects in the cluster may be, nil where nothing was changed about that.
    var inventory: Inventory?
    /// What was created, configured, deleted and left alone.
    var changes = ChangeSet()
    /// Whether there were health checks, and so a Healthy condition.
    var checksHealth = false
    var started: Timestamp = Timestamp(seconds: 0)
}
