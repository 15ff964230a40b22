package import CoreModel

/// What a verification found out about one signature.
package struct NotationResult: Hashable, Sendable {
    /// What is to be made of the signature.
    package enum Conclusion: Hashable, Sendable {
        /// It is good, by somebody whom the policy trusts.
        case verified
        /// The policy does not insist on what is wrong with it. Nobody may call it verified.
        case notEnforced(reason: String)
        /// It does not count.
        case refused(reason: String)
    }

    /// How the statement was to be taken.
    package let level: VerificationLevel
    /// One for each kind, in their order; after a failed integrity the others did not take place.
    package internal(set) var validations: [Validation] = []
    /// Who signed, where the signature's integrity is proven.
    package internal(set) var signer: NotationProof?
    /// What the signer said besides, where the signature's integrity is proven.
    package internal(set) var payload: NotationPayload?

    init(level: VerificationLevel) { self.level = level }

    /// What the validations come to.
    ///
    /// A signature whose signer is not trusted is never called verified, and neither is one that the level `audit` lets
    /// pass with a failure. The failures that the policy chose to log under the other levels are warnings.
    package var conclusion: Conclusion {
        guard level.name != .skip else {
            return .notEnforced(reason: "the policy skips the verification of signatures")
        }
        for validation in validations {
            if case .failed(let reason) = validation.outcome {
                return .refused(reason: "\(reason) (\(validation.kind.rawValue))")
            }
        }
        let decisive = validations.first { validation in
            guard case .logged = validation.outcome else { return false }
            return level.name == .audit || validation.kind == .authenticity
        }
        if let decisive, case .logged(let reason) = decisive.outcome {
            return .notEnforced(reason: "\(reason) (\(decisive.kind.rawValue), which the policy only logs)")
        }
        return .verified
    }

    /// What went wrong and was only logged.
    package var warnings: [String] {
        validations.compactMap { validation in
            guard case .logged(let reason) = validation.outcome else { return nil }
            return "\(reason) (\(validation.kind.rawValue))"
        }
    }
}

/// What became of one validation.
package struct Validation: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case passed
        /// It failed, and the signature does not count.
        case failed(reason: String)
        /// It failed, and the policy takes note of that alone.
        case logged(reason: String)
        /// The policy leaves it out.
        case skipped
    }

    package let kind: ValidationKind
    package let outcome: Outcome

    package init(kind: ValidationKind, outcome: Outcome) {
        self.kind = kind
        self.outcome = outcome
    }
}

/// Who made a signature, and how that is known.
package struct NotationProof: Hashable, Sendable {
    /// The subject of the signer's certificate, as RFC 4514 writes it.
    package let subject: String
    /// SHA-256 of that certificate, as hexadecimal.
    package let fingerprint: String
    package let scheme: SigningScheme
    /// When the signature was made: what a timestamp or a signing authority proves; nil where only the signer says so.
    package internal(set) var provenTime: Timestamp?
    /// By the signer's own word.
    package let claimedTime: Timestamp
}
