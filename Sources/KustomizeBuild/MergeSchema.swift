/// How lists merge in strategic merge patches: the merge keys of Kubernetes 1.21's built-in types, which kustomize
/// uses by default. Lists that are not listed here are replaced, as are all lists of other types.
final class MergeSchema: Sendable {
    /// What stands in a field, as far as merging cares.
    enum Field: Sendable {
        case map(MergeSchema)
        /// A list whose elements merge by these keys.
        case keyed([String], MergeSchema)
        /// A list of scalars that merges as a set.
        case set
    }

    let fields: [String: Field]

    init(_ fields: [String: Field]) { self.fields = fields }

    /// The schema of a whole object; nil for types that kustomize does not know.
    static func of(_ type: ObjectType) -> MergeSchema? { byType[type.kind]?[type.apiVersion] }

    private static let leaf = MergeSchema([:])

    private static let metadata = MergeSchema(["finalizers": .set, "ownerReferences": .keyed(["uid"], leaf)])

    private static let container = MergeSchema([
        "env": .keyed(["name"], leaf),
        "ports": .keyed(["containerPort", "protocol"], leaf),
        "volumeMounts": .keyed(["mountPath"], leaf),
        "volumeDevices": .keyed(["devicePath"], leaf),
    ])

    private static let pod = MergeSchema([
        "containers": .keyed(["name"], container),
        "initContainers": .keyed(["name"], container),
        "ephemeralContainers": .keyed(["name"], container),
        "volumes": .keyed(["name"], leaf),
        "imagePullSecrets": .keyed(["name"], leaf),
        "hostAliases": .keyed(["ip"], leaf),
        "topologySpreadConstraints": .keyed(["topologyKey", "whenUnsatisfiable"], leaf),
    ])

    private static let template = MergeSchema(["metadata": .map(metadata), "spec": .map(pod)])
    private static let conditions = MergeSchema(["conditions": .keyed(["type"], leaf)])

    private static func object(_ fields: [String: Field]) -> MergeSchema {
        MergeSchema(fields.merging(["metadata": .map(metadata)]) { field, _ in field })
    }

    private static func spec(_ fields: [String: Field]) -> MergeSchema {
        object(["spec": .map(MergeSchema(fields)), "status": .map(conditions)])
    }

    private static let workload = spec(["template": .map(template)])
    private static let job = MergeSchema([
        "metadata": .map(metadata), "spec": .map(MergeSchema(["template": .map(template)])),
    ])
    private static let plain = object([:])
    private static let conditioned = object(["status": .map(conditions)])
    private static let webhooks = object(["webhooks": .keyed(["name"], leaf)])
    private static let node = object([
        "spec": .map(MergeSchema(["podCIDRs": .set])),
        "status": .map(MergeSchema(["conditions": .keyed(["type"], leaf), "addresses": .keyed(["type"], leaf)])),
    ])

    private static let byType: [String: [String: MergeSchema]] = {
        var types: [String: [String: MergeSchema]] = [:]
        func add(_ apiVersions: [String], _ kinds: [String], _ schema: MergeSchema) {
            for kind in kinds { for version in apiVersions { types[kind, default: [:]][version] = schema } }
        }
        add(["apps/v1"], ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"], workload)
        add(["v1"], ["ReplicationController"], workload)
        add(["batch/v1"], ["Job"], workload)
        add(["batch/v1", "batch/v1beta1"], ["CronJob"], spec(["jobTemplate": .map(job)]))
        add(["v1"], ["Pod"], object(["spec": .map(pod), "status": .map(conditions)]))
        add(["v1"], ["PodTemplate"], object(["template": .map(template)]))
        add(["v1"], ["Service"], spec(["ports": .keyed(["port", "protocol"], leaf)]))
        add(["v1"], ["ServiceAccount"], object(["secrets": .keyed(["name"], leaf)]))
        add(["v1"], ["Node"], node)
        add(["v1"], ["Namespace", "PersistentVolumeClaim"], conditioned)
        add(["v1"], ["ConfigMap", "Secret", "Endpoints", "Event", "LimitRange", "PersistentVolume"], plain)
        add(["v1"], ["ResourceQuota", "Binding"], plain)
        add(
            ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
            ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
            webhooks
        )
        add(["storage.k8s.io/v1"], ["CSINode"], spec(["drivers": .keyed(["name"], leaf)]))
        add(["storage.k8s.io/v1", "storage.k8s.io/v1beta1"], ["StorageClass", "CSIDriver", "VolumeAttachment"], plain)
        add(["networking.k8s.io/v1", "networking.k8s.io/v1beta1"], ["Ingress", "IngressClass"], plain)
        add(["extensions/v1beta1"], ["Ingress"], plain)
        add(["networking.k8s.io/v1"], ["NetworkPolicy"], plain)
        add(["policy/v1", "policy/v1beta1"], ["PodDisruptionBudget"], conditioned)
        add(["policy/v1beta1"], ["PodSecurityPolicy"], plain)
        add(
            ["rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1"],
            ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
            plain
        )
        add(["scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1"], ["PriorityClass"], plain)
        add(["autoscaling/v1"], ["HorizontalPodAutoscaler"], plain)
        add(["autoscaling/v2beta1", "autoscaling/v2beta2"], ["HorizontalPodAutoscaler"], plain)
        add(["coordination.k8s.io/v1"], ["Lease"], plain)
        add(["discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"], ["EndpointSlice"], plain)
        add(["node.k8s.io/v1", "node.k8s.io/v1beta1"], ["RuntimeClass"], plain)
        add(["apiextensions.k8s.io/v1"], ["CustomResourceDefinition"], plain)
        add(["apiregistration.k8s.io/v1"], ["APIService"], conditioned)
        add(["certificates.k8s.io/v1"], ["CertificateSigningRequest"], plain)
        return types
    }()
}
