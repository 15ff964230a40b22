import ArtifactTrust
import CoreModel
import KubeModel
import SigstoreTrust
import SluiceAPI

/// Those whom a source's own `spec.verify` names, in Flux's fields: any one of them is enough.
struct OwnSigners: Sendable {
    private let verification: OCIRepository.Verification
    private let namespace: String
    private let material: TrustMaterial

    init(_ verification: OCIRepository.Verification, namespace: String, _ material: TrustMaterial) {
        (self.verification, self.namespace, self.material) = (verification, namespace, material)
    }

    /// Nil where the fields name nobody, since the inline policy does.
    /// - Throws: `SecretError`, `TrustMaterialError`, `TrustError`, `SigstoreError` for what is missing or cannot be
    ///   used; `KubeError`.
    func rule() async throws -> TrustRule? {
        switch verification.signers {
        case nil: nil
        case .keys(let name): try await keys(name)
        case .identities(let identities): try await rule([keyless(identities)])
        case .notation(let name): try await notation(name)
        }
    }

    private func keys(_ name: String) async throws -> TrustRule {
        let secret = try await material.secret(key(name), field: "spec.verify.secretRef")
        let basis = verification.requiresTransparencyLog ? SigstoreBasis(root: try await root()) : nil
        let keys = try CosignKeyMethod.keys(secret: "\(secret.key)", data: secret.all)
        return try rule(
            keys.map {
                TrustAuthority(name: $0.name, method: .cosignKeys(try CosignKeyMethod(keys: [$0], basis: basis)))
            }
        )
    }

    private func keyless(_ identities: [OCIRepository.Verification.Identity]) async throws -> TrustAuthority {
        let matchers = try identities.map { identity in
            try IdentityMatcher(issuer: pattern(identity.issuer), subject: pattern(identity.subject))
        }
        let method = try KeylessMethod(
            // The API refuses a source that names nobody and does not say that it means everybody.
            identities: matchers.isEmpty ? .any : TrustedIdentities(listing: matchers),
            basis: SigstoreBasis(root: try await root())
        )
        return TrustAuthority(name: "keyless", method: .keyless(method))
    }

    private func notation(_ name: String) async throws -> TrustRule {
        let secret = try await material.secret(key(name), field: "spec.verify.secretRef")
        var requirements = TrustRequirements()
        requirements.allowsUnenforced = !verification.requiresEnforcement
        let method = try NotationMethod(secret: "\(secret.key)", data: secret.all)
        return try rule([TrustAuthority(name: "notation", method: .notation(method))], requirements)
    }

    private func rule(
        _ authorities: [TrustAuthority],
        _ requirements: TrustRequirements = TrustRequirements()
    ) throws -> TrustRule {
        try TrustRule(name: TrustPolicy.ownRule, authorities: authorities, requirements: requirements)
    }

    private func root() async throws -> TrustedRoot {
        let secret = verification.trustedRootSecretName.map(key)
        return try await material.trustedRoot(secret, field: "spec.verify.trustedRootSecretRef")
    }

    private func pattern(_ text: String) throws -> TextRule {
        guard let pattern = LinearPattern(text) else {
            throw TrustMaterialError("the expression \"\(text)\" is not a regular expression; correct it")
        }
        return .pattern(pattern)
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }
}
