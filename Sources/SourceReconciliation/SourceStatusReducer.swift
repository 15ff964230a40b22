import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI

/// Turns an outcome into a status, events and a time to come again. The only code that knows the conditions of sources.
struct SourceStatusReducer: Sendable {
    /// What is to be written and told.
    struct Reduction: Sendable {
        /// The whole new status, nil where it is what the object already has.
        let status: Tree?
        let events: [ObjectEvent]
        let outcome: ReconcileOutcome
    }

    /// The reason of events about an object that works again, with what it had before.
    static let recovered = "Succeeded"
    /// The reason of a verification that lets pass what it has not verified.
    static let notEnforced = "VerificationNotEnforced"

    let interval: Duration
    let retryAfter: Duration

    /// Judges by values alone; `now` goes into transition times.
    func reduce(_ source: OCIRepository, _ outcome: SourceOutcome, now: Timestamp) -> Reduction {
        let object = source.object
        var status = object.tree["status"] ?? .map([:])
        var conditions = object.conditions
        var events: [ObjectEvent] = []
        let result: ReconcileOutcome
        switch outcome {
        case .unchanged(let facts), .published(let facts):
            succeed(object, facts, &conditions, now)
            write(facts, to: &status, generation: object.generation)
            events = news(source, facts)
            result = .again(after: interval)
        case .held(let held):
            hold(object, held, &conditions, now)
            write(held, to: &status, generation: object.generation)
            events = [notice(object, held)]
            result = .again(after: min(interval, max(held.until - now, .seconds(1))))
        case .failed(let failure, let artifact):
            fail(object, failure, artifact, &conditions, now)
            status["artifact"] = artifact?.tree
            if artifact == nil { status["url"] = nil }
            if failure.isTrustOpen || artifact == nil { status["observedTrustPolicy"] = nil }
            if let seen = failure.firstSeen { status["firstSeen"] = seen.tree }
            events = [Self.warning(object, failure)]
            if failure.kind == .terminal {
                status["observedGeneration"] = .number(.init(Int(object.generation)))
                result = .settled
            } else {
                result = .failed(atLeast: leastDelay(failure))
            }
        }
        if let request = object.annotations[RequestedReconcile.annotation] {
            status["lastHandledReconcileAt"] = .string(request)
        }
        status["conditions"] = conditions.tree
        let isChanged = status != object.tree["status"]
        return Reduction(status: isChanged ? status : nil, events: isChanged ? events : [], outcome: result)
    }

    /// The status of a suspended source whose artifact is not to be called verified any more; all else stays.
    static func distrust(_ source: OCIRepository, _ failure: StageFailure, now: Timestamp) -> (Tree, ObjectEvent) {
        let object = source.object
        var status = object.tree["status"] ?? .map([:])
        var conditions = object.conditions
        conditions.set(
            Condition(
                SourceCondition.sourceVerified,
                .false,
                reason: failure.stage.reason(for: failure.underlying),
                message: failure.message,
                observedGeneration: object.generation
            ),
            now: now
        )
        status["observedTrustPolicy"] = nil
        status["conditions"] = conditions.tree
        return (status, warning(object, failure))
    }

    // MARK: - Success

    func succeed(
        _ object: KubeObject,
        _ facts: SourceFacts,
        _ conditions: inout ConditionList,
        _ now: Timestamp
    ) {
        let generation = object.generation
        for type in [
            SourceCondition.reconciling, SourceCondition.stalled, SourceCondition.fetchFailed,
            SourceCondition.storageOperationFailed, SourceCondition.artifactOutdated, SourceCondition.revisionHeld,
        ] { conditions.remove(type) }
        let message = "stored artifact for digest '\(facts.artifact.revision)'"
        for type in [SourceCondition.ready, SourceCondition.artifactInStorage] {
            conditions.set(
                Condition(type, .true, reason: "Succeeded", message: message, observedGeneration: generation),
                now: now
            )
        }
        if let verification = facts.verification {
            conditions.set(
                Condition(
                    SourceCondition.sourceVerified,
                    verification.isEnforced ? .true : .unknown,
                    reason: verification.isEnforced ? "Succeeded" : Self.notEnforced,
                    message: verification.message,
                    observedGeneration: generation
                ),
                now: now
            )
        } else {
            conditions.remove(SourceCondition.sourceVerified)
        }
    }

    private func write(_ facts: SourceFacts, to status: inout Tree, generation: Int64) {
        status["observedGeneration"] = .number(.init(Int(generation)))
        status["artifact"] = facts.artifact.tree
        status["url"] = .string(facts.latestURL)
        for (field, value) in facts.content.observed { status[field] = value }
        status["observedTrustPolicy"] = facts.verification.flatMap(\.observed)
        status["firstSeen"] = facts.firstSeen?.tree
    }

