import CoreModel
import ManifestTree
import SluiceAPI

/// How one reconcile of a source ended.
enum SourceOutcome: Sendable {
    /// The stored artifact is what the registry has.
    case unchanged(SourceFacts)
    /// A new artifact is stored.
    case published(SourceFacts)
    /// The registry has a revision that is not taken yet.
    case held(HeldRevision)
    /// It failed; `artifact` is what is still stored and served, nil where nothing is.
    case failed(StageFailure, artifact: OCIRepository.Artifact?)
}

/// What is true after a success.
struct SourceFacts: Sendable {
    let artifact: OCIRepository.Artifact
    /// Where the newest artifact is always served.
    let latestURL: String
    /// What the artifact was made with.
    let content: ContentSettings
    /// What the signature check said, nil where nobody asks for one.
    let verification: Verification?
    /// When revisions were first seen, where somebody wants to know it.
    var firstSeen: FirstSeenRevisions?

    /// What a policy said of a revision that it lets pass.
    struct Verification: Hashable, Sendable {
        /// That this was verified by the policies that held; see `TrustSeal`.
        let seal: String
        /// One sentence for the condition.
        let message: String
        /// Somebody has vouched for the revision. Without that, the policy lets it pass and nothing is proven.
        var isEnforced = true

        /// As `status.observedTrustPolicy` holds it.
        var observed: Tree? { isEnforced ? .string(seal) : nil }
    }
}

/// A revision that a policy does not let pass before its time.
struct HeldRevision: Sendable {
    let revision: Revision
    /// Why and until when, in one sentence.
    let message: String
    /// When to look again.
    let until: Timestamp
    /// What is stored and still trusted; nil where nothing is stored.
    let stored: SourceFacts?
    let firstSeen: FirstSeenRevisions?

    init(
        _ revision: Revision,
        _ message: String,
        until: Timestamp,
        _ stored: SourceFacts?,
        _ firstSeen: FirstSeenRevisions?
    ) {
        (self.revision, self.message, self.until) = (revision, message, until)
        (self.stored, self.firstSeen) = (stored, firstSeen)
    }
}
