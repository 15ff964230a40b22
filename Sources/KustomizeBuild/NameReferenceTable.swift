/// Which fields hold the name of another object: kustomize 5.8's default `nameReference` configuration, as data.
struct NameReferenceTable: Sendable {
    /// A field that may name objects of one type.
    struct Entry: Sendable {
        let referent: ObjectType
        let field: FieldSpec
    }

    /// All entries in the order in which they are applied.
    let entries: [Entry]
    /// The entries by the kind that holds the field.
    private let byKind: [String: [Entry]]
    /// Entries for fields of any kind, which only configurations bring.
    private let hasAnyKind: Bool

    init(_ entries: [Entry]) {
        self.entries = entries
        byKind = Dictionary(grouping: entries, by: \.field.type.kind)
        hasAnyKind = byKind[""] != nil
    }

    /// The entries for fields of one kind, in order.
    func entries(of kind: String) -> [Entry] {
        guard hasAnyKind else { return byKind[kind] ?? [] }
        return entries.filter { $0.field.type.kind == kind || $0.field.type.kind.isEmpty }
    }

    static let standard = NameReferenceTable(
        scaleTargets + configMaps + secrets + services + roles + serviceAccounts + volumes + classes
    )

    /// As kustomize goes through them.
    static let sorted = NameReferenceTable(TransformerConfiguration.standard.nameReference)

    private static let workloads = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"]
    private static let rbac = "rbac.authorization.k8s.io"
    private static let admission = "admissionregistration.k8s.io"

    private static func entries(_ referent: ObjectType, _ paths: [String], _ types: [ObjectType]) -> [Entry] {
        paths.map { FieldSpec($0) }.flatMap { field in types.map { Entry(referent: referent, field: field.of($0)) } }
    }

    private static func entry(_ referent: ObjectType, _ path: String, _ kind: String, group: String = "") -> Entry {
        Entry(referent: referent, field: FieldSpec(path, ObjectType(group: group, kind: kind)))
    }

    /// Fields of a pod's spec, wherever pods or their templates stand.
    private static func podFields(_ referent: ObjectType, _ fields: [String]) -> [Entry] {
        let under = { (prefix: String) in fields.map { "\(prefix)/\($0)" } }
        let inTemplates = under("spec/template/spec").map { FieldSpec($0) }
        return entries(referent, under("spec"), [ObjectType(version: "v1", kind: "Pod")])
            + entries(referent, under("template/spec"), [ObjectType(kind: "PodTemplate")])
            + workloads.flatMap { kind in
                inTemplates.map { Entry(referent: referent, field: $0.of(ObjectType(kind: kind))) }
            }
            + entries(referent, under("spec/jobTemplate/spec/template/spec"), [ObjectType(kind: "CronJob")])
    }

