import CoreModel
import KubeModel
import ManifestTree
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

struct OutageStateTests {
    /// What happens to the objects a, b, c of one registry, in order, a second apart: `a-` fails, `a+` succeeds, `a.`
    /// is gone; and what is told of each: `!` a failure that is news, `>` the end after so many seconds, `=` the end
    /// that others have told, nothing.
    static let rows: [(why: String, steps: String, told: String)] = [
        ("one failure", "a-", "!"), ("a success", "a+", ""), ("others fail too", "a- b- c-", "!  "),
        ("the first success ends it", "a- b- b+ a+", "!  >2 ="), ("only once", "a- b- a+ b+ a+ b+", "!  >2 =  "),
        ("one that had no part in it", "a- b+ a+", "!  >2"), ("again after its end", "a- a+ b-", "! >1 !"),
        ("the rest fail on after the end", "a- b- a+ b-", "!  >2 !"), ("the object is gone", "a- a. b-", "!  !"),
        ("one of two is gone", "a- b- a. b+", "!   >3"),
    ]

    @Test(arguments: rows)
    func anOutageIsToldOnce(why: String, steps: String, told: String) {
        var state = OutageState()
        var answers: [String] = []
        for (second, step) in steps.split(separator: " ").enumerated() {
            let key = ObjectKey(namespace: "apps", name: String(step.first ?? "?"))
            let now = Timestamp(seconds: Int64(second))
            switch step.last {
            case "-": answers.append(state.failed("r.test", key, at: now) ? "!" : "")
            case "+":
                switch state.answered("r.test", key, at: now) {
                case .none: answers.append("")
                case .over(let time): answers.append(">\(time.components.seconds)")
                case .told: answers.append("=")
                }
            default:
                state.forget(key)
                answers.append("")
            }
        }
        #expect(answers.joined(separator: " ") == told, "\(why)")
    }

    @Test func nothingIsRememberedOfRegistriesThatAnswer() {
        var state = OutageState()
        let (a, b) = (ObjectKey(namespace: "apps", name: "a"), ObjectKey(namespace: "apps", name: "b"))
        _ = state.failed("r.test", a, at: Timestamp(seconds: 0))
        _ = state.failed("r.test", b, at: Timestamp(seconds: 0))
        _ = state.answered("r.test", a, at: Timestamp(seconds: 1))
        #expect(state.count == 1)
        _ = state.answered("r.test", b, at: Timestamp(seconds: 1))
        #expect(state.count == 0)
    }
}

/// What people hear of registries that are away.
struct OutageEventTests {
    private static let names = (0..<20).map { "site-\($0)" }

    private static func fixture() async throws -> SourceFixture {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        for name in names { fixture.create(named: name) }
        try await fixture.reconcile(names)
        #expect(fixture.events.count == names.count, "each has a new artifact")
        return fixture
    }

    @Test func anOutageIsOneEventAndItsEndIsOne() async throws {
        let fixture = try await Self.fixture()
        fixture.registry.failNext(nil, "/manifests/", status: 503, times: .max)
        try await fixture.reconcile(Self.names)
        for name in Self.names {
            #expect(SourceFixture.conditions(fixture.status(of: name)).contains("FetchFailed=True/ReadOperationFailed"))
        }
        let failures = Array(fixture.events.dropFirst(Self.names.count))
        #expect(failures.count == 1)
        #expect(failures.first?.hasSuffix(": ReadOperationFailed") == true)
        let note = "other objects of this registry tell of its outage in their status alone"
        #expect(fixture.context.recorder.waiting.last?.message.hasSuffix(note) == true)

        fixture.registry.behave()
        fixture.clock.advance(by: .seconds(90))
        try await fixture.reconcile(Self.names)
        let ends = Array(fixture.events.dropFirst(Self.names.count + 1))
        #expect(ends.count == 1)
        #expect(ends.first?.hasSuffix(": Succeeded") == true)
        let end = "its registry answers again after 1m30s"
        #expect(fixture.context.recorder.waiting.last?.message.hasSuffix(end) == true)
    }

    @Test func whatConcernsOneObjectIsToldByEach() async throws {
        let fixture = try await Self.fixture()
        fixture.registry.failNext(nil, "/manifests/", status: 404, times: .max)
        try await fixture.reconcile(Self.names)
        #expect(fixture.events.count == 2 * Self.names.count)
    }

    @Test func newArtifactsAreToldThroughAnOutage() async throws {
        let fixture = try await Self.fixture()
        fixture.registry.failNext(nil, "/manifests/", status: 503, times: .max)
        try await fixture.reconcile(Self.names)
        fixture.registry.behave()
        try fixture.push(["a.yaml": "a: 2"])
        let seen = fixture.events.count
        try await fixture.reconcile(Self.names)
        #expect(fixture.events.dropFirst(seen).filter { $0.hasSuffix("NewArtifact") }.count == Self.names.count)
    }
}
