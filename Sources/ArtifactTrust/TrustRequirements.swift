internal import ManifestTree
package import OCIDistribution

/// What has to be true besides somebody's signature.
package struct TrustRequirements: Hashable, Sendable {
    /// What the signer has to have said besides the digest, each with exactly this value; what else was said does not
    /// matter.
    package var annotations: [String: String]
    /// Where set, the signature has to be made for one of these repositories; nil takes any, so that mirrors work.
    package var signedFor: Set<Repository>?

    package init(annotations: [String: String] = [:], signedFor: Set<Repository>? = nil) {
        self.annotations = annotations
        self.signedFor = signedFor
    }

    /// What belongs to a rule's fingerprint.
    var fingerprintLines: [String] {
        var lines: [String] = []
        if let signedFor { lines.append(contentsOf: ["for"] + signedFor.map(\.description).sorted()) }
        if !annotations.isEmpty { lines.append("saying \(Tree.map(.sorted(annotations)).jsonString())") }
        return lines
    }

    /// Why what a signer said is not enough.
    func refusal(of statement: SignedStatement) -> String? {
        for (key, value) in annotations.sorted(by: { $0.key < $1.key }) {
            let name = key.quotedForMessage
            guard let said = statement.annotations[key] else {
                return "it does not say \(name), which the policy asks for"
            }
            guard said == .string(value) else {
                let text = said.string?.quotedForMessage ?? said.kindName
                return "it says \(text) for \(name), and the policy asks for \(value.quotedForMessage)"
            }
        }
        guard let signedFor else { return nil }
        let pins = "the policy pins " + signedFor.map(\.description).sorted().joined(separator: ", ")
        guard let claimed = statement.claimedReference else {
            return "it does not say for which repository it was made, and \(pins)"
        }
        if let repository = try? OCIReference(claimed).repository, signedFor.contains(repository) { return nil }
        return "it was made for \(claimed.quotedForMessage), and \(pins)"
    }
}
