internal import CoreModel
internal import OCIDistribution

/// The sentence that says why a policy is not satisfied, short enough for a condition whatever the registry holds.
struct RefusalReason: CustomStringConvertible {
    /// The most signatures described one by one.
    static let describedLimit = 5
    /// The most rules described one by one.
    static let ruleLimit = 5

    let description: String

    init(_ search: SignatureSearch) {
        let (ledger, results) = (search.ledger, search.ledger.results)
        let requirements = Self.requirements(ledger)
        guard requirements.isEmpty else {
            description = requirements.joined(separator: "; ")
            return
        }
        var parts = Self.rules(ledger)
        guard !results.isEmpty || !search.absences.isEmpty else {
            if !search.places.isEmpty {
                parts.append(
                    "the repository has no \(Self.wanted(search)) of this revision (\(Self.places(search))); "
                        + "\(Self.wanted(search) == "signatures" ? "sign" : "attest") it first"
                )
            }
            description = parts.joined(separator: "; ")
            return
        }
        parts += search.absences
        let numbered = results.enumerated().filter { $0.element.refusal != nil }
        parts += numbered.prefix(Self.describedLimit).map { index, result in
            "signature \(index + 1) (\(result.format.content) \(result.payload.short)): \(result.refusal ?? "")"
        }
        if numbered.count > Self.describedLimit { parts.append("and \(numbered.count - Self.describedLimit) more") }
        if search.skipped > 0 {
            let total = results.count + search.skipped
            parts.append("only the first \(results.count) of \(total) signatures were examined")
        }
        description = parts.joined(separator: "; ")
    }

    /// Which rules do not hold, where there is more than one signature to ask for.
    private static func rules(_ ledger: TrustLedger) -> [String] {
        let needsNames = ledger.rules.count > 1
        guard needsNames || ledger.rules.contains(where: { $0.rule.threshold > 1 || !$0.waivers.isEmpty }) else {
            return []
        }
        let open = ledger.rules.filter { !$0.isSatisfied && !$0.isWaived }
        let told = ledger.results.compactMap(\.refusal)
        var parts = open.prefix(ruleLimit).map { rule in
            let matching = rule.vouching
            let names = zip(rule.authorities, matching.chosen).compactMap { authority, chosen in
                chosen == nil ? nil : authority.authority.name
            }
            let held = names.isEmpty ? "none of them vouches" : "only \(names.joined(separator: ", ")) vouched"
            let waivers = rule.waivers.first.map { ", and it takes nothing unverified (\($0))" } ?? ""
            // A signature that counts for another policy is not listed with what it lacks for this one.
            let reasons = zip(rule.authorities, matching.chosen).compactMap { $1 == nil ? $0.refusal : nil }
            let untold = reasons.first { reason in !told.contains { $0.contains(reason) } }.map { " (\($0))" } ?? ""
            return "the policy '\(rule.rule.name)' asks for \(rule.rule.threshold) of \(rule.authorities.count) "
                + "authorities, and \(held)\(untold)\(waivers)"
        }
        if open.count > ruleLimit { parts.append("and \(open.count - ruleLimit) more policies do not hold") }
        return parts
    }

    /// What was looked for.
    private static func wanted(_ search: SignatureSearch) -> String {
        search.ledger.predicates.contains(AttestationRequirement.signature) ? "signatures" : "attestations"
    }

    private static func requirements(_ ledger: TrustLedger) -> [String] {
        let all = ledger.rules.flatMap { rule in
            rule.refusals.map { "the policy '\(rule.rule.name)' \($0.reason)" }
        }
        return all.prefix(ruleLimit) + (all.count > ruleLimit ? ["and \(all.count - ruleLimit) more"] : [])
    }

    /// Why rules let an artifact pass that they did not verify.
    static func waived(_ ledger: TrustLedger) -> String {
        let waived = ledger.rules.filter(\.isWaived)
        if waived.isEmpty { return "it asks for nobody's signature" }
        let parts = waived.prefix(ruleLimit).map { rule in
            "the policy '\(rule.rule.name)': \(rule.waivers.prefix(describedLimit).joined(separator: ", and "))"
        }
        return parts.joined(separator: "; ")
    }

    private static func places(_ search: SignatureSearch) -> String {
        let digest = search.ledger.subject.digest
        return search.places.map { place in
            switch place {
            case .cosignTag: "no tag '\(CosignTag.signature(for: digest))'"
            case .bundles: "no Sigstore bundle among its referrers"
            case .attestationTag: "no tag '\(CosignTag.attestation(for: digest))'"
            case .notation: "no signature of the Notary Project among its referrers"
            }
        }.joined(separator: ", and ")
    }
}

extension SignatureFormat {
    /// What the digest in a message is of.
    var content: String {
        switch self {
        case .tag: "payload"
        case .bundle: "bundle"
        case .notation: "envelope"
        }
    }
}
