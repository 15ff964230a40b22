import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import SluiceAPI
import Testing

@testable import ApplyReconciliation
@testable import ClusterApply

/// Every outcome against every state before it.
struct ApplyStatusReducerTests {
    struct Failure: ModuleError {
        var message: String = "it broke"
        var cause: (any Error)? { nil }
        var kind: FailureKind = .transient(retryAfter: nil)
    }

    static let early = Timestamp(seconds: 1_000_000)
    static let late = Timestamp(seconds: 2_000_000)
    static let reducer = ApplyStatusReducer(
        interval: .seconds(600),
        retryInterval: .seconds(120),
        dependencyInterval: .seconds(30)
    )
    static let retried = "Reconciling=True/ProgressingWithRetry"
    static let ready = "Ready=True/ReconciliationSucceeded"
    static let later = ReconcileOutcome.again(after: .seconds(120))
    static let waiting = ReconcileOutcome.again(after: .seconds(30))

    static func identity(_ name: String) -> ObjectIdentity {
        ObjectIdentity(GroupKind(group: "", kind: "ConfigMap"), ObjectKey(namespace: "web", name: name))
    }

    static func inventory(_ names: String...) -> Inventory {
        Inventory(names.map { Inventory.Entry(identity($0), version: "v1") })
    }

    static func changes(_ entries: [(String, ChangeSet.Action)]) -> ChangeSet {
        ChangeSet(entries.map { ChangeSet.Entry(identity($0.0), version: "v1", $0.1) })
    }

    /// A reconcile that went well as far as it went.
    static func outcome(
        revision: String? = "v1@sha256:a",
        changes: [(String, ChangeSet.Action)] = [],
        checksHealth: Bool = false,
        failure: ApplyFailure? = nil
    ) throws -> ApplyOutcome {
        var progress = ApplyProgress()
        progress.revision = revision
        progress.originRevision = "main@1"
        progress.buildDigest = Digest("sha256:" + String(repeating: "a", count: 64))
        progress.inventory = inventory("a")
        progress.changes = Self.changes(changes)
        progress.checksHealth = checksHealth
        progress.started = early
        return ApplyOutcome(progress: progress, failure: failure)
    }

