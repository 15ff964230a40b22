internal import CoreModel
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

    /// How far the clocks of witnesses may be ahead of this machine's, in seconds.
    private static let skew: Int64 = 300

    /// Why a signature that is proven to be of the future does not count: either clock is wrong, and a machine that
    /// does not know the time cannot tell what has expired.
    static func refusal(of times: [SigningTime], at now: Timestamp) -> String? {
        guard let latest = times.map(\.seconds).max(), latest > now.seconds + skew else { return nil }
        return "it is proven to have been made at \(Timestamp(seconds: latest)), and it is \(now) by the clock of this "
            + "machine; set that right"
    }

    /// What belongs to a method's fingerprint.
    var fingerprintLines: [String] {
        ["trusted root \(root.fingerprint)", "log \(rules.requiresLog)", "timestamp \(rules.requiresTimestamp)"]
    }
}
