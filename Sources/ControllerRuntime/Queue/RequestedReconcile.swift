import KubeModel

/// `kubectl annotate … reconcile.fluxcd.io/requestedAt`: somebody wants a reconcile now, and waits for the status to
/// say so.
package enum RequestedReconcile {
    package static let annotation = "reconcile.fluxcd.io/requestedAt"

    /// Whether a change of the object calls for a reconcile: it is new, its spec changed, it is being deleted, or a
    /// reconcile was requested. Writes to the status do not.
    package static func isCalled(for change: CacheChange) -> Bool {
        guard let new = change.new else { return false }
        guard let old = change.old, old.uid == new.uid else { return true }
        return old.generation != new.generation || old.isBeingDeleted != new.isBeingDeleted
            || old.annotations[annotation] != new.annotations[annotation]
    }
}
