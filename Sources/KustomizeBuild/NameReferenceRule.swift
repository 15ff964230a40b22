/// Fields of one type that may name objects of another.
struct NameReferenceRule: Sendable {
    let referent: ObjectType
    let holder: ObjectType
    /// What all of the fields have in front.
    var prefix = ""
    let fields: [String]

    var entries: [NameReferenceTable.Entry] {
        fields.map { .init(referent: referent, field: FieldSpec(prefix + $0, holder)) }
    }
}

// MARK: - kustomize's own

/// kustomize 5.8's default `nameReference` configuration, as data.
extension NameReferenceRule {
    /// In the order of the referents in which kustomize sorts them.
    static let standard: [NameReferenceRule] =
        classes + serviceAccounts + roles + configMaps + secrets + services + priorityClasses + volumes
        + scaleTargets(["Deployment", "StatefulSet"]) + others + scaleTargets(["ReplicaSet", "ReplicationController"])

    private static let rbac = "rbac.authorization.k8s.io"
    private static let admission = "admissionregistration.k8s.io"

    private static func rule(_ referent: ObjectType, _ kind: String, group: String = "", _ fields: String...)
        -> NameReferenceRule
    {
        NameReferenceRule(referent: referent, holder: ObjectType(group: group, kind: kind), fields: fields)
    }

    /// Fields of a pod's spec, wherever pods or their templates stand.
    private static func podFields(_ referent: ObjectType, _ fields: [String]) -> [NameReferenceRule] {
        let templates = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"].map {
            under("spec/template/spec/", ObjectType(kind: $0), referent, fields)
        }
        return [
            under("spec/", ObjectType(version: "v1", kind: "Pod"), referent, fields),
            under("template/spec/", ObjectType(kind: "PodTemplate"), referent, fields),
        ] + templates + [under("spec/jobTemplate/spec/template/spec/", ObjectType(kind: "CronJob"), referent, fields)]
    }

    /// One field of a pod's spec where kustomize knows it for fewer kinds than the fields above.
    private static func podField(_ referent: ObjectType, _ field: String) -> [NameReferenceRule] {
        let templates = ["StatefulSet", "Deployment", "ReplicationController", "Job", "DaemonSet"].map {
            under("spec/template/spec/", ObjectType(kind: $0), referent, [field])
        }
        return [under("spec/", ObjectType(kind: "Pod"), referent, [field])] + templates
            + [under("spec/jobTemplate/spec/template/spec/", ObjectType(kind: "CronJob"), referent, [field])]
    }

    private static func under(_ prefix: String, _ holder: ObjectType, _ referent: ObjectType, _ fields: [String])
        -> NameReferenceRule
    {
        NameReferenceRule(referent: referent, holder: holder, prefix: prefix, fields: fields)
    }

    private static let storageClass = ObjectType(group: "storage.k8s.io", version: "v1", kind: "StorageClass")
    private static let classes = [
        rule(storageClass, "PersistentVolume", "spec/storageClassName"),
        rule(storageClass, "PersistentVolumeClaim", "spec/storageClassName"),
        rule(storageClass, "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ]

    private static let serviceAccount = ObjectType(version: "v1", kind: "ServiceAccount")
    private static let serviceAccounts =
        [
            rule(serviceAccount, "RoleBinding", group: rbac, "subjects"),
            rule(serviceAccount, "ClusterRoleBinding", group: rbac, "subjects"),
        ] + podField(serviceAccount, "serviceAccountName")

    private static let roles = [
        rule(ObjectType(group: rbac, kind: "Role"), "RoleBinding", group: rbac, "roleRef/name"),
        rule(ObjectType(group: rbac, kind: "ClusterRole"), "RoleBinding", group: rbac, "roleRef/name"),
        rule(ObjectType(group: rbac, kind: "ClusterRole"), "ClusterRoleBinding", group: rbac, "roleRef/name"),
    ]

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
            rule(configMap, "Node", "spec/configSource/configMap"),
            rule(configMap, "Role", "rules/resourceNames"),
            rule(configMap, "ClusterRole", "rules/resourceNames"),
            rule(configMap, "Ingress", #"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap"#),
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
            rule(
                secret,
                "Ingress",
                "spec/tls/secretName",
                #"metadata/annotations/ingress.kubernetes.io\/auth-secret"#,
                #"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret"#,
                #"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret"#
            ),
            rule(secret, "ServiceAccount", "imagePullSecrets/name"),
            rule(
                secret,
                "StorageClass",
                "parameters/secretName",
                "parameters/adminSecretName",
                "parameters/userSecretName",
                "parameters/secretRef"
            ),
            rule(secret, "Role", "rules/resourceNames"),
            rule(secret, "ClusterRole", "rules/resourceNames"),
            NameReferenceRule(
                referent: secret,
                holder: ObjectType(group: "serving.knative.dev", version: "v1", kind: "Service"),
                fields: ["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"]
            ),
            rule(secret, "PersistentVolume", "spec/azureFile/secretName"),
        ]

    private static let service = ObjectType(version: "v1", kind: "Service")
    private static let services = [
        rule(service, "StatefulSet", group: "apps", "spec/serviceName"),
        rule(
            service,
            "Ingress",
            "spec/rules/http/paths/backend/serviceName",
            "spec/backend/serviceName",
            "spec/rules/http/paths/backend/service/name",
            "spec/defaultBackend/service/name"
        ),
        rule(service, "APIService", group: "apiregistration.k8s.io", "spec/service/name"),
        rule(service, "ValidatingWebhookConfiguration", group: admission, "webhooks/clientConfig/service"),
        rule(service, "MutatingWebhookConfiguration", group: admission, "webhooks/clientConfig/service"),
    ]

    private static let priorityClasses = podField(
        ObjectType(group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass"),
        "priorityClassName"
    )

    private static let volume = ObjectType(version: "v1", kind: "PersistentVolume")
    private static let volumes =
        [rule(volume, "PersistentVolumeClaim", "spec/volumeName"), rule(volume, "ClusterRole", "rules/resourceNames")]
        + podField(
            ObjectType(version: "v1", kind: "PersistentVolumeClaim"),
            "volumes/persistentVolumeClaim/claimName"
        )

    private static func scaleTargets(_ kinds: [String]) -> [NameReferenceRule] {
        kinds.map { rule(ObjectType(kind: $0), "HorizontalPodAutoscaler", "spec/scaleTargetRef/name") }
    }

    private static let others = [
        rule(
            ObjectType(group: admission, kind: "ValidatingAdmissionPolicy"),
            "ValidatingAdmissionPolicyBinding",
            group: admission,
            "spec/policyName"
        ),
        // The group is kustomize's own slip; kept, because with it no IngressClass is ever found.
        rule(
            ObjectType(group: "networking.k8s.io/v1", version: "v1", kind: "IngressClass"),
            "Ingress",
            "spec/ingressClassName"
        ),
    ]
}
