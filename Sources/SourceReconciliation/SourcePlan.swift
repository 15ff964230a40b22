import ArtifactStore
import ArtifactTrust
import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import OCIDistribution
import SluiceAPI

/// What is to be fetched, and what is there already. Made from values alone, before any socket is opened.
struct SourcePlan: Sendable {
    let spec: OCIRepository.Spec
    let key: ObjectKey
    let owner: ArtifactOwner
    let repository: Repository
    let content: ContentSettings
    /// What `spec.verify.policy` says.
    let inlinePolicy: PolicyDocument?
    /// How old the answer to what a tag stands for may be. A source that is as it should be takes one that an equal
    /// source got moments ago, so that many of them cost a registry no more than a few; one that is new, changed, asked
    /// for or failing wants to know it now.
    let tolerance: Duration
    private let stored: OCIRepository.Artifact?
    private let isMadeSo: Bool
    /// When revisions were first seen, as the status remembers it.
    let firstSeen: FirstSeenRevisions
    /// Of the object, for which another one of its name is not it.
    let uid: String
    private let observedTrust: String?
    private let verifiedCondition: Condition?

    /// `stored` is the artifact that the store really has.
    /// - Throws: `SpecError`.
    init(_ source: OCIRepository, stored: OCIRepository.Artifact?) throws {
        spec = try source.spec()
        key = source.object.key
        uid = source.object.uid
        owner = try ArtifactOwner(source)
        repository = try ReferenceSelection.repository(spec)
        content = try ContentSettings(spec)
        inlinePolicy = try Self.inlinePolicy(spec)
        self.stored = stored
        let status = source.object.tree["status"]
        isMadeSo = content.isObserved(in: status)
        firstSeen = FirstSeenRevisions(status?["firstSeen"])
        let isSettled =
            source.object.conditions.isTrue(SourceCondition.ready)
            && status?["observedGeneration"]?.integer == source.object.generation
            && status?["lastHandledReconcileAt"]?.string == source.object.annotations[RequestedReconcile.annotation]
        tolerance = isSettled && stored != nil ? spec.interval / 10 : .zero
        observedTrust = status?["observedTrustPolicy"]?.string
        verifiedCondition = source.object.conditions["SourceVerified"]
    }

    /// - Throws: `SpecError`.
    private static func inlinePolicy(_ spec: OCIRepository.Spec) throws -> PolicyDocument? {
        let path = "spec.verify.policy"
        return try spec.verification?.policy.map { tree in
            do {
                return try PolicyDocument(parsing: tree, at: path, .inline)
            } catch {
                throw SpecError(field: path, "cannot be used: \(error)")
            }
        }
    }

    /// The stored artifact, where it is of this revision and was made with the same settings.
    func stored(at revision: Revision) -> OCIRepository.Artifact? {
        guard let stored, stored.revision == revision.description, isMadeSo else { return nil }
        return stored
    }

    /// What is stored, whatever it was made with.
    var intact: OCIRepository.Artifact? { stored }

    /// The digest of the revision that is stored.
    var storedDigest: Digest? { stored.flatMap { Revision($0.revision)?.digest } }

    /// Whether the stored artifact is of this digest, whatever name it was reached by.
    func isStored(_ digest: Digest) -> Bool { storedDigest == digest }

    /// Whether something stored is presented as verified.
    var isVerified: Bool { stored != nil && verifiedCondition?.status == .true }

    /// What the stored artifact's trust rests on: nil where it has to be verified (again), since the policy
    /// is another, the last verdict was no, or somebody else than this controller wrote it.
    func keptTrust(under policy: TrustPolicy?, _ seal: TrustSeal) -> KeptTrust? {
        guard let policy else { return .noPolicy }
        guard let observedTrust, let storedDigest, let verifiedCondition, verifiedCondition.status == .true else {
            return nil
        }
        let claim = claim(storedDigest, policy, verifiedCondition.message)
        guard seal.isSealed(claim, by: observedTrust) else { return nil }
        return .verified(SourceFacts.Verification(seal: observedTrust, message: verifiedCondition.message))
    }

    /// That a revision of this source's repository was verified by a policy, with the words for the condition.
    func claim(_ digest: Digest, _ policy: TrustPolicy, _ message: String) -> TrustSeal.Claim {
        TrustSeal.Claim(uid: uid, repository: repository, digest: digest, policy: policy.fingerprint, message: message)
    }
}

/// Why a stored artifact needs no new look at its signatures.
enum KeptTrust: Sendable {
    /// Nobody has to have signed it.
    case noPolicy
    /// It was verified under the very same policy.
    case verified(SourceFacts.Verification)

    var verification: SourceFacts.Verification? {
        if case .verified(let verification) = self { verification } else { nil }
    }
}
