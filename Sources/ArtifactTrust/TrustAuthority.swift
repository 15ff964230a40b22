internal import SignatureCrypto

/// Somebody who can vouch for artifacts.
package struct TrustAuthority: Hashable, Sendable {
    /// How verdicts call it.
    package let name: String
    /// How it is known.
    package let method: TrustMethod
    /// What it has to have attested, all of it by one signer; empty where a plain signature is enough. Where it is not
    /// empty, a plain signature is no longer asked for, unless `AttestationRequirement.signature` is in it.
    package let attestations: [AttestationRequirement]
    /// Where what it has to have said may be kept.
    let places: Set<SignaturePlace>

    package init(name: String, method: TrustMethod, attestations: [AttestationRequirement] = []) {
        self.name = name
        self.method = method
        self.attestations = attestations
        let signs =
            attestations.isEmpty || attestations.contains { $0.predicateType == AttestationRequirement.signature }
        places = method.places(signs: signs, attests: !attestations.isEmpty)
    }

    /// What it has to have said; at least one thing.
    var demands: [AttestationRequirement] { attestations.isEmpty ? [.plain] : attestations }

    /// The same for authorities that stand for the same signers and statements, whatever their names.
    var fingerprint: String {
        ([method.fingerprint] + attestations.map(\.fingerprint).sorted()).joined(separator: " ")
    }
}

/// How an authority's signatures are told from others'.
///
/// A new way of signing adds a case here, its places to `places`, and what it makes of a signature to `prove(_:at:)`.
package enum TrustMethod: Hashable, Sendable {
    /// cosign signatures by a key that the policy holds.
    case cosignKeys(CosignKeyMethod)
    /// cosign signatures by whoever has a certificate for an identity that the policy trusts.
    case keyless(KeylessMethod)
    /// Signatures of the Notary Project that a trust policy document accepts.
    case notation(NotationMethod)

    /// Flux's name for the way of signing.
    var provider: String {
        switch self {
        case .cosignKeys: "cosign"
        case .keyless: "cosign keyless"
        case .notation: "notation"
        }
    }

    /// Where its signatures and attestations are kept.
    func places(signs: Bool, attests: Bool) -> Set<SignaturePlace> {
        switch self {
        case .cosignKeys, .keyless:
            Set<SignaturePlace>([.bundles]).union(signs ? [.cosignTag] : []).union(attests ? [.attestationTag] : [])
        case .notation: signs ? [.notation] : []
        }
    }

    /// The same for methods that trust the same signers.
    package var fingerprint: String {
        switch self {
        case .cosignKeys(let method): method.fingerprint
        case .keyless(let method): method.fingerprint
        case .notation(let method): method.fingerprint
        }
    }

    /// What verdicts show: a single key's own fingerprint, which other tools show too.
    var displayedFingerprint: String {
        switch self {
        case .cosignKeys(let method): method.keys.count == 1 ? method.keys[0].key.fingerprint : method.fingerprint
        case .keyless(let method): method.fingerprint
        case .notation(let method): method.fingerprint
        }
    }

    /// The names of the keys that it holds, for the message on a signature by none of them.
    var keyNames: [String] {
        switch self {
        case .cosignKeys(let method): method.keys.map(\.name)
        case .keyless: []
        case .notation: []
        }
    }

    /// Why this authority passes everything of a subject unseen, where it does: notation's level `skip`. Nothing is
    /// called verified by it.
    func waiver(of subject: TrustSubject) -> String? {
        switch self {
        case .cosignKeys, .keyless: nil
        case .notation(let method): method.waiver(of: subject)
        }
    }

    /// Who made a signature, as far as this method can tell, and what notation's rules made of it on the way. Nothing
    /// that it signs has been interpreted before.
    /// - Throws: when OpenSSL cannot check at all.
    func prove(_ evidence: SignatureEvidence, at context: TrustContext) throws -> (SignerProof, NotationChecks?) {
        switch self {
        case .cosignKeys(let method): (try method.prove(evidence, at: context.now), nil)
        case .keyless(let method): (try method.prove(evidence, at: context.now), nil)
        case .notation(let method): try method.prove(evidence, at: context)
        }
    }
}

/// What a method makes of one signature.
enum SignerProof: Hashable {
    /// It is good, and this signer made it.
    case made(by: TrustSigner)
    /// None of the method's keys made it.
    case stranger
    /// It is not good, and the authority would let it pass all the same: notation's level `audit`.
    case waived(String)
    /// It does not count; the reason ends a sentence: `its certificate has expired`.
    case refused(String)
}
