import ClusterApply
import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI

/// Turns an outcome into a status, events and a time to come again. The only code that knows the conditions of
/// Kustomizations.
struct ApplyStatusReducer: Sendable {
    /// What is to be written and told.
    struct Reduction: Sendable {
        /// The whole new status, nil where it is what the object already has.
        let status: Tree?
        let events: [ObjectEvent]
        let outcome: ReconcileOutcome
    }

    let interval: Duration
    let retryInterval: Duration
    /// How long to wait for what another object has to do; its change wakes us before that.
    let dependencyInterval: Duration

    /// Judges by values alone; `now` goes into transition times.
    func reduce(_ kustomization: Kustomization, _ outcome: ApplyOutcome, now: Timestamp) -> Reduction {
        let object = kustomization.object
        var status = object.tree["status"] ?? .map([:])
        var conditions = object.conditions
        if let revision = outcome.progress.revision { status["lastAttemptedRevision"] = .string(revision) }
        if let inventory = outcome.progress.inventory { status["inventory"] = inventory.tree }
        var events = Self.changeEvents(object, outcome.progress)
        let next: ReconcileOutcome
        if let failure = outcome.failure, failure.kind == .cancelled {
            // What comes next is due at once and will judge; until then the object is on its way.
            events.append(Self.failureEvent(object, failure, outcome.progress))
            next = .settled
        } else if let failure = outcome.failure {
            next = fail(object, failure, outcome.progress, &status, &conditions, now)
            events.append(Self.failureEvent(object, failure, outcome.progress))
        } else {
            succeed(object, outcome.progress, &status, &conditions, now)
            events += successEvents(object, outcome.progress, now)
            next = .again(after: interval)
        }
        if let request = object.annotations[RequestedReconcile.annotation] {
            status["lastHandledReconcileAt"] = .string(request)
        }
        status["conditions"] = conditions.tree
        let isChanged = status != object.tree["status"]
        let tells = isChanged || !outcome.progress.changes.mutations.isEmpty
        return Reduction(status: isChanged ? status : nil, events: tells ? events : [], outcome: next)
    }

    /// The status while the walk goes on: neither ready nor failed.
    static func status(of object: KubeObject, during progress: ApplyProgress, _ message: String, now: Timestamp)
        -> Tree
    {
        var status = object.tree["status"] ?? .map([:])
        var conditions = object.conditions
        func set(_ type: String, _ status: Condition.Status, _ message: String) {
            conditions.set(
                Condition(
                    type,
                    status,
                    reason: "Progressing",
                    message: message,
                    observedGeneration: object.generation
                ),
                now: now
            )
        }
        conditions.remove(ApplyCondition.stalled)
        set(ApplyCondition.reconciling, .true, message)
        set(ApplyCondition.ready, .unknown, "Reconciliation in progress")
        if progress.checksHealth { set(ApplyCondition.healthy, .unknown, message) }
        if let revision = progress.revision { status["lastAttemptedRevision"] = .string(revision) }
        if let inventory = progress.inventory { status["inventory"] = inventory.tree }
        status["conditions"] = conditions.tree
        return status
    }

    private func succeed(
        _ object: KubeObject,
        _ progress: ApplyProgress,
        _ status: inout Tree,
        _ conditions: inout ConditionList,
        _ now: Timestamp
    ) {
        let generation = object.generation
        let revision = progress.revision ?? ""
        for type in [ApplyCondition.reconciling, ApplyCondition.stalled] { conditions.remove(type) }
        let ready = Condition(
            ApplyCondition.ready,
            .true,
            reason: "ReconciliationSucceeded",
            message: "Applied revision: \(revision)",
            observedGeneration: generation
        )
        conditions.set(ready, now: now)
        if progress.checksHealth {
            // The time it took would make every status differ from the last one.
            let healthy = Condition(
                ApplyCondition.healthy,
                .true,
                reason: "Succeeded",
                message: "Health check passed",
                observedGeneration: generation
            )
            conditions.set(healthy, now: now)
        } else {
            conditions.remove(ApplyCondition.healthy)
        }
        status["observedGeneration"] = .number(.init(Int(generation)))
        let isNews =
            status["lastAppliedRevision"]?.string != revision || !progress.changes.mutations.isEmpty
            || !object.conditions.isTrue(ApplyCondition.ready)
        status["lastAppliedRevision"] = .string(revision)
        status["lastAppliedOriginRevision"] = progress.originRevision.map(Tree.string)
        if isNews, let digest = progress.buildDigest {
            let entry = ReconcileHistory.Entry(
                digest: digest,
                status: "ReconciliationSucceeded",
                started: progress.started,
                ended: now,
                revision: revision,
                originRevision: progress.originRevision
            )
            status["history"] = ReconcileHistory.recording(entry, in: status["history"])
        }
    }

