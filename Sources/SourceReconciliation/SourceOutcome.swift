import CoreModel
import SluiceAPI

/// How one reconcile of a source ended.
enum SourceOutcome: Sendable {
    /// The stored artifact is what the registry has.
    case unchanged(SourceFacts)
    /// A new artifact is stored.
    case published(SourceFacts)
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
    /// What the signature check said, nil where the object asks for none.
    let verification: Verification?

    struct Verification: Sendable {
        /// Digest of the policy that held.
        let policy: String
        /// One sentence for the condition.
        let message: String
    }
}
