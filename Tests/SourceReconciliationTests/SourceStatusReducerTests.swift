import ControllerRuntime
import CoreModel
import KubeModel
import ManifestTree
import Testing

@testable import SluiceAPI
@testable import SourceReconciliation

/// Every outcome against every state before it.
struct SourceStatusReducerTests {
    struct Failure: ModuleError {
        var message: String = "it broke"
        var cause: (any Error)? { nil }
        var kind: FailureKind = .transient(retryAfter: nil)
    }

    static let interval = Duration.seconds(600)
    static let early = Timestamp(seconds: 1_000_000)
    static let late = Timestamp(seconds: 2_000_000)
    static let stored = "ArtifactInStorage=True/Succeeded"
    static let retried = "Reconciling=True/ProgressingWithRetry"

    static func artifact(_ name: String) throws -> OCIRepository.Artifact {
        let digest = try #require(Digest("sha256:" + String(repeating: name, count: 64)))
        return OCIRepository.Artifact(
            digest: digest,
            path: "ocirepository/apps/site/\(digest).tar.gz",
            size: 3,
            url: "http://files.test/\(name)",
            revision: "v1@\(digest)",
            lastUpdateTime: early,
            metadata: [:]
        )
    }

    static func facts(_ name: String, verification: SourceFacts.Verification? = nil) throws -> SourceFacts {
        SourceFacts(
            artifact: try artifact(name),
            latestURL: "http://files.test/latest",
            content: try ContentSettings(source().spec()),
            verification: verification
        )
    }

