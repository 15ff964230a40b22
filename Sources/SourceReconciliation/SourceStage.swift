import CoreModel
import OCIDistribution
import SluiceAPI

/// The stages of the walk from an object to a stored artifact, as far as status and events tell them apart.
package enum SourceStage: String, Sendable {
    case plan, trust, credentials, resolve, verify, fetch, unpack, store

    /// The condition that a failure of this stage sets.
    var condition: String {
        switch self {
        case .plan: SourceCondition.stalled
        case .trust, .verify: SourceCondition.sourceVerified
        case .store: SourceCondition.storageOperationFailed
        case .credentials, .resolve, .fetch, .unpack: SourceCondition.fetchFailed
        }
    }

    /// The reason that goes with it.
    func reason(for error: any Error) -> String {
        switch self {
        case .plan where error is FeatureGateDisabled: "FeatureGateDisabled"
        case .plan: (error as? SpecError)?.field == "spec.url" ? "URLInvalid" : "InvalidSpec"
        case .credentials: "AuthenticationFailed"
        case .resolve: "ReadOperationFailed"
        case .trust, .verify: "VerificationError"
        case .fetch where (error as? RegistryError)?.code == .notSelected: "OCIArtifactLayerOperationFailed"
        case .fetch: "OCIArtifactPullFailed"
        case .unpack: "OCIArtifactLayerOperationFailed"
        case .store: "ArchiveOperationFailed"
        }
    }
}

/// The condition types of source objects, with Flux's names.
package enum SourceCondition {
    package static let ready = "Ready"
    package static let reconciling = "Reconciling"
    package static let stalled = "Stalled"
    package static let fetchFailed = "FetchFailed"
    package static let storageOperationFailed = "StorageOperationFailed"
    package static let artifactOutdated = "ArtifactOutdated"
    package static let artifactInStorage = "ArtifactInStorage"
    package static let sourceVerified = "SourceVerified"
    /// Beyond Flux: a newer revision is signed as it has to be, and is not taken before its time.
    package static let revisionHeld = "RevisionHeld"
}

/// A failure and where on the walk it happened.
struct StageFailure: ModuleError {
    var stage: SourceStage
    /// The revision that was being worked on, once it was known.
    let revision: Revision?
    /// What is stored was verified by a policy that is no longer the one that counts, or that is gone, and not since.
    var isTrustOpen = false
    /// When revisions were first seen, where somebody wants to know it.
    var firstSeen: FirstSeenRevisions?
    let underlying: any Error

    var message: String { (underlying as? any ModuleError)?.description ?? "\(underlying)" }
    var cause: (any Error)? { nil }
    var kind: FailureKind {
        // Only an invalid spec is beyond retrying: everything else is another party's state, which can change at any
        // time.
        if stage == .plan { return .terminal }
        let kind = FailureKind(of: underlying)
        return kind == .terminal ? .transient : kind
    }
}
