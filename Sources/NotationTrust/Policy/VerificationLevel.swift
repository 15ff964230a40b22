internal import ManifestTree

/// The five things that are validated (trust-store-trust-policy.md, "Signature Verification details").
package enum ValidationKind: String, Hashable, Sendable, CaseIterable {
    /// The envelope is well formed, its certificates are of the right kind, and the signature is over this artifact.
    case integrity
    /// Somebody whom the policy trusts signed.
    case authenticity
    /// The signature was made while its certificates were valid.
    case authenticTimestamp
    /// The signer's own "best before".
    case expiry
    /// No certificate has been revoked.
    case revocation
}

/// What follows when a validation fails.
package enum ValidationAction: String, Hashable, Sendable {
    /// The signature does not count.
    case enforce
    /// It is told, and nothing follows.
    case log
    /// The validation does not take place.
    case skip
}

/// How strictly signatures are held to a statement: one of four levels, with single validations changed.
package struct VerificationLevel: Hashable, Sendable {
    /// The levels by name.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case strict, permissive, audit, skip
    }

    package let name: Name
    /// What was changed in the level.
    package let overrides: [ValidationKind: ValidationAction]

    package init(_ name: Name, overrides: [ValidationKind: ValidationAction] = [:]) {
        self.name = name
        self.overrides = overrides
    }

    /// What a failure of this validation leads to.
    package func action(_ kind: ValidationKind) -> ValidationAction {
        overrides[kind] ?? Self.preset(name, kind)
    }

    private static func preset(_ name: Name, _ kind: ValidationKind) -> ValidationAction {
        switch (name, kind) {
        case (.skip, _): .skip
        case (.strict, _), (_, .integrity), (.permissive, .authenticity): .enforce
        case (.permissive, _), (.audit, _): .log
        }
    }

    /// Reads `signatureVerification.level` and `.override`, both as strings.
    init(_ level: String, override entries: [(String, String)]) throws(NotationProblem) {
        guard let name = Name(rawValue: level) else {
            throw NotationProblem(
                "has the level \(level.quotedForMessage); use strict, permissive, audit or skip"
            )
        }
        guard name != .skip || entries.isEmpty else {
            throw NotationProblem("overrides validations of the level skip, which has none")
        }
        var overrides: [ValidationKind: ValidationAction] = [:]
        for (key, value) in entries {
            guard let kind = ValidationKind(rawValue: key) else {
                throw NotationProblem("overrides the validation \(key.quotedForMessage), which is unknown")
            }
            guard let action = ValidationAction(rawValue: value) else {
                throw NotationProblem("overrides \(key) with \(value.quotedForMessage); use enforce, log or skip")
            }
            guard kind != .integrity else { throw NotationProblem("overrides integrity, which is always enforced") }
            guard action != .skip || kind == .revocation else {
                throw NotationProblem("skips \(key); only revocation can be skipped")
            }
            overrides[kind] = action
        }
        self.init(name, overrides: overrides)
    }
}
