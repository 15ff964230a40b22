import Metrics
import RegistryLogin

/// The kept logins, in the series that source-controller writes and dashboards read.
enum LoginMetrics {
    static func record(_ event: LoginCacheEvent) {
        switch event {
        case .hit(let asker): count("cache_hit", asker)
        case .miss(let asker): count("cache_miss", asker)
        case .login(let succeeded):
            let status = succeeded ? "success" : "failure"
            Counter(label: "gotk_token_cache_requests_total", dimensions: [("status", status)]).increment()
        case .evicted(let number): Counter(label: "gotk_token_cache_evictions_total").increment(by: number)
        case .holds(let number): Meter(label: "gotk_token_cached_items").set(number)
        }
    }

    private static func count(_ event: String, _ asker: LoginAsker?) {
        guard let asker else { return }
        Counter(
            label: "gotk_token_cache_events_total",
            dimensions: [
                ("event_type", event), ("kind", asker.kind), ("name", asker.name), ("namespace", asker.namespace),
                ("operation", "reconcile"),
            ]
        ).increment()
    }
}
