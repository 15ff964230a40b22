import ArtifactStore
import ArtifactTrust
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
    private let stored: OCIRepository.Artifact?
    private let isMadeSo: Bool
    private let observedTrust: String?
    private let verifiedCondition: Condition?

    /// `stored` is the artifact that the store really has.
    /// - Throws: `SpecError`.
    init(_ source: OCIRepository, stored: OCIRepository.Artifact?) throws {
        spec = try source.spec()
        key = source.object.key
        owner = try ArtifactOwner(source)
        repository = try ReferenceSelection.repository(spec)
        content = try ContentSettings(spec)
        self.stored = stored
        let status = source.object.tree["status"]
        isMadeSo = content.isObserved(in: status)
        observedTrust = status?["observedTrustPolicy"]?.string
        verifiedCondition = source.object.conditions["SourceVerified"]
    }

    /// The stored artifact, where it is of this revision and was made with the same settings.
    func stored(at revision: Revision) -> OCIRepository.Artifact? {
        guard let stored, stored.revision == revision.description, isMadeSo else { return nil }
        return stored
    }

    /// Whether something stored is presented as verified.
    var isVerified: Bool { stored != nil && verifiedCondition?.status == .true }

    /// What the stored artifact's trust rests on: nil where it has to be verified (again), since the policy
    /// is another or the last verdict was no.
    func keptTrust(under policy: TrustPolicy?) -> KeptTrust? {
        guard let policy else { return .noPolicy }
        guard observedTrust == policy.fingerprint, let verifiedCondition, verifiedCondition.status == .true else {
            return nil
        }
        return .verified(SourceFacts.Verification(policy: policy.fingerprint, message: verifiedCondition.message))
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
