package import CoreModel
internal import SignatureCrypto

/// What verification found, with its reasons. Only this module makes one.
package struct TrustVerdict: Hashable, Sendable, CustomStringConvertible {
    package enum Outcome: Hashable, Sendable {
        /// The policy is satisfied; `by` names the key.
        case verified(by: String)
        /// It is not; the reason covers every signature examined.
        case refused(reason: String)
    }

    /// What was verified.
    package let subject: TrustSubject
    /// Flux's name of the way of signing.
    package let provider: String
    package let outcome: Outcome
    /// One for each key of the policy, in its order.
    package let authorities: [AuthorityResult]
    /// One for each signature examined, in the order of the signature object.
    package let signatures: [SignatureResult]

    init(
        _ outcome: Outcome,
        of subject: TrustSubject,
        policy: CosignKeyPolicy,
        signatures: [SignatureResult] = []
    ) {
        self.subject = subject
        provider = "cosign"
        self.outcome = outcome
        self.signatures = signatures
        authorities = policy.keys.map { AuthorityResult($0, signatures) }
    }

    package var isVerified: Bool {
        if case .verified = outcome { true } else { false }
    }

    /// One sentence for a condition; it begins as Flux's does.
    package var description: String {
        switch outcome {
        case .verified(let name): "verified signature of revision \(subject.revision) with key '\(name)'"
        case .refused(let reason):
            "failed to verify the signature using provider '\(provider)': no matching signatures were found for "
                + "'\(subject.reference)': \(reason)"
        }
    }
}

/// What one key contributed to a verdict.
package struct AuthorityResult: Hashable, Sendable {
    /// The key's name in the policy.
    package let name: String
    /// The key's fingerprint.
    package let fingerprint: String
    /// Whether a signature by this key satisfied the policy.
    package let isSatisfied: Bool
    /// Why, or why not, in a few words.
    package let reason: String

    init(_ key: NamedKey, _ signatures: [SignatureResult]) {
        name = key.name
        fingerprint = key.key.fingerprint
        let own = signatures.filter { $0.signer?.key == key.key }
        isSatisfied = own.contains { $0.refusal == nil }
        if isSatisfied {
            reason = "it made a signature of this revision"
        } else if let refusal = own.first?.refusal {
            reason = refusal
        } else {
            reason = signatures.isEmpty ? "there was no signature to check" : "it made none of the signatures examined"
        }
    }
}

/// What became of one signature.
package struct SignatureResult: Hashable, Sendable {
    /// The digest of the payload that it signs.
    package let payload: Digest
    /// The key that made it, where one of the policy did.
    package internal(set) var signer: NamedKey?
    /// The repository or reference that the signer signed for (`docker-reference`); only from a payload whose signature
    /// is good.
    package internal(set) var claimedReference: String?
    /// Why the signature does not count; nil when it does.
    package internal(set) var refusal: String?
}
