import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI

// A revision that is not taken before its time is no failure: what is stored and trusted stays what it was.
extension SourceStatusReducer {
    /// The reason of whatever is so because of a revision that waits.
    static let waiting = "WaitingForPolicy"

    func hold(_ object: KubeObject, _ held: HeldRevision, _ conditions: inout ConditionList, _ now: Timestamp) {
        func set(_ type: String, _ status: Condition.Status) {
            conditions.set(
                Condition(
                    type,
                    status,
                    reason: Self.waiting,
                    message: held.message,
                    observedGeneration: object.generation
                ),
                now: now
            )
        }
        if let stored = held.stored {
            succeed(object, stored, &conditions, now)
        } else {
            for type in [
                SourceCondition.stalled, SourceCondition.fetchFailed, SourceCondition.storageOperationFailed,
                SourceCondition.artifactOutdated,
            ] { conditions.remove(type) }
            conditions.remove(SourceCondition.artifactInStorage)
            set(SourceCondition.ready, .false)
            set(SourceCondition.sourceVerified, .false)
            set(SourceCondition.reconciling, .true)
        }
        set(SourceCondition.revisionHeld, .true)
    }

    func write(_ held: HeldRevision, to status: inout Tree, generation: Int64) {
        if let stored = held.stored {
            // What the artifact was made with stays what it was.
            status["observedGeneration"] = .number(.init(Int(generation)))
            status["artifact"] = stored.artifact.tree
            status["url"] = .string(stored.latestURL)
            status["observedTrustPolicy"] = stored.verification.flatMap(\.observed)
        } else {
            for field in ["artifact", "url", "observedTrustPolicy"] { status[field] = nil }
        }
        status["firstSeen"] = held.firstSeen?.tree
    }

    func notice(_ object: KubeObject, _ held: HeldRevision) -> ObjectEvent {
        ObjectEvent(
            object,
            .info,
            reason: SourceCondition.revisionHeld,
            message: held.message,
            metadata: ["\(OCIRepository.group)/revision": held.revision.description]
        )
    }
}