    /// The object after each outcome in turn.
    static func kustomization(generation: Int = 1, after outcomes: ApplyOutcome...) throws -> Kustomization {
        var tree: Tree = [
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": [
                "name": "site", "namespace": "apps", "uid": "u", "generation": .number(.init(generation)),
            ],
            "spec": ["interval": "10m"],
        ]
        for outcome in outcomes {
            let status = reducer.reduce(Kustomization(try KubeObject(tree)), outcome, now: early).status
            if let status { tree["status"] = status }
        }
        return Kustomization(try KubeObject(tree))
    }

    /// A failure of a stage and all that becomes of it.
    struct StageCase: Sendable, CustomTestStringConvertible {
        let stage: ApplyStage
        let error: any ModuleError
        var checksHealth = false
        let conditions: [String]
        var outcome = ApplyStatusReducerTests.later
        var severity = ObjectEvent.Severity.error

        var testDescription: String { "\(stage) \(error) \(checksHealth)" }
        var isTerminal: Bool { outcome == .settled }
        var failure: ApplyFailure { ApplyFailure(stage: stage, underlying: error) }

        /// The same where the object was healthy before: a health check that was not reached says nothing new.
        var conditionsAfterHealth: [String] {
            let keeps = stage != .health && (checksHealth || stage == .source || stage == .dependencies)
            return keeps ? (["Healthy=True/Succeeded"] + conditions).sorted() : conditions
        }
    }

    static let stages: [StageCase] = [
        StageCase(
            stage: .plan,
            error: SpecError(field: "spec.interval", "is bad"),
            conditions: ["Ready=False/InvalidSpec", "Stalled=True/InvalidSpec"],
            outcome: .settled
        ),
        StageCase(
            stage: .access,
            error: SpecError(field: "spec.sourceRef.namespace", "is another"),
            conditions: ["Ready=False/AccessDenied", "Stalled=True/AccessDenied"],
            outcome: .settled
        ),
        StageCase(
            stage: .source,
            error: NotReadyYet(message: "no artifact"),
            conditions: ["Ready=False/ArtifactFailed", retried],
            outcome: waiting,
            severity: .info
        ),
        StageCase(stage: .source, error: Failure(), conditions: ["Ready=False/ArtifactFailed", retried]),
        StageCase(
            stage: .dependencies,
            error: NotReadyYet(message: "not yet"),
            conditions: ["Ready=False/DependencyNotReady", retried],
            outcome: waiting,
            severity: .info
        ),
        StageCase(
            stage: .build,
            error: Failure(kind: .terminal),
            conditions: ["Ready=False/BuildFailed", retried]
        ),
        StageCase(
            stage: .apply,
            error: ApplyError(.applyFailed, "refused"),
            checksHealth: true,
            conditions: ["Ready=False/ReconciliationFailed", retried]
        ),
        StageCase(
            stage: .apply,
            error: ApplyError(.invalidObject, "twice"),
            conditions: ["Ready=False/ReconciliationFailed", retried]
        ),
        StageCase(
            stage: .prune,
            error: ApplyError(.pruneFailed, "held"),
            conditions: ["Ready=False/PruneFailed", retried]
        ),
        StageCase(
            stage: .health,
            error: ApplyError(.readyTimeout, "timeout waiting for: [ConfigMap/web/a status: 'InProgress']"),
            checksHealth: true,
            conditions: ["Healthy=False/HealthCheckFailed", "Ready=False/HealthCheckFailed", retried]
        ),
    ]

    @Test(arguments: stages)
    func aFailureOfTheFirstReconcile(item: StageCase) throws {
        let outcome = try Self.outcome(checksHealth: item.checksHealth, failure: item.failure)
        let reduction = Self.reducer.reduce(try Self.kustomization(), outcome, now: Self.late)
        let status = try #require(reduction.status)
        #expect(ApplyFixture.conditions(status) == item.conditions)
        #expect(reduction.outcome == item.outcome)
        #expect((status["observedGeneration"]?.integer == 1) == item.isTerminal)
        #expect(status["lastAppliedRevision"] == nil)
        #expect(status["lastAttemptedRevision"] == "v1@sha256:a")
        #expect(ApplyFixture.inventory(status) == ["web_a__ConfigMap"])
        #expect(reduction.events.map(\.severity) == [item.severity])
        #expect(reduction.events.map(\.reason) == [item.stage.reason])
        #expect(reduction.events.first?.message == item.failure.message)
        #expect(reduction.events.first?.metadata["kustomize.toolkit.fluxcd.io/revision"] == "v1@sha256:a")
    }

    @Test(arguments: stages)
    func aFailureAfterSuccessKeepsWhatWasApplied(item: StageCase) throws {
        let before = try Self.kustomization(generation: 3, after: Self.outcome(checksHealth: true))
        let outcome = try Self.outcome(
            revision: "v1@sha256:b",
            checksHealth: item.checksHealth,
            failure: item.failure
        )
        let reduction = Self.reducer.reduce(before, outcome, now: Self.late)
        let status = try #require(reduction.status)
        #expect(ApplyFixture.conditions(status) == item.conditionsAfterHealth)
        #expect(status["lastAppliedRevision"] == "v1@sha256:a")
        #expect(status["lastAttemptedRevision"] == "v1@sha256:b")
        #expect(status["observedGeneration"]?.integer == 3)
    }

    @Test(arguments: stages)
    func theSameFailureAgainIsNeitherWrittenNorTold(item: StageCase) throws {
        let outcome = try Self.outcome(checksHealth: item.checksHealth, failure: item.failure)
        let reduction = Self.reducer.reduce(try Self.kustomization(after: outcome), outcome, now: Self.late)
        #expect(reduction.status == nil)
        #expect(reduction.events.isEmpty)
        #expect(reduction.outcome == item.outcome)
    }

    @Test(arguments: stages)
    func successAfterAFailureLeavesNothingOfIt(item: StageCase) throws {
        let failed = try Self.outcome(checksHealth: item.checksHealth, failure: item.failure)
        let before = try Self.kustomization(after: Self.outcome(), failed)
        let reduction = Self.reducer.reduce(before, try Self.outcome(), now: Self.late)
        let status = try #require(reduction.status)
        #expect(ApplyFixture.conditions(status) == [Self.ready])
        #expect(reduction.events.map(\.reason) == ["ReconciliationSucceeded"])
        #expect(status["history"]?.list?.first?["lastReconciledStatus"] == "ReconciliationSucceeded")
        #expect(status["history"]?.list?.first?["totalReconciliations"]?.integer == 2)
    }

    @Test(arguments: stages, stages)
    func oneFailureAfterAnotherLeavesOnlyTheSecond(first: StageCase, second: StageCase) throws {
        let before = try Self.kustomization(
            after: Self.outcome(checksHealth: first.checksHealth, failure: first.failure)
        )
        let outcome = try Self.outcome(checksHealth: second.checksHealth, failure: second.failure)
        let status = Self.reducer.reduce(before, outcome, now: Self.late).status ?? before.object.tree["status"]
        // A verdict on health stands until there is another one, or no check.
        let stays =
            first.stage == .health && second.stage != .health
            && (second.checksHealth || second.stage == .source || second.stage == .dependencies)
        let verdict = stays ? ["Healthy=False/HealthCheckFailed"] : []
        #expect(ApplyFixture.conditions(status) == (verdict + second.conditions).sorted())
    }

    @Test func successTellsWhatWasDone() throws {
        let outcome = try Self.outcome(
            changes: [("a", .created), ("b", .configured), ("c", .unchanged), ("d", .skipped), ("e", .deleted)],
            checksHealth: true
        )
        let reduction = Self.reducer.reduce(try Self.kustomization(generation: 4), outcome, now: Self.late)
        let status = try #require(reduction.status)
        #expect(ApplyFixture.conditions(status) == ["Healthy=True/Succeeded", Self.ready])
        #expect(status["observedGeneration"]?.integer == 4)
        #expect(ConditionList(status["conditions"]).allSatisfy { $0.observedGeneration == 4 })
        #expect(status["lastAppliedRevision"] == "v1@sha256:a")
        #expect(status["lastAppliedOriginRevision"] == "main@1")
        #expect(reduction.outcome == .again(after: .seconds(600)))
        #expect(
            reduction.events.map(\.message) == [
                "ConfigMap/web/a created\nConfigMap/web/b configured", "ConfigMap/web/e deleted",
                "Reconciliation finished in 277h46m40s, next run in 10m0s",
            ]
        )
        #expect(
            reduction.events.map(\.reason) == ["Progressing", "ReconciliationSucceeded", "ReconciliationSucceeded"]
        )
        #expect(reduction.events.allSatisfy { $0.severity == .info })
        #expect(reduction.events.last?.metadata["kustomize.toolkit.fluxcd.io/commit_status"] == "update")
    }

    @Test func nothingNewIsNeitherWrittenNorTold() throws {
        let outcome = try Self.outcome(changes: [("a", .unchanged)], checksHealth: true)
        let reduction = Self.reducer.reduce(try Self.kustomization(after: outcome), outcome, now: Self.late)
        #expect(reduction.status == nil)
        #expect(reduction.events.isEmpty)
        #expect(reduction.outcome == .again(after: .seconds(600)))
    }

    @Test func driftThatWasPutRightIsToldAndCounted() throws {
        let before = try Self.kustomization(after: Self.outcome())
        let reduction = Self.reducer.reduce(
            before,
            try Self.outcome(changes: [("a", .configured)]),
            now: Self.late
        )
        #expect(reduction.status?["history"]?.list?.count == 1)
        #expect(reduction.status?["history"]?.list?.first?["totalReconciliations"]?.integer == 2)
        #expect(reduction.events.first?.message == "ConfigMap/web/a configured")
    }

    @Test func theHistoryKeepsFiveBuildsTheNewestFirst() throws {
        var history: Tree?
        for number in 0..<7 {
            let digest = try #require(Digest("sha256:" + String(repeating: "\(number)", count: 64)))
            let entry = ReconcileHistory.Entry(
                digest: digest,
                status: "ReconciliationSucceeded",
                started: Self.early,
                ended: Self.early + .milliseconds(1500),
                revision: "v\(number)",
                originRevision: nil
            )
            history = ReconcileHistory.recording(entry, in: history)
        }
        let revisions = history?.list?.map { $0[path: ["metadata", "revision"]]?.string }
        #expect(revisions == ["v6", "v5", "v4", "v3", "v2"])
        #expect(history?.list?.first?["lastReconciledDuration"] == "1.5s")
    }
}
