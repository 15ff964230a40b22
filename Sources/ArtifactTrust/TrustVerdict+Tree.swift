internal import CoreModel
package import ManifestTree
internal import SignatureCrypto

extension TrustVerdict {
    /// The verdict as scripts and events see it. Members are added, and none changes its meaning.
    package var tree: Tree {
        [
            "reference": .string(subject.reference),
            "digest": .string(subject.digest.description),
            "provider": .string(provider),
            "verified": .bool(isVerified),
            "outcome": .string(outcome.name),
            "message": .string(description),
            "policies": .list(rules.map(\.tree)),
            "signatures": .list(signatures.map(\.tree)),
        ]
    }
}

extension TrustVerdict.Outcome {
    fileprivate var name: String {
        switch self {
        case .verified: "verified"
        case .refused: "refused"
        case .notEnforced: "notEnforced"
        }
    }
}

extension RequirementRefusal {
    fileprivate var tree: Tree {
        var tree: Tree = ["reason": .string(reason)]
        tree["passesAt"] = passesAt.map { .string($0.description) }
        return tree
    }
}

extension RuleResult {
    fileprivate var tree: Tree {
        [
            "name": .string(name),
            "threshold": .number(.init(threshold)),
            "verified": .bool(isSatisfied),
            "notEnforced": .bool(isWaived),
            "requirements": .list(requirements.map(\.tree)),
            "authorities": .list(authorities.map(\.tree)),
        ]
    }
}

extension AuthorityResult {
    fileprivate var tree: Tree {
        var tree: Tree = [
            "name": .string(name), "provider": .string(provider), "fingerprint": .string(fingerprint),
            "verified": .bool(isSatisfied), "notEnforced": .bool(isWaived),
        ]
        tree["signer"] = signer?.tree
        tree["reason"] = .string(reason)
        if isSkipped { tree["validations"] = NotationChecks.skipped() }
        return tree
    }
}

extension TrustSigner {
    fileprivate var tree: Tree {
        switch self {
        case .key(let key):
            return ["kind": "key", "name": .string(key.name), "fingerprint": .string(key.key.fingerprint)]
        case .certificate(let identity):
            return [
                "kind": "certificate", "name": .string(identity.subject), "issuer": .string(identity.issuer),
                "signedAt": .string(identity.signedAt.description),
            ]
        case .notation(let identity):
            var tree: Tree = [
                "kind": "notation", "name": .string(identity.subject), "fingerprint": .string(identity.fingerprint),
            ]
            tree["signedAt"] = identity.signedAt.map { .string($0.description) }
            tree["warnings"] = identity.warnings.isEmpty ? nil : .list(identity.warnings.map { .string($0) })
            return tree
        }
    }
}

extension SignatureResult {
    fileprivate var tree: Tree {
        var tree: Tree = ["format": .string(format.rawValue), "payload": .string(payload.description)]
        tree["signer"] = signer?.tree
        tree["predicateType"] = predicateType.map { .string($0) }
        tree["claimedReference"] = claimedReference.map { .string($0) }
        tree["refusal"] = refusal.map { .string($0) }
        if !checks.isEmpty { tree["validations"] = .list(checks.map(\.tree)) }
        return tree
    }
}
