package import CoreModel
internal import ManifestTree

/// What verification found, with its reasons. Only this module makes one.
package struct TrustVerdict: Hashable, Sendable, CustomStringConvertible {
    package enum Outcome: Hashable, Sendable {
        /// Every rule holds; `by` names the signers.
        case verified(by: String)
        /// One does not; the reason covers every signature examined.
        case refused(reason: String)
        /// Some rules let the artifact pass without having verified it, and the others hold. It is not verified.
        case notEnforced(reason: String)
    }

    /// What was verified.
    package let subject: TrustSubject
    /// Flux's name of the way of signing.
    package let provider: String
    package let outcome: Outcome
    /// One for each rule of the policy, in its order.
    package let rules: [RuleResult]
    /// One for each signature examined, in the order in which they were.
    package let signatures: [SignatureResult]

    /// What the search has found, now that it is over.
    init(_ policy: TrustPolicy, _ search: SignatureSearch) {
        let ledger = search.ledger
        subject = ledger.subject
        provider = policy.provider
        signatures = ledger.results
        rules = ledger.rules.map { RuleResult($0, hadSignatures: !ledger.results.isEmpty) }
        if ledger.isSatisfied, rules.contains(where: { !$0.signers.isEmpty }) {
            outcome = .verified(by: Self.distinct(rules.flatMap(\.signers).map(\.name)).joined(separator: ", "))
        } else if ledger.rules.allSatisfy({ $0.isSatisfied || $0.isWaived }) {
            outcome = .notEnforced(reason: RefusalReason.waived(ledger))
        } else {
            outcome = .refused(reason: RefusalReason(search).description)
        }
    }

    package var isVerified: Bool {
        if case .verified = outcome { true } else { false }
    }

    /// From when on the verdict would be another though nothing but time has passed; nil where it would not.
    package var passesAt: Timestamp? {
        let times = requirements.map(\.passesAt)
        return times.contains(nil) ? nil : times.compactMap(\.self).max()
    }

    /// The requirements of every rule that do not hold, whoever signed.
    package var requirements: [RequirementRefusal] { rules.flatMap(\.requirements) }

    /// The authorities of every rule.
    package var authorities: [AuthorityResult] { rules.flatMap(\.authorities) }

    /// One sentence for a condition; it begins as Flux's does.
    package var description: String {
        switch outcome {
        case .verified:
            let signers = Self.distinct(rules.flatMap(\.signers).map(\.phrase)).joined(separator: " and ")
            return "verified signature of revision \(subject.revision) with \(signers)"
        case .notEnforced(let reason):
            return "revision \(subject.revision) was not verified, and the policy lets it pass: \(reason)"
        case .refused(let reason) where !requirements.isEmpty:
            return "revision \(subject.revision) of '\(subject.reference)' may not be used: \(reason)"
        case .refused(let reason):
            return "failed to verify the signature using provider '\(provider)': no matching signatures were found for "
                + "'\(subject.reference)': \(reason)"
        }
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}

/// What became of one rule.
package struct RuleResult: Hashable, Sendable {
    /// The rule's name.
    package let name: String
    package let threshold: Int
    package let isSatisfied: Bool
    /// Whether it lets the artifact pass without having verified it.
    package let isWaived: Bool
    /// What does not hold, whoever signed.
    package let requirements: [RequirementRefusal]
    /// One for each authority, in the rule's order.
    package let authorities: [AuthorityResult]

    init(_ ledger: RuleLedger, hadSignatures: Bool) {
        name = ledger.rule.name
        threshold = ledger.rule.threshold
        isSatisfied = ledger.isSatisfied
        isWaived = ledger.isWaived
        requirements = ledger.refusals
        let chosen = ledger.vouching.chosen
        authorities = zip(ledger.authorities, chosen).map { authority, chosen in
            AuthorityResult(authority, signer: chosen.map { authority.complete[$0] }, hadSignatures: hadSignatures)
        }
    }

    /// Who stands for the authorities that vouch.
    package var signers: [TrustSigner] { authorities.compactMap(\.signer) }
}

/// What one authority contributed to a verdict.
package struct AuthorityResult: Hashable, Sendable {
    /// Its name in the policy.
    package let name: String
    /// Flux's name for its way of signing.
    package let provider: String
    /// The fingerprint of the key, or of the set of signers that it stands for.
    package let fingerprint: String
    /// Who stands for it; nil when it does not vouch.
    package let signer: TrustSigner?
    /// Whether it would let the artifact pass without having verified it.
    package let isWaived: Bool
    /// Whether it looked at no signature at all: notation's level `skip`.
    package let isSkipped: Bool
    /// Why, or why not, in a few words.
    package let reason: String

    /// Whether it vouches for the artifact.
    package var isSatisfied: Bool { signer != nil }

    init(_ ledger: AuthorityLedger, signer: TrustSigner?, hadSignatures: Bool) {
        name = ledger.authority.name
        provider = ledger.authority.method.provider
        fingerprint = ledger.authority.method.displayedFingerprint
        self.signer = signer
        isWaived = signer == nil && ledger.waiver != nil
        isSkipped = ledger.isSkipped
        if signer != nil {
            reason =
                ledger.authority.attestations.isEmpty
                ? "it made a signature of this revision" : "it made every attestation that is asked for"
        } else if !ledger.complete.isEmpty {
            reason = "its signer stands for another authority already, and counts once"
        } else if let missing = ledger.missing {
            let types = missing.map { $0.predicateType.quotedForMessage }.joined(separator: " and ")
            let refusal = ledger.refusal.map { " (\($0))" } ?? ""
            reason = "it made no statement that counts of the type \(types)\(refusal)"
        } else if let waiver = ledger.waiver {
            reason = waiver
        } else if let refusal = ledger.refusal {
            reason = refusal
        } else {
            reason = hadSignatures ? "it made none of the signatures examined" : "there was no signature to check"
        }
    }
}

/// The two ways in which cosign keeps signatures, and the one of the Notary Project.
package enum SignatureFormat: String, Hashable, Sendable, CaseIterable {
    /// A layer of the image under the tag `sha256-<hex>.sig`: cosign's way up to version 2.
    case tag
    /// A Sigstore bundle in a manifest whose subject is what was signed: cosign's way since version 3.
    case bundle
    /// An envelope in a manifest whose subject is what was signed.
    case notation
}

/// What became of one signature.
package struct SignatureResult: Hashable, Sendable {
    package let format: SignatureFormat
    /// The digest of the payload that it signs; of a bundle, or of the manifest that should hold one.
    package internal(set) var payload: Digest
    /// Who made it, where it is good and somebody of the policy did.
    package internal(set) var signer: TrustSigner?
    /// The repository or reference that the signer signed for (`docker-reference`); only from a payload whose signature
    /// is good, and bundles hold none.
    package internal(set) var claimedReference: String?
    /// The type of statement that it is; only of one whose signature is good.
    package internal(set) var predicateType: String?
    /// Why the signature does not count; nil when it does.
    package internal(set) var refusal: String?
    /// What trust policies of notation made of it; one for each authority that looked.
    package internal(set) var checks: [NotationChecks] = []

    init(_ format: SignatureFormat, payload: Digest) {
        self.format = format
        self.payload = payload
    }

    /// The same signature with the reason why it does not count.
    func refused(_ reason: String) -> SignatureResult {
        var result = self
        result.refusal = reason
        return result
    }
}
