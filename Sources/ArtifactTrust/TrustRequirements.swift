package import CoreModel
internal import ManifestTree
package import OCIDistribution

/// What has to be true besides somebody's signature.
package struct TrustRequirements: Hashable, Sendable {
    /// What the signer has to have said besides the digest (`cosign sign -a`, notation's user metadata), each with
    /// exactly this value; what else was said does not matter.
    package var annotations: [String: String]
    /// What the annotations of the artifact's own manifest have to hold. Its author has said it, and whoever signs the
    /// digest has signed it.
    package var manifestAnnotations: [String: String] = [:]
    /// Where set, the signature has to be made for one of these repositories; nil takes any, so that mirrors work.
    package var signedFor: Set<Repository>?
    /// Where set, no other digest passes.
    package var allowedDigests: Set<Digest>?
    /// Digests that never pass.
    package var deniedDigests: Set<Digest> = []
    /// How long ago a revision has to have been seen for the first time, unless it is in use already.
    package var minimumAge: Duration?
    /// When no revision passes that is not in use already.
    package var freezeWindows: [FreezeWindow] = []
    /// Whether an authority may let an artifact pass that it did not verify, as notation's levels `skip` and `audit`
    /// say. It is never called verified.
    package var allowsUnenforced = false

    package init(annotations: [String: String] = [:], signedFor: Set<Repository>? = nil) {
        self.annotations = annotations
        self.signedFor = signedFor
    }

    /// What belongs to a rule's fingerprint.
    var fingerprintLines: [String] {
        var lines: [String] = []
        if let signedFor { lines.append(contentsOf: ["for"] + signedFor.map(\.description).sorted()) }
        if !annotations.isEmpty { lines.append("saying \(Tree.map(.sorted(annotations)).jsonString())") }
        if !manifestAnnotations.isEmpty {
            lines.append("annotated \(Tree.map(.sorted(manifestAnnotations)).jsonString())")
        }
        if let allowedDigests { lines.append("allowed \(allowedDigests.sorted())") }
        if !deniedDigests.isEmpty { lines.append("denied \(deniedDigests.sorted())") }
        if let minimumAge { lines.append("aged \(minimumAge)") }
        lines += freezeWindows.map(\.fingerprint).sorted()
        if allowsUnenforced { lines.append("unenforced") }
        return lines
    }
}

/// Why a requirement does not hold.
package struct RequirementRefusal: Hashable, Sendable {
    /// The end of a sentence that begins with the policy's name.
    package let reason: String
    /// From when on it holds; nil where time alone changes nothing.
    package let passesAt: Timestamp?
}

extension TrustRequirements {
    /// Which requirements of the artifact alone do not hold, whoever signed it.
    func refusals(of subject: TrustSubject, at context: TrustContext) -> [RequirementRefusal] {
        let digests = refusal(of: subject.digest).map { RequirementRefusal(reason: $0, passesAt: nil) }
        // What is in use keeps its trust: a freeze must not take away what runs.
        guard !context.isInUse else { return [digests].compactMap(\.self) }
        return [digests, ageRefusal(at: context), freezeRefusal(at: context)].compactMap(\.self)
    }

    private func refusal(of digest: Digest) -> String? {
        if deniedDigests.contains(digest) { return "denies the digest \(digest)" }
        guard let allowedDigests, !allowedDigests.contains(digest) else { return nil }
        return "allows \(allowedDigests.count) digests, and \(digest) is none of them"
    }

    private func ageRefusal(at context: TrustContext) -> RequirementRefusal? {
        guard let minimumAge, minimumAge > .zero else { return nil }
        let age = GoDuration.format(minimumAge)
        guard let firstSeen = context.firstSeen else {
            let reason =
                "asks for an age of \(age), and it is not known when this revision was first seen; say it by "
                + "--first-seen"
            return RequirementRefusal(reason: reason, passesAt: nil)
        }
        let ripe = firstSeen + minimumAge
        guard context.now < ripe else { return nil }
        let reason =
            "asks for an age of \(age): this revision was first seen at \(firstSeen) and passes from \(ripe) on"
        return RequirementRefusal(reason: reason, passesAt: ripe)
    }

    private func freezeRefusal(at context: TrustContext) -> RequirementRefusal? {
        let end = FreezeWindow.end(of: freezeWindows, at: context.now)
        if end == context.now { return nil }
        let until = end.map { "until \($0)" } ?? "with no end in sight"
        return RequirementRefusal(reason: "lets no new revision pass: it is frozen \(until)", passesAt: end)
    }

    /// Why what the artifact's manifest holds is not enough; nil for annotations means that there is no manifest.
    func refusal(manifest annotations: [String: String]?) -> RequirementRefusal? {
        guard !manifestAnnotations.isEmpty else { return nil }
        guard let annotations else {
            return RequirementRefusal(reason: "asks for annotations, and the manifest is missing", passesAt: nil)
        }
        for (key, value) in manifestAnnotations.sorted(by: { $0.key < $1.key }) {
            let name = key.quotedForMessage
            // Compared by bytes: two spellings of one character are two values.
            let said = annotations.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
            guard let said else {
                return .init(reason: "asks for the annotation \(name) on the manifest, which has none", passesAt: nil)
            }
            guard said.utf8.elementsEqual(value.utf8) else {
                let reason =
                    "asks for the annotation \(name) to be \(value.quotedForMessage) on the manifest, and it is "
                    + said.quotedForMessage
                return RequirementRefusal(reason: reason, passesAt: nil)
            }
        }
        return nil
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
