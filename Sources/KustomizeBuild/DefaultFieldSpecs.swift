/// The fields that kustomize's transformers write by default (its 5.8 default configuration), as data.
enum DefaultFieldSpecs {
    static let metadataLabels = FieldSpec("metadata/labels", creates: true)

    /// `namePrefix` and `nameSuffix`.
    static let metadataName = FieldSpec("metadata/name")

    /// `labels` with `includeTemplates`.
    static let templateLabels: [FieldSpec] =
        [metadataLabels] + templates("metadata/labels", statefulSetGroup: "apps") + [
            FieldSpec("spec/volumeClaimTemplates[]/metadata/labels", apps("StatefulSet"), creates: true)
        ]

    /// `labels` with `includeSelectors`, and `commonLabels`.
    static let selectorLabels: [FieldSpec] =
        [
            FieldSpec("spec/selector", ObjectType(version: "v1", kind: "Service"), creates: true),
            FieldSpec("spec/selector", ObjectType(version: "v1", kind: "ReplicationController"), creates: true),
            FieldSpec("spec/selector/matchLabels", ObjectType(kind: "Deployment"), creates: true),
            FieldSpec("spec/selector/matchLabels", ObjectType(kind: "ReplicaSet"), creates: true),
            FieldSpec("spec/selector/matchLabels", ObjectType(kind: "DaemonSet"), creates: true),
            FieldSpec("spec/selector/matchLabels", apps("StatefulSet"), creates: true),
            FieldSpec("spec/selector/matchLabels", ObjectType(group: "batch", kind: "Job")),
            FieldSpec("spec/jobTemplate/spec/selector/matchLabels", ObjectType(group: "batch", kind: "CronJob")),
            FieldSpec("spec/selector/matchLabels", ObjectType(group: "policy", kind: "PodDisruptionBudget")),
            FieldSpec("spec/podSelector/matchLabels", networkPolicy),
            FieldSpec("spec/ingress/from/podSelector/matchLabels", networkPolicy),
            FieldSpec("spec/egress/to/podSelector/matchLabels", networkPolicy),
        ] + placement("Deployment") + placement("StatefulSet") + templateLabels

    /// `commonAnnotations`.
    static let annotations: [FieldSpec] =
        [FieldSpec("metadata/annotations", creates: true)] + templates("metadata/annotations", statefulSetGroup: "")

    /// `images`.
    static let images: [FieldSpec] = ["spec", "spec/template/spec"].flatMap { pod in
        [
            FieldSpec("\(pod)/containers[]/image"),
            FieldSpec("\(pod)/initContainers[]/image"),
            FieldSpec("\(pod)/volumes[]/image/reference"),
        ]
    }

    /// `replicas`.
    static let replicas: [FieldSpec] =
        ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
            FieldSpec("spec/replicas", ObjectType(kind: $0), creates: true)
        }

    /// `namespace`, beyond `metadata.namespace` itself.
    static let namespace: [FieldSpec] = [
        FieldSpec("metadata/name", ObjectType(version: "v1", kind: "Namespace"), creates: true),
        FieldSpec(
            "spec/service/namespace",
            ObjectType(group: "apiregistration.k8s.io", kind: "APIService"),
            creates: true
        ),
        FieldSpec(
            "spec/conversion/webhook/clientConfig/service/namespace",
            ObjectType(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition")
        ),
    ]

    private static let networkPolicy = ObjectType(group: "networking.k8s.io", kind: "NetworkPolicy")

    private static func apps(_ kind: String) -> ObjectType { ObjectType(group: "apps", kind: kind) }

    private static func templates(_ field: String, statefulSetGroup: String) -> [FieldSpec] {
        let batch = "batch"
        return [
            FieldSpec(
                "spec/template/\(field)",
                ObjectType(version: "v1", kind: "ReplicationController"),
                creates: true
            ),
            FieldSpec("spec/template/\(field)", ObjectType(kind: "Deployment"), creates: true),
            FieldSpec("spec/template/\(field)", ObjectType(kind: "ReplicaSet"), creates: true),
            FieldSpec("spec/template/\(field)", ObjectType(kind: "DaemonSet"), creates: true),
            FieldSpec(
                "spec/template/\(field)",
                ObjectType(group: statefulSetGroup, kind: "StatefulSet"),
                creates: true
            ),
            FieldSpec("spec/template/\(field)", ObjectType(group: batch, kind: "Job"), creates: true),
            FieldSpec("spec/jobTemplate/\(field)", ObjectType(group: batch, kind: "CronJob"), creates: true),
            FieldSpec(
                "spec/jobTemplate/spec/template/\(field)",
                ObjectType(group: batch, kind: "CronJob"),
                creates: true
            ),
        ]
    }

    private static func placement(_ kind: String) -> [FieldSpec] {
        let pod = "spec/template/spec"
        let affinities = ["podAffinity", "podAntiAffinity"].flatMap { affinity in
            [
                "\(pod)/affinity/\(affinity)/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                "\(pod)/affinity/\(affinity)/requiredDuringSchedulingIgnoredDuringExecution",
            ]
        }
        return (affinities + ["\(pod)/topologySpreadConstraints"]).map {
            FieldSpec("\($0)/labelSelector/matchLabels", apps(kind))
        }
    }
}
