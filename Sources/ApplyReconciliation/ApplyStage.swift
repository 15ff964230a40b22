import CoreModel
import SluiceAPI

/// The stages of the walk from a Kustomization to applied objects, as far as its status tells them apart.
package enum ApplyStage: String, Sendable {
    case plan, access, source, dependencies, build, apply, prune, health

    /// The reason of the Ready condition when the stage fails.
    var reason: String {
        switch self {
        case .plan: "InvalidSpec"
        case .access: "AccessDenied"
        case .source: "ArtifactFailed"
        case .dependencies: "DependencyNotReady"
        case .build: "BuildFailed"
        case .apply: "ReconciliationFailed"
        case .prune: "PruneFailed"
        case .health: "HealthCheckFailed"
        }
    }
}

/// The condition types of Kustomizations, with Flux's names.
package enum ApplyCondition {
    package static let ready = "Ready"
    package static let reconciling = "Reconciling"
    package static let stalled = "Stalled"
    package static let healthy = "Healthy"
}

/// A failure and where on the walk it happened.
struct ApplyFailure: ModuleError {
    let stage: ApplyStage
    let underlying: any Error

    var message: String { (underlying as? any ModuleError)?.description ?? "\(underlying)" }
    var cause: (any Error)? { nil }
    var kind: FailureKind {
        // Only the spec is beyond retrying; a bad build may be mended by the next artifact, which wakes us anyway.
        if stage == .plan || stage == .access { return .terminal }
        let kind = FailureKind(of: underlying)
        return kind == .terminal ? .transient : kind
    }
}

/// The wait for health ended since there is something newer to apply.
struct Superseded: ModuleError {
    var message: String { "Health checks were canceled: a new reconciliation is due" }
    var cause: (any Error)? { nil }
    var kind: FailureKind { .cancelled }
}

/// Something that has to happen first; not a fault of the object.
struct NotReadyYet: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    var kind: FailureKind { .waiting }
}
