import CoreModel
import KubeModel
import Logging
import ManifestTree
import Metrics
import Synchronization
import Testing

@testable import ControllerRuntime

struct ElectionTests {
    static let now = Timestamp(seconds: 1_000_000)

    static func lease(_ holder: String, renewed: Int64 = 0, transitions: Int64 = 3) -> LeaseRecord {
        LeaseRecord(
            holder: holder,
            duration: .seconds(15),
            acquired: now,
            renewed: Timestamp(seconds: renewed),
            transitions: transitions
        )
    }

    @Test func aFreeLeaseIsTaken() {
        var state = ElectionState(identity: "me", leaseDuration: .seconds(15))
        for lease in [nil, Self.lease("")] {
            guard case .write(let record) = state.decide(on: lease, elapsed: .zero, now: Self.now) else {
                Issue.record("not taken")
                continue
            }
            #expect(record.holder == "me")
            #expect(record.transitions == (lease == nil ? 0 : 4))
        }
    }

    @Test func anotherOnesLeaseIsRespectedUntilItStoppedChangingForItsDuration() {
        var state = ElectionState(identity: "me", leaseDuration: .seconds(15))
        #expect(state.decide(on: Self.lease("you"), elapsed: .seconds(0), now: Self.now) == .follow("you"))
        #expect(state.decide(on: Self.lease("you"), elapsed: .seconds(14), now: Self.now) == .follow("you"))
        #expect(
            state.decide(on: Self.lease("you", renewed: 1), elapsed: .seconds(20), now: Self.now) == .follow("you"),
            "it was renewed: the clock starts anew"
        )
        #expect(state.decide(on: Self.lease("you", renewed: 1), elapsed: .seconds(34), now: Self.now) == .follow("you"))
        guard
            case .write(let record) = state.decide(
                on: Self.lease("you", renewed: 1),
                elapsed: .seconds(35),
                now: Self.now
            )
        else {
            Issue.record("an expired lease was not taken")
            return
        }
        #expect(record.holder == "me")
        #expect(record.transitions == 4)
    }

    @Test func ourOwnLeaseIsRenewed() {
        var state = ElectionState(identity: "me", leaseDuration: .seconds(15))
        let decision = state.decide(on: Self.lease("me"), elapsed: .zero, now: Self.now)
        guard case .write(let record) = decision else {
            Issue.record("not renewed")
            return
        }
        #expect(record.renewed == Self.now)
        #expect(record.transitions == 3)
    }
}

struct EventTests {
    @Test func repetitionsAreDroppedThenCountedThenToldAnew() throws {
        var known = EventDeduplicator()
        let signature = EventSignature(uid: "u", severity: .info, reason: "r", message: "m")
        let start = Timestamp(seconds: 1000)
        guard case .create = known.decide(signature, at: start) else {
            Issue.record("a new event was not created")
            return
        }
        known.remember(signature, .init(key: ObjectKey(namespace: "n", name: "e"), first: start, last: start, count: 1))
        guard case .drop = known.decide(signature, at: start + .seconds(30)) else {
            Issue.record("a repetition within a minute was told")
            return
        }
        guard case .count(let raised) = known.decide(signature, at: start + .seconds(90)) else {
            Issue.record("a later repetition was not counted")
            return
        }
        #expect(raised.count == 2)
        guard case .create = known.decide(signature, at: start + .seconds(3600)) else {
            Issue.record("an old event was counted though the API server forgot it")
            return
        }
    }

    @Test func notificationsHaveFluxesFields() throws {
        var object = try WatcherTests.object("a", 1)
        object.annotations = ["event.toolkit.fluxcd.io/team": "blue", "other": "x"]
        let event = ObjectEvent(object, .error, reason: "Broken", message: "it broke", metadata: ["k": "v"])
        let body = event.notification(controller: "sluice", instance: "pod", at: Timestamp(seconds: 0))
        #expect(body["severity"] == "error")
        #expect(body["metadata"] == ["k": "v", "event.toolkit.fluxcd.io/team": "blue"])
        #expect(body[path: ["involvedObject", "name"]] == "a")
        #expect(event.record(controller: "c", instance: "i").severity == .warning)
    }
}

struct TelemetryTests {
    @Test func linesHaveTheKeysThatFluxLogsReads() throws {
        let lines = Mutex<[String]>([])
        var handler = JSONLogHandler(label: "controller", level: .info, clock: FixedClock()) { line in
            lines.withLock { $0.append(line) }
        }
        handler.metadata = ["controllerKind": "OCIRepository"]
        let logger = Logger(label: "controller", factory: { _ in handler })
        logger.error("it \"broke\"", metadata: ["error": "why", "name": "a", "namespace": "b"])
        logger.debug("not this")
        let written = lines.withLock { $0 }
        #expect(written.count == 1)
        let line = try JSONReader.parse(Array(try #require(written.first).utf8))
        #expect(line["level"] == "error")
        #expect(line["msg"] == "it \"broke\"")
        #expect(line["ts"] == "1970-01-01T00:00:00.000000Z")
        #expect(line["controllerKind"] == "OCIRepository")
        #expect(line["name"] == "a" && line["namespace"] == "b" && line["error"] == "why")
    }

    @Test func metricsAreWrittenInPrometheusForm() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "requests_total", dimensions: [("host", "a\"b")]).increment(by: 2)
        registry.makeMeter(label: "depth", dimensions: []).set(Double(3))
        let timer = registry.makeTimer(
            label: "gotk_reconcile_duration_seconds",
            dimensions: [("kind", "K"), ("name", "n")]
        )
        timer.recordNanoseconds(5_000_000)
        timer.recordNanoseconds(3_000_000_000_000)
        let text = registry.render()
        #expect(text.contains("# TYPE requests_total counter\nrequests_total{host=\"a\\\"b\"} 2\n"))
        #expect(text.contains("depth 3\n"))
        #expect(text.contains("gotk_reconcile_duration_seconds_bucket{kind=\"K\",name=\"n\",le=\"0.01\"} 1\n"))
        #expect(text.contains("gotk_reconcile_duration_seconds_bucket{kind=\"K\",name=\"n\",le=\"+Inf\"} 2\n"))
        #expect(text.contains("gotk_reconcile_duration_seconds_count{kind=\"K\",name=\"n\"} 2\n"))
        registry.remove(labels: [("kind", "K"), ("name", "n")])
        #expect(!registry.render().contains("gotk_reconcile"))
    }
}

struct MergeDifferenceTests {
    static let pairs: [(old: Tree, new: Tree, change: Tree?)] = [
        (["a": 1], ["a": 1], nil), (["a": 1], ["a": 2], ["a": 2]), (["a": 1, "b": 2], ["a": 1], ["b": .null]),
        (["a": ["x": 1, "y": 2]], ["a": ["x": 1, "z": 3]], ["a": ["y": .null, "z": 3]]),
        (["a": [1, 2]], ["a": [2, 1]], ["a": [2, 1]]), ([:], ["a": ["b": 1]], ["a": ["b": 1]]),
    ]

    @Test(arguments: pairs)
    func leadsFromOneToTheOther(old: Tree, new: Tree, change: Tree?) {
        #expect(MergeDifference.between(old, new) == change)
    }
}

private struct FixedClock: WallClock {
    func now() -> Timestamp { Timestamp(seconds: 0) }
}