    private func fail(
        _ object: KubeObject,
        _ failure: ApplyFailure,
        _ progress: ApplyProgress,
        _ status: inout Tree,
        _ conditions: inout ConditionList,
        _ now: Timestamp
    ) -> ReconcileOutcome {
        let generation = object.generation
        func set(_ type: String, _ status: Condition.Status, _ reason: String, _ message: String) {
            conditions.set(
                Condition(type, status, reason: reason, message: message, observedGeneration: generation),
                now: now
            )
        }
        set(ApplyCondition.ready, .false, failure.stage.reason, failure.message)
        if failure.stage == .health {
            set(ApplyCondition.healthy, .false, failure.stage.reason, failure.message)
        } else if !progress.checksHealth, failure.stage != .source, failure.stage != .dependencies {
            conditions.remove(ApplyCondition.healthy)
        }
        if failure.kind == .terminal {
            conditions.remove(ApplyCondition.reconciling)
            set(ApplyCondition.stalled, .true, failure.stage.reason, failure.message)
            status["observedGeneration"] = .number(.init(Int(generation)))
            return .settled
        }
        conditions.remove(ApplyCondition.stalled)
        set(ApplyCondition.reconciling, .true, "ProgressingWithRetry", "reconciliation failed and is tried again")
        if let digest = progress.buildDigest, object.conditions[ApplyCondition.ready]?.reason != failure.stage.reason {
            let entry = ReconcileHistory.Entry(
                digest: digest,
                status: failure.stage.reason,
                started: progress.started,
                ended: now,
                revision: progress.revision ?? "",
                originRevision: progress.originRevision
            )
            status["history"] = ReconcileHistory.recording(entry, in: status["history"])
        }
        return .again(after: failure.kind == .waiting ? dependencyInterval : retryInterval)
    }

    // MARK: - Events

    private static func metadata(_ progress: ApplyProgress) -> [String: String] {
        var metadata: [String: String] = [:]
        metadata["\(Kustomization.group)/revision"] = progress.revision
        metadata["\(Kustomization.group)/originRevision"] = progress.originRevision
        return metadata
    }

    /// One event for what was applied and one for what was pruned, each with a line for every object.
    private static func changeEvents(_ object: KubeObject, _ progress: ApplyProgress) -> [ObjectEvent] {
        let deleted = progress.changes.mutations.filter { $0.action == .deleted }
        let applied = progress.changes.mutations.filter { $0.action != .deleted }
        return [(applied, "Progressing"), (deleted, "ReconciliationSucceeded")].compactMap { entries, reason in
            guard !entries.isEmpty else { return nil }
            return ObjectEvent(
                object,
                .info,
                reason: reason,
                message: entries.map(\.description).joined(separator: "\n"),
                metadata: metadata(progress)
            )
        }
    }

    private static func failureEvent(_ object: KubeObject, _ failure: ApplyFailure, _ progress: ApplyProgress)
        -> ObjectEvent
    {
        ObjectEvent(
            object,
            failure.kind == .waiting || failure.kind == .cancelled ? .info : .error,
            reason: failure.kind == .cancelled ? "HealthCheckCanceled" : failure.stage.reason,
            message: failure.message,
            metadata: metadata(progress)
        )
    }

    private func successEvents(_ object: KubeObject, _ progress: ApplyProgress, _ now: Timestamp) -> [ObjectEvent] {
        let wasReady = object.conditions.isTrue(ApplyCondition.ready)
        let isNew = object.tree[path: ["status", "lastAppliedRevision"]]?.string != progress.revision
        guard isNew || !wasReady || !progress.changes.mutations.isEmpty else { return [] }
        var metadata = Self.metadata(progress)
        metadata["\(Kustomization.group)/commit_status"] = "update"
        let took = GoDuration.format(.milliseconds(Int((now - progress.started) / .milliseconds(1))))
        return [
            ObjectEvent(
                object,
                .info,
                reason: "ReconciliationSucceeded",
                message: "Reconciliation finished in \(took), next run in \(GoDuration.format(interval))",
                metadata: metadata
            )
        ]
    }
}
