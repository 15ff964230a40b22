import ArtifactTrust
import KubeModel
import SluiceAPI

/// What the policies of one namespace, or those of the cluster, can name.
struct ScopedMaterial: PolicyMaterial {
    private let material: TrustMaterial
    /// Empty for the cluster's policies.
    private let namespace: String
    /// The policy is the object's own, and part of its spec.
    private let isOwn: Bool

    init(_ material: TrustMaterial, namespace: String, isOwn: Bool = false) {
        self.material = material
        self.namespace = namespace
        self.isOwn = isOwn
    }

    func entries(of secret: SecretName, field: String) async throws -> [String: [UInt8]] {
        try await material.secret(try key(secret, field), field: field).all
    }

    func trustedRoot(_ secret: SecretName?, field: String) async throws -> [UInt8] {
        try await material.trustedRootBytes(try secret.map { try key($0, field) }, field: field, isOwn: isOwn)
    }

    /// Nobody's policy reads what lies in the namespace of somebody else, but the cluster's.
    private func key(_ secret: SecretName, _ field: String) throws -> ObjectKey {
        if namespace.isEmpty {
            guard let namespace = secret.namespace, !namespace.isEmpty else {
                throw SpecError(
                    field: "\(field).namespace",
                    "is required, since a policy of the cluster has none; set it"
                )
            }
            return ObjectKey(namespace: namespace, name: secret.name)
        }
        guard secret.namespace == nil || secret.namespace == namespace else {
            throw SpecError(field: "\(field).namespace", "has to be \(namespace), the policy's own; remove it")
        }
        return ObjectKey(namespace: namespace, name: secret.name)
    }
}
