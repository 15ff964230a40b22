/// The types that kustomize holds for cluster-scoped; everything else counts as namespaced. The set is kustomize
/// 5.8's (Kubernetes 1.21), its gaps included, since names and references depend on it.
enum ClusterScope {
    static func contains(_ type: ObjectType) -> Bool { kinds[type.kind]?.contains(type.apiVersion) ?? false }

    private static let kinds: [String: [String]] = {
        var kinds: [String: [String]] = [:]
        for row in KubernetesSchema.clusterScoped {
            let words = row.split(separator: " ").map(String.init)
            kinds[words[0]] = Array(words.dropFirst())
        }
        return kinds
    }()
}
