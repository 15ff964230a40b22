internal import CoreModel

/// The rules for the certificate whose key made the signature.
struct LeafCheck {
    let rules: ChainRules
    let moment: Int64?

    func check(_ leaf: Certificate) throws {
        if let what = problem(with: leaf) { throw what }
    }

    private func problem(with leaf: Certificate) -> EvidenceProblem? {
        if let what = SharedCheck(rules: rules, moment: moment).problem(with: leaf) { return what }
        if leaf.isCA, !rules.allowsAuthorityAsLeaf {
            return EvidenceProblem(.notAuthority, "the certificate \"\(leaf)\" is an authority's and not a signer's")
        }
        if leaf.keyUsage == nil, rules.requiresLeafKeyUsage {
            return EvidenceProblem(.keyUsage, "the certificate \"\(leaf)\" does not say what its key is for")
        }
        if let usage = leaf.keyUsage, !usage.isSuperset(of: rules.leafKeyUsage) {
            return EvidenceProblem(
                .keyUsage,
                "the certificate \"\(leaf)\" has a key that is not for digital signatures"
            )
        }
        if let purpose = rules.purpose, !leaf.extendedKeyUsages.contains(purpose) {
            return EvidenceProblem(
                .extendedKeyUsage,
                "the certificate \"\(leaf)\" is not for \(PurposeName.text(purpose)) by its extended key usage"
            )
        }
        return nil
    }
}

/// The rules for the certificates that sign others.
struct AuthorityCheck {
    let rules: ChainRules
    let moment: Int64?

    /// - Parameter path: what is below it, leaf first.
    func problem(with issuer: Certificate, above path: [Certificate]) -> EvidenceProblem? {
        if let what = SharedCheck(rules: rules, moment: moment).problem(with: issuer) { return what }
        guard issuer.isCA else {
            return EvidenceProblem(
                .notAuthority,
                "the certificate \"\(issuer)\" signs another one without being an authority"
            )
        }
        if let usage = issuer.keyUsage, !usage.contains(.certificateSigning) {
            return EvidenceProblem(.keyUsage, "the certificate \"\(issuer)\" has a key that is not for signing others")
        }
        // RFC 5280 section 6.1.4 (l): those that renew themselves do not count, nor does the leaf.
        let between = path.dropFirst().filter { !$0.isSelfIssued }.count
        if let limit = issuer.pathLength, between > limit {
            return EvidenceProblem(
                .pathLength,
                "the certificate \"\(issuer)\" allows \(limit) authorities below it and has \(between)"
            )
        }
        if let purpose = rules.purpose, !issuer.extendedKeyUsages.isEmpty,
            !issuer.extendedKeyUsages.contains(purpose), !issuer.extendedKeyUsages.contains(KeyPurpose.any)
        {
            return EvidenceProblem(
                .extendedKeyUsage,
                "the authority \"\(issuer)\" is not for \(PurposeName.text(purpose)) by its extended key usage"
            )
        }
        return nameProblem(with: issuer, above: path)
    }

    private func nameProblem(with issuer: Certificate, above path: [Certificate]) -> EvidenceProblem? {
        guard let constraints = issuer.facts.nameConstraints else { return nil }
        for (index, certificate) in path.enumerated() where index == 0 || !certificate.isSelfIssued {
            if let name = constraints.forbiddenName(of: certificate) {
                return EvidenceProblem(
                    .nameConstraint,
                    "the certificate \"\(issuer)\" may not certify the \(name) of \"\(certificate)\""
                )
            }
        }
        return nil
    }
}

/// The rules for every certificate of a chain.
struct SharedCheck {
    let rules: ChainRules
    let moment: Int64?

    func problem(with certificate: Certificate) -> EvidenceProblem? {
        if let moment, moment < certificate.notBefore {
            return EvidenceProblem(
                .notYetValid,
                "the certificate \"\(certificate)\" is not valid before \(Self.text(certificate.notBefore)), "
                    + "and the time is \(Self.text(moment))"
            )
        }
        if let moment, moment > certificate.notAfter {
            return EvidenceProblem(
                .expired,
                "the certificate \"\(certificate)\" expired at \(Self.text(certificate.notAfter)), "
                    + "and the time is \(Self.text(moment))"
            )
        }
        if let unknown = certificate.facts.unknownCritical.first(where: { !rules.understoodExtensions.contains($0) }) {
            return EvidenceProblem(
                .unknownCritical,
                "the certificate \"\(certificate)\" has the critical extension \(unknown), which is not understood"
            )
        }
        return nil
    }

    private static func text(_ seconds: Int64) -> String { Timestamp(seconds: seconds).description }
}

/// Purposes in words.
enum PurposeName {
    static func text(_ identifier: String) -> String {
        switch identifier {
        case KeyPurpose.codeSigning: "code signing"
        case KeyPurpose.timeStamping: "timestamping"
        default: "the purpose \(identifier)"
        }
    }
}
