import ManifestTree

/// The order in which objects leave a build.
enum OutputOrder {
    /// As they were read, depth first.
    case fifo
    /// By kind, the kinds of two lists first and last, then by type, namespace and name.
    case legacy(first: [String], last: [String])

    static let legacy = OutputOrder.legacy(first: defaultFirst, last: defaultLast)

    private static let defaultFirst = [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount",
        "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret",
        "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim",
        "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
    ]
    private static let defaultLast = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

    /// Reads `sortOptions`; nil where there are none.
    static func read(_ reader: inout FieldReader) throws -> OutputOrder? {
        guard var options = try reader.map("sortOptions") else { return nil }
        let order = try options.string("order") ?? ""
        let lists = try options.map("legacySortOptions")
        try options.finish()
        switch order {
        case "fifo":
            guard lists == nil else { throw options.problem("legacySortOptions", "goes with order: legacy only") }
            return .fifo
        case "legacy":
            guard var lists else { return .legacy }
            let first = try lists.strings("orderFirst")
            let last = try lists.strings("orderLast")
            try lists.finish()
            return .legacy(first: first, last: last)
        default: throw options.problem("order", "has to be legacy or fifo, not '\(order)'")
        }
    }

    func sorted(_ objects: [BuildObject]) -> [BuildObject] {
        guard case .legacy(let first, let last) = self else { return objects }
        let ranks = Self.ranks(first: first, last: last)
        let keys = objects.map { SortKey($0, ranks) }
        return keys.indices.sorted { keys[$0].precedes(keys[$1]) }.map { objects[$0] }
    }

    private static func ranks(first: [String], last: [String]) -> [String: Int] {
        var ranks: [String: Int] = [:]
        for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
        for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
        return ranks
    }

    /// The ranks of kinds in the legacy order.
    static let legacyRanks = ranks(first: defaultFirst, last: defaultLast)

    /// Where a type stands.
    struct TypeKey: Equatable {
        private let rank: Int
        private let text: String

        init(_ type: ObjectType, _ ranks: [String: Int]) {
            rank = ranks[type.kind] ?? 0
            let group = type.group.isEmpty ? "~G" : type.group
            let version = type.version.isEmpty ? "~V" : type.version
            text = "\(group)_\(version)_\(type.kind.isEmpty ? "~K" : type.kind)"
        }

        func precedes(_ other: TypeKey) -> Bool {
            rank != other.rank ? rank < other.rank : text.utf8.lexicographicallyPrecedes(other.text.utf8)
        }
    }

    private struct SortKey {
        let type: TypeKey
        /// Namespace and name as one text, as kustomize compares them.
        let place: String

        init(_ object: BuildObject, _ ranks: [String: Int]) {
            type = TypeKey(object.type, ranks)
            let namespace = object.namespace ?? ""
            place = "\(namespace.isEmpty ? "~X" : namespace)|\(object.name)"
        }

        func precedes(_ other: SortKey) -> Bool {
            if type != other.type { return type.precedes(other.type) }
            return place.utf8.lexicographicallyPrecedes(other.place.utf8)
        }
    }
}
