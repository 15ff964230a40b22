import ArtifactTrust
import CoreModel
import KubeClient
import KubeModel
import ManifestTree
import SluiceAPI

/// Whom a source has to trust: its own `spec.verify`, and every policy of its namespace and of the cluster that covers
/// its repository. All of them have to hold, so a namespace can only tighten what the cluster sets.
struct SourceTrust: Sendable {
    private let plan: SourcePlan
    private let covering: [SourcePolicy]
    private let material: TrustMaterial
    private let memo: TrustMemo

    /// The policies have to be listed by now.
    init(_ plan: SourcePlan, _ context: SourceContext, _ secrets: SecretReader) {
        self.plan = plan
        covering = context.policies.covering(plan.repository, in: plan.key.namespace)
        material = TrustMaterial(secrets, context, for: plan)
        memo = context.trustMemo
    }

    /// Nil where nobody asks for a signature.
    /// - Throws: `UndecidedTrust` for what is missing or cannot be used; `KubeError`.
    func policy() async throws -> TrustPolicy? {
        defer { material.finish() }
        guard plan.spec.verification != nil || !covering.isEmpty else { return nil }
        let recipe = TrustMemo.Recipe(
            connection: OwnConnection(plan),
            verification: plan.spec.verification,
            policies: covering.map(\.version)
        )
        if let made = memo[recipe], try await material.isUnchanged(made.observed) { return made.policy }
        let policy = try await made()
        memo[recipe] = TrustMemo.Made(policy: policy, observed: material.observed)
        return policy
    }

    private func made() async throws -> TrustPolicy {
        var rules: [TrustRule] = []
        if let verification = plan.spec.verification {
            let provider = verification.providerName
            rules += try await undecided(provider) { try await own(verification) }
        }
        for policy in covering {
            let provider = plan.spec.verification?.providerName ?? "cosign"
            rules.append(
                try await undecided(provider, "the \(policy.name) covers this repository and cannot be enforced") {
                    try await policy.rule(material)
                }
            )
        }
        return try await undecided("cosign") { try TrustPolicy(rules: rules) }
    }

    private func own(_ verification: OCIRepository.Verification) async throws -> [TrustRule] {
        var rules: [TrustRule] = []
        let signers = OwnSigners(verification, namespace: plan.key.namespace, material)
        if let rule = try await signers.rule() { rules.append(rule) }
        if let policy = plan.inlinePolicy {
            let scoped = ScopedMaterial(material, namespace: plan.key.namespace, isOwn: true)
            rules.append(try await policy.rule(named: "spec.verify.policy", with: scoped))
        }
        return rules
    }

    /// What cannot be told to hold does not hold. An API server that does not answer is another matter.
    private func undecided<Value>(
        _ provider: String,
        _ why: String? = nil,
        _ make: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await make()
        } catch let error as any ModuleError where !(error is KubeError) {
            let reason = [why, error.description].compactMap(\.self).joined(separator: ": ")
            throw UndecidedTrust(message: "failed to verify the signature using provider '\(provider)': \(reason)")
        }
    }
}

/// Whom to trust cannot be told, so nobody is trusted.
struct UndecidedTrust: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    // Secrets, roots and policies are mended at any time, and their change wakes the source.
    var kind: FailureKind { .transient }
}
