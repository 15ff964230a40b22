/// What labels and annotations of an object ask of those who apply it.
struct ApplyDirectives {
    enum Strategy: String {
        case override, merge, ifnotpresent, ignore
    }

    private let group: String
    private let labels: [String: String]
    private let annotations: [String: String]

    init(group: String, labels: [String: String], annotations: [String: String]) {
        self.group = group
        self.labels = labels
        self.annotations = annotations
    }

    /// `ssa`; anything that is not understood counts as `Override`.
    var strategy: Strategy {
        for strategy in [Strategy.ignore, .ifnotpresent, .merge] where has("ssa", strategy.rawValue) { return strategy }
        return .override
    }

    /// Others look after the object: neither apply nor prune it.
    var isLeftAlone: Bool { has("reconcile", "disabled") || strategy == .ignore }

    var isPruneDisabled: Bool { has("prune", "disabled") }
    var isForceEnabled: Bool { has("force", "enabled") }

    private func has(_ key: String, _ value: String) -> Bool {
        let key = "\(group)/\(key)"
        return labels[key]?.lowercased() == value || annotations[key]?.lowercased() == value
    }
}