    static func failure(
        _ stage: SourceStage,
        _ error: any Error = Failure(),
        revision name: String? = nil
    ) throws -> StageFailure {
        let digest = try name.map { try #require(Digest("sha256:" + String(repeating: $0, count: 64))) }
        return StageFailure(stage: stage, revision: digest.map { Revision(name: "v1", digest: $0) }, underlying: error)
    }

    /// The object after each outcome in turn.
    static func source(generation: Int = 1, after outcomes: SourceOutcome...) throws -> OCIRepository {
        var tree: Tree = [
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
            "metadata": [
                "name": "site", "namespace": "apps", "uid": "u", "generation": .number(.init(generation)),
            ],
            "spec": ["url": "oci://registry.test/acme/site", "interval": "10m"],
        ]
        for outcome in outcomes {
            let status = reduce(OCIRepository(try KubeObject(tree)), outcome, now: early).status
            if let status { tree["status"] = status }
        }
        return OCIRepository(try KubeObject(tree))
    }

    static func reduce(_ source: OCIRepository, _ outcome: SourceOutcome, now: Timestamp = late)
        -> SourceStatusReducer.Reduction
    {
        SourceStatusReducer(interval: interval, retryAfter: .zero).reduce(source, outcome, now: now)
    }

    /// A failure of a stage and all that becomes of it.
    struct StageCase: Sendable {
        let stage: SourceStage
        let error: any ModuleError
        let conditions: [String]
        let outcome: ReconcileOutcome
        let observesGeneration: Bool

        init(
            _ stage: SourceStage,
            _ error: any ModuleError,
            _ conditions: [String],
            _ outcome: ReconcileOutcome = .failed(atLeast: .zero),
            observesGeneration: Bool = false
        ) {
            (self.stage, self.error, self.conditions) = (stage, error, conditions)
            (self.outcome, self.observesGeneration) = (outcome, observesGeneration)
        }
    }

    static let stages: [StageCase] = [
        StageCase(
            .plan,
            SpecError(field: "spec.url", "is bad"),
            ["Ready=False/URLInvalid", "Stalled=True/URLInvalid"],
            .settled,
            observesGeneration: true
        ),
        StageCase(
            .plan,
            SpecError(field: "spec.interval", "is bad"),
            ["Ready=False/InvalidSpec", "Stalled=True/InvalidSpec"],
            .settled,
            observesGeneration: true
        ),
        StageCase(
            .trust,
            Failure(),
            ["Ready=False/VerificationError", retried, "SourceVerified=False/VerificationError"]
        ),
        StageCase(
            .credentials,
            Failure(),
            ["FetchFailed=True/AuthenticationFailed", "Ready=False/AuthenticationFailed", retried]
        ),
        StageCase(
            .resolve,
            Failure(),
            ["FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed", retried]
        ),
        StageCase(
            .resolve,
            Failure(kind: .transient(retryAfter: .seconds(60))),
            ["FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed", retried],
            .failed(atLeast: .seconds(60))
        ),
        StageCase(
            .resolve,
            Failure(kind: .transient(retryAfter: .seconds(86400))),
            ["FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed", retried],
            .failed(atLeast: interval)
        ),
        StageCase(
            .verify,
            Failure(),
            ["Ready=False/VerificationError", retried, "SourceVerified=False/VerificationError"]
        ),
        StageCase(
            .fetch,
            Failure(),
            ["FetchFailed=True/OCIArtifactPullFailed", "Ready=False/OCIArtifactPullFailed", retried]
        ),
        // Nothing but the spec is beyond retrying, whatever an error says of itself.
        StageCase(
            .unpack,
            Failure(kind: .terminal),
            [
                "FetchFailed=True/OCIArtifactLayerOperationFailed", "Ready=False/OCIArtifactLayerOperationFailed",
                retried,
            ]
        ),
        StageCase(
            .store,
            Failure(),
            ["Ready=False/ArchiveOperationFailed", retried, "StorageOperationFailed=True/ArchiveOperationFailed"]
        ),
    ]

    @Test(arguments: stages)
    func aFailureWithNothingStored(item: StageCase) throws {
        let failure = try Self.failure(item.stage, item.error)
        let reduction = Self.reduce(try Self.source(), .failed(failure, artifact: nil))
        let status = try #require(reduction.status)
        #expect(SourceFixture.conditions(status) == item.conditions)
        #expect(reduction.outcome == item.outcome)
        #expect((status["observedGeneration"]?.integer == 1) == item.observesGeneration)
        #expect(status["artifact"] == nil)
        #expect(reduction.events.map(\.message) == [item.error.message])
        #expect(reduction.events.map(\.severity) == [.error])
        #expect(reduction.events.map { "Ready=False/\($0.reason)" } == item.conditions.filter { $0.hasPrefix("Ready") })
    }

    @Test(arguments: stages)
    func aFailureWithAnArtifactStored(item: StageCase) throws {
        let source = try Self.source(after: .published(Self.facts("a")))
        let failure = try Self.failure(item.stage, item.error)
        let reduction = Self.reduce(source, .failed(failure, artifact: source.artifact))
        let status = try #require(reduction.status)
        #expect(SourceFixture.conditions(status) == ([Self.stored] + item.conditions).sorted())
        #expect(status["artifact"] == source.object.tree[path: ["status", "artifact"]])
        #expect(status["url"] == "http://files.test/latest")
        #expect(reduction.outcome == item.outcome)
    }

    @Test(arguments: stages)
    func theSameFailureAgainIsNeitherWrittenNorTold(item: StageCase) throws {
        let failure = try Self.failure(item.stage, item.error, revision: "b")
        let artifact = try Self.artifact("a")
        let source = try Self.source(after: .published(Self.facts("a")), .failed(failure, artifact: artifact))
        let reduction = Self.reduce(source, .failed(failure, artifact: artifact))
        #expect(reduction.status == nil)
        #expect(reduction.events.isEmpty)
        #expect(reduction.outcome == item.outcome)
    }

    @Test(arguments: stages)
    func successAfterAFailureLeavesNothingOfIt(item: StageCase) throws {
        let failure = try Self.failure(item.stage, item.error, revision: "b")
        let source = try Self.source(
            after: .published(Self.facts("a")),
            .failed(failure, artifact: Self.artifact("a"))
        )
        let reduction = Self.reduce(source, .unchanged(try Self.facts("a")))
        let status = try #require(reduction.status)
        #expect(SourceFixture.conditions(status) == [Self.stored, "Ready=True/Succeeded"])
        #expect(reduction.outcome == .again(after: Self.interval))
        let tells = [.trust, .credentials, .resolve, .verify, .fetch, .unpack, .store].contains(item.stage)
        #expect(reduction.events.map(\.reason) == (tells ? ["Succeeded"] : []))
    }

    @Test(arguments: stages, stages)
    func oneFailureAfterAnotherLeavesOnlyTheSecond(first: StageCase, second: StageCase) throws {
        let source = try Self.source(after: .failed(Self.failure(first.stage, first.error), artifact: nil))
        let outcome = SourceOutcome.failed(try Self.failure(second.stage, second.error), artifact: nil)
        let status = Self.reduce(source, outcome).status ?? source.object.tree["status"]
        // A verdict stands until there is another one.
        let verdicts: [SourceStage] = [.trust, .verify]
        let verdict =
            verdicts.contains(first.stage) && !verdicts.contains(second.stage)
            ? ["SourceVerified=False/VerificationError"] : []
        #expect(SourceFixture.conditions(status) == (second.conditions + verdict).sorted())
    }

    @Test func aPublishedArtifactIsTold() throws {
        let reduction = Self.reduce(try Self.source(generation: 7), .published(try Self.facts("a")))
        let status = try #require(reduction.status)
        #expect(SourceFixture.conditions(status) == [Self.stored, "Ready=True/Succeeded"])
        #expect(status["observedGeneration"]?.integer == 7)
        #expect(ConditionList(status["conditions"]).allSatisfy { $0.observedGeneration == 7 })
        #expect(reduction.events.map(\.reason) == ["NewArtifact"])
        let event = try #require(reduction.events.first)
        let artifact = try Self.artifact("a")
        #expect(
            event.message
                == "stored artifact with revision '\(artifact.revision)' from 'oci://registry.test/acme/site'"
        )
        #expect(
            event.metadata == [
                "source.toolkit.fluxcd.io/revision": artifact.revision,
                "source.toolkit.fluxcd.io/digest": artifact.digest.description,
            ]
        )
    }

    @Test func nothingNewIsNeitherWrittenNorTold() throws {
        let verification = SourceFacts.Verification(seal: "p", message: "verified by a key")
        let facts = try Self.facts("a", verification: verification)
        let reduction = Self.reduce(try Self.source(after: .published(facts)), .unchanged(facts))
        #expect(reduction.status == nil)
        #expect(reduction.events.isEmpty)
        #expect(reduction.outcome == .again(after: Self.interval))
    }

    @Test func aVerdictIsRecordedAndGoesWithThePolicy() throws {
        let verification = SourceFacts.Verification(seal: "p", message: "verified by a key")
        let verified = try Self.source(after: .published(Self.facts("a", verification: verification)))
        #expect(
            SourceFixture.conditions(verified.object.tree["status"])
                == [Self.stored, "Ready=True/Succeeded", "SourceVerified=True/Succeeded"]
        )
        #expect(verified.object.tree[path: ["status", "observedTrustPolicy"]] == "p")
        let status = try #require(Self.reduce(verified, .unchanged(try Self.facts("a"))).status)
        #expect(SourceFixture.conditions(status) == [Self.stored, "Ready=True/Succeeded"])
        #expect(status["observedTrustPolicy"] == nil)
    }

    @Test func theTransitionTimeIsThatOfTheChange() throws {
        let source = try Self.source(after: .published(Self.facts("a")))
        let status = try #require(Self.reduce(source, .published(try Self.facts("b"))).status)
        #expect(ConditionList(status["conditions"])["Ready"]?.lastTransitionTime == Self.early)
        let failed = Self.reduce(source, .failed(try Self.failure(.fetch), artifact: source.artifact)).status
        #expect(ConditionList(failed?["conditions"])["Ready"]?.lastTransitionTime == Self.late)
        #expect(ConditionList(failed?["conditions"])["ArtifactInStorage"]?.lastTransitionTime == Self.early)
    }
}
