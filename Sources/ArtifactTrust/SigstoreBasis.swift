package import SigstoreTrust

/// A trusted root, and which of its witnesses have to vouch for a signature.
package struct SigstoreBasis: Hashable, Sendable {
    package let root: TrustedRoot
    package let rules: EvidenceRules

    package init(root: TrustedRoot, rules: EvidenceRules = EvidenceRules()) {
        self.root = root
        self.rules = rules
    }

    /// Holds one signature, with what travels with it, against the root.
    /// - Throws: `SigstoreProblem` for material that cannot be read.
    func verification(of evidence: SignatureEvidence) throws -> SigstoreVerification {
        SigstoreVerification(evidence.signed, try evidence.material(), root: root, rules: rules)
    }

    /// What belongs to a method's fingerprint.
    var fingerprintLines: [String] {
        ["trusted root \(root.fingerprint)", "log \(rules.requiresLog)", "timestamp \(rules.requiresTimestamp)"]
    }
}
