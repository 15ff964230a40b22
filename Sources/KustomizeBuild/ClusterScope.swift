/// The types that kustomize holds for cluster-scoped; everything else counts as namespaced. The set is kustomize
/// 5.8's (Kubernetes 1.21), its gaps included, since names and references depend on it.
enum ClusterScope {
    static func contains(_ type: ObjectType) -> Bool { kinds[type.kind]?.contains(type.apiVersion) ?? false }

    private static let kinds: [String: [String]] = [
        "Namespace": ["v1"],
        "Node": ["v1"],
        "PersistentVolume": ["v1"],
        "ComponentStatus": ["v1"],
        "MutatingWebhookConfiguration": ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
        "ValidatingWebhookConfiguration": ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
        "CustomResourceDefinition": ["apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"],
        "CertificateSigningRequest": ["certificates.k8s.io/v1", "certificates.k8s.io/v1beta1"],
        "FlowSchema": ["flowcontrol.apiserver.k8s.io/v1beta1"],
        "PriorityLevelConfiguration": ["flowcontrol.apiserver.k8s.io/v1beta1"],
        "IngressClass": ["networking.k8s.io/v1", "networking.k8s.io/v1beta1"],
        "RuntimeClass": ["node.k8s.io/v1", "node.k8s.io/v1beta1"],
        "PodSecurityPolicy": ["policy/v1beta1"],
        "ClusterRole": ["rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1"],
        "ClusterRoleBinding": ["rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1"],
        "PriorityClass": ["scheduling.k8s.io/v1", "scheduling.k8s.io/v1beta1"],
        "StorageClass": ["storage.k8s.io/v1", "storage.k8s.io/v1beta1"],
        "CSIDriver": ["storage.k8s.io/v1", "storage.k8s.io/v1beta1"],
        "CSINode": ["storage.k8s.io/v1"],
        "VolumeAttachment": ["storage.k8s.io/v1", "storage.k8s.io/v1beta1"],
    ]
}
