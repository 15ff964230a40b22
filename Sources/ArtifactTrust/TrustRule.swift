internal import CoreModel
internal import SignatureCrypto

/// One demand of a policy: enough of some authorities vouch for the artifact, and the requirements hold.
package struct TrustRule: Hashable, Sendable {
    /// The most authorities of a rule. With the bound on signatures it bounds the work that a registry can cause.
    package static let authorityLimit = 64

    /// How verdicts call it: the name of the policy it came from.
    package let name: String
    /// None for a rule that has requirements alone; nothing is called verified by it.
    package let authorities: [TrustAuthority]
    /// How many of the authorities have to vouch, each by a signer of its own: a signer who stands for two of them
    /// counts once, and so does one who signed many times.
    package let threshold: Int
    package let requirements: TrustRequirements

    /// - Throws: `TrustError.invalidPolicy` for more authorities than `authorityLimit`, or a threshold that they cannot
    ///   reach; it is 0 where there are no authorities, and only there.
    package init(
        name: String,
        authorities: [TrustAuthority],
        threshold: Int = 1,
        requirements: TrustRequirements = TrustRequirements()
    ) throws {
        let isEmpty = authorities.isEmpty && threshold == 0
        guard isEmpty || (1...Self.authorityLimit).contains(authorities.count) else {
            throw TrustError(
                .invalidPolicy,
                "The policy '\(name)' has \(authorities.count) authorities; give 1 to \(Self.authorityLimit)"
            )
        }
        guard isEmpty || (1...authorities.count).contains(threshold) else {
            throw TrustError(
                .invalidPolicy,
                "The policy '\(name)' asks for \(threshold) of \(authorities.count) authorities; "
                    + "set a threshold of 1 to \(authorities.count)"
            )
        }
        self.name = name
        self.authorities = authorities
        self.threshold = threshold
        self.requirements = requirements
    }

    /// The same for rules that demand the same, whatever their names and the order of their authorities.
    func fingerprint() throws -> String {
        let all = authorities.map(\.fingerprint)
        // Whoever stands there twice changes nothing where one is enough.
        let counted = (threshold == 1 ? Array(Set(all)) : all).sorted()
        let lines = ["rule", "\(threshold)"] + counted + requirements.fingerprintLines
        return try Digest.of(lines.joined(separator: "\n").utf8).hex
    }
}
