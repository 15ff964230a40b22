/// A Secret that a policy names.
package struct SecretName: Hashable, Sendable, CustomStringConvertible {
    /// Nil for the policy's own namespace.
    package let namespace: String?
    package let name: String

    package init(namespace: String?, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.map { "\($0)/\(name)" } ?? name }
}

/// Gives policies what they name and do not hold. What is missing is an error, and whoever asks fails closed.
package protocol PolicyMaterial: Sendable {
    /// The entries of a Secret; `field` is where it is named, for messages.
    func entries(of secret: SecretName, field: String) async throws -> [String: [UInt8]]

    /// The content of `trusted_root.json`: of a Secret or, where that is nil, the one that everybody gets who names
    /// none.
    func trustedRoot(_ secret: SecretName?, field: String) async throws -> [UInt8]
}