    private static let scaleTargets = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
        entry(ObjectType(kind: $0), "spec/scaleTargetRef/name", "HorizontalPodAutoscaler")
    }

    private static let configMap = ObjectType(version: "v1", kind: "ConfigMap")
    private static let configMaps =
        podFields(
            configMap,
            [
                "volumes/configMap/name", "containers/env/valueFrom/configMapKeyRef/name",
                "initContainers/env/valueFrom/configMapKeyRef/name", "containers/envFrom/configMapRef/name",
                "initContainers/envFrom/configMapRef/name", "volumes/projected/sources/configMap/name",
            ]
        ) + [
            entry(configMap, "spec/configSource/configMap", "Node"),
            entry(configMap, "rules/resourceNames", "Role"),
            entry(configMap, "rules/resourceNames", "ClusterRole"),
            entry(configMap, #"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap"#, "Ingress"),
        ]

    private static let secret = ObjectType(version: "v1", kind: "Secret")
    private static let secrets =
        podFields(
            secret,
            [
                "volumes/secret/secretName", "containers/env/valueFrom/secretKeyRef/name",
                "initContainers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name",
                "initContainers/envFrom/secretRef/name", "imagePullSecrets/name",
                "volumes/projected/sources/secret/name",
            ]
        ) + [
            entry(secret, "spec/tls/secretName", "Ingress"),
            entry(secret, #"metadata/annotations/ingress.kubernetes.io\/auth-secret"#, "Ingress"),
            entry(secret, #"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret"#, "Ingress"),
            entry(secret, #"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret"#, "Ingress"),
            entry(secret, "imagePullSecrets/name", "ServiceAccount"),
            entry(secret, "parameters/secretName", "StorageClass"),
            entry(secret, "parameters/adminSecretName", "StorageClass"),
            entry(secret, "parameters/userSecretName", "StorageClass"),
            entry(secret, "parameters/secretRef", "StorageClass"),
            entry(secret, "rules/resourceNames", "Role"),
            entry(secret, "rules/resourceNames", "ClusterRole"),
            Entry(
                referent: secret,
                field: FieldSpec(
                    "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
                    ObjectType(group: "serving.knative.dev", version: "v1", kind: "Service")
                )
            ),
            entry(secret, "spec/azureFile/secretName", "PersistentVolume"),
        ]

    private static let service = ObjectType(version: "v1", kind: "Service")
    private static let services = [
        entry(service, "spec/serviceName", "StatefulSet", group: "apps"),
        entry(service, "spec/rules/http/paths/backend/serviceName", "Ingress"),
        entry(service, "spec/backend/serviceName", "Ingress"),
        entry(service, "spec/rules/http/paths/backend/service/name", "Ingress"),
        entry(service, "spec/defaultBackend/service/name", "Ingress"),
        entry(service, "spec/service/name", "APIService", group: "apiregistration.k8s.io"),
        entry(service, "webhooks/clientConfig/service", "ValidatingWebhookConfiguration", group: admission),
        entry(service, "webhooks/clientConfig/service", "MutatingWebhookConfiguration", group: admission),
    ]

    private static let roles = [
        entry(ObjectType(group: rbac, kind: "Role"), "roleRef/name", "RoleBinding", group: rbac),
        entry(ObjectType(group: rbac, kind: "ClusterRole"), "roleRef/name", "RoleBinding", group: rbac),
        entry(ObjectType(group: rbac, kind: "ClusterRole"), "roleRef/name", "ClusterRoleBinding", group: rbac),
    ]

    /// One field of a pod's spec where kustomize knows it for fewer kinds than the fields above.
    private static func podField(_ referent: ObjectType, _ field: String) -> [Entry] {
        let kinds = ["StatefulSet", "Deployment", "ReplicationController", "Job", "DaemonSet"]
        return [entry(referent, "spec/\(field)", "Pod")]
            + kinds.map { entry(referent, "spec/template/spec/\(field)", $0) }
            + [entry(referent, "spec/jobTemplate/spec/template/spec/\(field)", "CronJob")]
    }

    private static let serviceAccount = ObjectType(version: "v1", kind: "ServiceAccount")
    private static let serviceAccounts =
        [
            entry(serviceAccount, "subjects", "RoleBinding", group: rbac),
            entry(serviceAccount, "subjects", "ClusterRoleBinding", group: rbac),
        ] + podField(serviceAccount, "serviceAccountName")

    private static let volumes =
        podField(
            ObjectType(version: "v1", kind: "PersistentVolumeClaim"),
            "volumes/persistentVolumeClaim/claimName"
        ) + [
            entry(ObjectType(version: "v1", kind: "PersistentVolume"), "spec/volumeName", "PersistentVolumeClaim"),
            entry(ObjectType(version: "v1", kind: "PersistentVolume"), "rules/resourceNames", "ClusterRole"),
        ]

    private static let storageClass = ObjectType(group: "storage.k8s.io", version: "v1", kind: "StorageClass")
    private static let classes =
        [
            entry(storageClass, "spec/storageClassName", "PersistentVolume"),
            entry(storageClass, "spec/storageClassName", "PersistentVolumeClaim"),
            entry(storageClass, "spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
        ]
        + podField(
            ObjectType(group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass"),
            "priorityClassName"
        ) + [
            // The group is kustomize's own slip; kept, because with it no IngressClass is ever found.
            entry(
                ObjectType(group: "networking.k8s.io/v1", version: "v1", kind: "IngressClass"),
                "spec/ingressClassName",
                "Ingress"
            ),
            entry(
                ObjectType(group: admission, kind: "ValidatingAdmissionPolicy"),
                "spec/policyName",
                "ValidatingAdmissionPolicyBinding",
                group: admission
            ),
        ]
}
