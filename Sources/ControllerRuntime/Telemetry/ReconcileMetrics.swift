package import KubeModel
import Metrics

/// The one series that Flux's own controllers write and dashboards read.
package enum ReconcileMetrics {
    /// Counts one reconcile in `gotk_reconcile_duration_seconds`.
    package static func record(_ object: KubeObject, kind: String, took: Duration) {
        let (seconds, attoseconds) = took.components
        let nanos = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        Timer(
            label: "gotk_reconcile_duration_seconds",
            dimensions: [("kind", kind), ("name", object.name), ("namespace", object.namespace)]
        ).recordNanoseconds(nanos)
    }
}