    private func news(_ source: OCIRepository, _ facts: SourceFacts) -> [ObjectEvent] {
        let isNew = source.artifact?.digest != facts.artifact.digest
        let conditions = source.object.conditions
        let wasFailing = [SourceCondition.fetchFailed, SourceCondition.storageOperationFailed].contains {
            conditions.isTrue($0)
        }
        let wasRefused = conditions[SourceCondition.sourceVerified]?.status == .false
        let warnings = warnings(source.object, facts, isNew: isNew)
        guard isNew || wasFailing || wasRefused else { return warnings }
        let url = source.object.tree[path: ["spec", "url"]]?.string ?? ""
        var message = "stored artifact with revision '\(facts.artifact.revision)' from '\(url)'"
        let metadata = facts.artifact.metadata
        if let origin = metadata["org.opencontainers.image.source"],
            let revision = metadata["org.opencontainers.image.revision"]
        {
            message += ", origin source '\(origin)', origin revision '\(revision)'"
        }
        return [
            ObjectEvent(
                source.object,
                .info,
                reason: isNew ? "NewArtifact" : Self.recovered,
                message: message,
                metadata: [
                    "\(OCIRepository.group)/revision": facts.artifact.revision,
                    "\(OCIRepository.group)/digest": facts.artifact.digest.description,
                ]
            )
        ] + warnings
    }

    /// Once for each revision that is let pass unverified.
    private func warnings(_ object: KubeObject, _ facts: SourceFacts, isNew: Bool) -> [ObjectEvent] {
        guard let verification = facts.verification, !verification.isEnforced else { return [] }
        let isTold = object.conditions[SourceCondition.sourceVerified]?.reason == Self.notEnforced
        guard isNew || !isTold else { return [] }
        return [ObjectEvent(object, .error, reason: Self.notEnforced, message: verification.message)]
    }

    // MARK: - Failure

    private func fail(
        _ object: KubeObject,
        _ failure: StageFailure,
        _ artifact: OCIRepository.Artifact?,
        _ conditions: inout ConditionList,
        _ now: Timestamp
    ) {
        let generation = object.generation
        let reason = failure.stage.reason(for: failure.underlying)
        func set(_ type: String, _ status: Condition.Status, _ reason: String, _ message: String) {
            conditions.set(
                Condition(type, status, reason: reason, message: message, observedGeneration: generation),
                now: now
            )
        }
        conditions.remove(SourceCondition.revisionHeld)
        // The one that this failure sets stays where it is: a failure that goes on is no news, and no write.
        for type in [SourceCondition.fetchFailed, SourceCondition.storageOperationFailed, SourceCondition.stalled]
        where type != failure.stage.condition {
            conditions.remove(type)
        }
        let isVerdict = failure.stage.condition == SourceCondition.sourceVerified
        set(failure.stage.condition, isVerdict ? .false : .true, reason, failure.message)
        set(SourceCondition.ready, .false, reason, failure.message)
        if failure.isTrustOpen, !isVerdict, artifact != nil {
            let message = "whom to trust has changed or is not known, and what is stored has not been verified since"
            set(SourceCondition.sourceVerified, .unknown, "VerificationPending", message)
        }
        if failure.kind == .terminal {
            conditions.remove(SourceCondition.reconciling)
        } else {
            set(SourceCondition.reconciling, .true, "ProgressingWithRetry", "reconciliation failed and is tried again")
        }
        guard let artifact else {
            conditions.remove(SourceCondition.artifactInStorage)
            conditions.remove(SourceCondition.artifactOutdated)
            return
        }
        // Where the registry did not say what is newest, what was known of that still holds.
        guard let revision = failure.revision else { return }
        if revision.description == artifact.revision {
            conditions.remove(SourceCondition.artifactOutdated)
        } else {
            let message = "new revision '\(revision)' is not stored yet"
            set(SourceCondition.artifactOutdated, .true, "NewRevision", message)
        }
    }

    private static func warning(_ object: KubeObject, _ failure: StageFailure) -> ObjectEvent {
        ObjectEvent(
            object,
            .error,
            reason: failure.stage.reason(for: failure.underlying),
            message: failure.message,
            metadata: failure.revision.map { ["\(OCIRepository.group)/revision": $0.description] } ?? [:]
        )
    }

    private func leastDelay(_ failure: StageFailure) -> Duration {
        if case .transient(let asked?) = failure.kind { return min(asked, interval) }
        return retryAfter
    }
}
