package import KubeModel

/// In which order objects reach a cluster (fluxcd/pkg/ssa `SortableUnstructureds`); deletion goes backwards.
package enum ApplyOrder {
    /// Parts of a set that wait for each other.
    package enum Stage: Int, Hashable, Sendable, CaseIterable {
        /// CustomResourceDefinition, Namespace, ClusterRole: others cannot exist without them.
        case definitions
        /// Kinds whose name ends in `Class`.
        case classes
        /// Kinds that the operator chose.
        case custom
        case rest
    }

    private static let first = [
        "CustomResourceDefinition", "Namespace", "ClusterRole", "ClusterClass", "RuntimeClass", "PriorityClass",
        "StorageClass", "VolumeSnapshotClass", "IngressClass", "GatewayClass", "ClusterRoleBinding", "ResourceQuota",
        "ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Secret", "Service", "LimitRange", "Deployment",
        "StatefulSet", "CronJob", "PodDisruptionBudget",
    ]
    private static let last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

    private static let ranks: [String: Int] = {
        var ranks: [String: Int] = [:]
        for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
        for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
        return ranks
    }()

    /// Lower is earlier; kinds without a place of their own have 0. The group does not count.
    package static func rank(_ kind: String) -> Int { ranks[kind] ?? 0 }

    /// The stage of a kind; `custom` holds those that the operator chose.
    package static func stage(_ kind: GroupKind, custom: Set<GroupKind> = []) -> Stage {
        if ["CustomResourceDefinition", "Namespace", "ClusterRole"].contains(kind.kind) { return .definitions }
        if kind.kind.hasSuffix("Class") { return .classes }
        return custom.contains(kind) ? .custom : .rest
    }

    /// By rank, then by group, kind, namespace and name.
    package static func precedes(_ left: ObjectIdentity, _ right: ObjectIdentity) -> Bool {
        let (leftRank, rightRank) = (rank(left.kind), rank(right.kind))
        guard leftRank == rightRank else { return leftRank < rightRank }
        return (left.group, left.kind, left.namespace, left.name) < (
            right.group, right.kind, right.namespace, right.name
        )
    }

    package static func sorted(_ objects: [KubeObject]) -> [KubeObject] {
        objects.map { (ObjectIdentity($0), $0) }.sorted { precedes($0.0, $1.0) }.map(\.1)
    }

    /// Runs of equal rank, in order; within a run nothing has to wait.
    static func runs<Element>(_ sorted: [Element], kind: (Element) -> String) -> [[Element]] {
        var runs: [[Element]] = []
        var current: Int?
        for element in sorted {
            let rank = rank(kind(element))
            if rank == current {
                runs[runs.count - 1].append(element)
            } else {
                runs.append([element])
                current = rank
            }
        }
        return runs
    }
}
