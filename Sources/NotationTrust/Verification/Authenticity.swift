internal import ManifestTree
internal import SignatureCrypto

/// Whether somebody whom the statement trusts made the signature.
extension NotationVerifier {
    /// - Throws: `NotationProblem`.
    func checkAuthenticity(_ signature: SoundSignature) throws(NotationProblem) {
        let chain = signature.chain
        let type = signature.envelope.attributes.scheme.storeType
        let names = statement.stores.filter { $0.type == type }
        guard !names.isEmpty else {
            throw NotationProblem(
                "its scheme \(signature.envelope.attributes.scheme.rawValue) needs a trust store of the type "
                    + "\(type.rawValue), and the policy '\(statement.name)' names none"
            )
        }
        let list = names.map(\.description).joined(separator: ", ")
        let store = stores.certificates(in: names)
        guard !store.isEmpty else { throw NotationProblem("there is no certificate in the trust store \(list)") }
        guard chain.isTrusted(by: store) else {
            let root = chain.certificates[chain.certificates.count - 1].description.quotedForMessage
            throw NotationProblem("its certificates lead to the root \(root), which is not in the trust store \(list)")
        }
        try checkIdentity(chain.leaf)
    }

    private func checkIdentity(_ leaf: Certificate) throws(NotationProblem) {
        for identity in statement.identities {
            switch identity {
            case .any: return
            case .subject(let pattern) where pattern.matches(leaf.subject): return
            case .subject, .foreign: continue
            }
        }
        let subject = leaf.description.quotedForMessage
        let foreign = statement.identities.count { if case .foreign = $0 { true } else { false } }
        let note = foreign == 0 ? "" : "; \(foreign) of them only a plugin of notation understands"
        throw NotationProblem(
            "its signer \(subject) is not among the trusted identities of the policy '\(statement.name)'\(note)"
        )
    }
}

extension SigningScheme {
    /// The kind of trust store that its signers' roots are in.
    package var storeType: TrustStoreType {
        switch self {
        case .x509: .ca
        case .signingAuthority: .signingAuthority
        }
    }
}

extension NamePattern {
    /// Whether a name has each of the attributes once, with exactly this value. One that a name has several times is
    /// ambiguous and matches nothing.
    func matches(_ name: DistinguishedName) -> Bool {
        attributes.allSatisfy { identifier, value in
            let values = name.values(of: identifier)
            return values.count == 1 && values[0].isExactly(value)
        }
    }
}
