package import CoreModel
internal import SignatureCrypto

/// Who has to vouch for an artifact, and what has to be true of it besides.
///
/// That nobody has to is not a policy but the absence of one; see `VerifiedRevision.withoutPolicy(_:)`.
package struct TrustPolicy: Hashable, Sendable {
    /// The most rules of a policy.
    package static let ruleLimit = 64

    /// At least one; every one has to hold.
    package let rules: [TrustRule]
    /// Flux's names for the ways of signing, as in `spec.verify.provider`; joined by commas where there are several.
    package let provider: String
    /// A value that stays the same for policies that trust the same signers, and differs for others. Compare it with
    /// the recorded one to learn that what is stored has to be verified again.
    package let fingerprint: String
    /// The types of statements that matter to it.
    let predicates: Set<String>

    /// - Throws: `TrustError.invalidPolicy` for no rules or more than `ruleLimit`.
    package init(rules: [TrustRule]) throws {
        guard !rules.isEmpty else {
            throw TrustError(.invalidPolicy, "The trust policy has no rules; give at least one")
        }
        guard rules.count <= Self.ruleLimit else {
            throw TrustError(
                .invalidPolicy,
                "The trust policy has \(rules.count) rules, more than \(Self.ruleLimit); remove some"
            )
        }
        self.rules = rules
        predicates = Set(rules.flatMap { $0.authorities.flatMap { $0.demands.map(\.predicateType) } })
        let providers = Set(rules.flatMap { $0.authorities.map(\.method.provider) })
        provider = providers.isEmpty ? "none" : providers.sorted().joined(separator: ",")
        let lines = ["trust policy 2"] + Set(try rules.map { try $0.fingerprint() }).sorted()
        fingerprint = try Digest.of(lines.joined(separator: "\n").utf8).hex
    }

    /// Whether any rule denies digests by name.
    package var deniesDigests: Bool { rules.contains { !$0.requirements.deniedDigests.isEmpty } }

    /// Which rule denies a digest, as the middle of a sentence; nil where none does.
    package func denial(of digest: Digest) -> String? {
        rules.first { $0.requirements.deniedDigests.contains(digest) }
            .map { "the policy '\($0.name)' denies the digest \(digest)" }
    }

    /// One rule alone.
    package init(_ rule: TrustRule) throws { try self.init(rules: [rule]) }
}

extension TrustPolicy {
    /// The name of the rule that a source's own `spec.verify` makes.
    package static let ownRule = "spec.verify"

    /// cosign signatures made by any one of some keys, each an authority of its own.
    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`, `TrustError.invalidPolicy`.
    package init(keys: [NamedKey], requirements: TrustRequirements = TrustRequirements()) throws {
        guard keys.count <= CosignKeyMethod.keyLimit else { throw CosignKeyMethod.tooMany(keys.count) }
        guard !keys.isEmpty else { throw CosignKeyMethod.noKeys() }
        let authorities = try keys.map {
            TrustAuthority(name: $0.name, method: .cosignKeys(try CosignKeyMethod(keys: [$0])))
        }
        try self.init(TrustRule(name: Self.ownRule, authorities: authorities, requirements: requirements))
    }

    /// Takes every entry of a Secret whose name ends in `.pub`, as Flux does; `secret` names the Secret in messages.
    /// - Throws: `TrustError.noKeys`, `TrustError.tooManyKeys`, or `TrustError.invalidKey` with the entry's name.
    package init(
        secret: String,
        data: [String: [UInt8]],
        requirements: TrustRequirements = TrustRequirements()
    ) throws {
        try self.init(keys: CosignKeyMethod.keys(secret: secret, data: data), requirements: requirements)
    }
}
