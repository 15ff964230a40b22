import ApplyReconciliation
import ControllerRuntime
import ManifestTree
import TestSupport
import Testing

/// The controller dies, or loses the API server, after every single request of a reconcile.
struct InterruptionTests {
    /// What was applied, and what is to be there in the end.
    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let before: [String: String]
        let after: [String: String]
        let left: [String]

        var testDescription: String { name }
    }

    static let changes: [Change] = [
        Change(name: "first", before: [:], after: files("a", "b"), left: ["a", "b"]),
        Change(name: "more", before: files("a"), after: files("a", "b", "c"), left: ["a", "b", "c"]),
        Change(name: "less", before: files("a", "b", "c"), after: files("b"), left: ["b"]),
        Change(name: "others", before: files("a", "b"), after: files("c", "d"), left: ["c", "d"]),
        Change(name: "changed", before: files("a", "b"), after: files("b", "c", value: "2"), left: ["b", "c"]),
    ]

    static func files(_ names: String..., value: String = "1") -> [String: String] {
        Dictionary(uniqueKeysWithValues: names.map { ("\($0).yaml", ApplyFixture.map($0, value)) })
    }

    /// Everything in the cluster that carries our labels is in the inventory.
    static func orphans(_ fixture: ApplyFixture) -> [String] {
        let known = Set(fixture.inventory)
        return fixture.cluster.objects(of: "configmaps").compactMap { map in
            let owner = map[path: ["metadata", "labels", "kustomize.toolkit.fluxcd.io/name"]]
            let name = map[path: ["metadata", "name"]]?.string ?? ""
            return owner == "site" && !known.contains("web_\(name)__ConfigMap") ? name : nil
        }
    }

    /// What becomes of the controller when its connection is gone.
    struct Interruption: Sendable {
        let losesAnswers: Bool
        let dies: Bool
        let concurrency: Int

        static let all = [false, true].flatMap { losesAnswers in
            [false, true].flatMap { dies in
                [1, 8].map { Interruption(losesAnswers: losesAnswers, dies: dies, concurrency: $0) }
            }
        }
    }

    @Test(arguments: changes, Interruption.all)
    func aReconcileAfterwardsFinishesTheWork(change: Change, interruption: Interruption) async throws {
        var count = 0
        while try await interrupt(change, after: count, interruption) { count += 1 }
        #expect(count > change.left.count, "every request was the last one once")
    }

    /// False when the reconcile needed no more requests than that.
    private func interrupt(_ change: Change, after count: Int, _ interruption: Interruption) async throws -> Bool {
        let fixture = try ApplyFixture()
        fixture.configure { $0.concurrency = interruption.concurrency }
        fixture.create()
        if !change.before.isEmpty {
            try fixture.publish(change.before, revision: "one")
            try await fixture.reconcile()
        }
        try fixture.publish(change.after, revision: "two")
        fixture.cluster.answerOnly(count, losingAnswers: interruption.losesAnswers)
        _ = try await fixture.reconcile()
        let wasInterrupted = fixture.cluster.hasFailed
        fixture.cluster.answerOnly(nil)
        #expect(Self.orphans(fixture) == [], "after \(count) requests")

        if interruption.dies {
            fixture.restart()
        } else {
            await fixture.reconcileBlindly()
            #expect(Self.orphans(fixture) == [], "after \(count) requests and a blind retry")
        }
        _ = try await fixture.reconcile()
        #expect(fixture.maps == change.left, "after \(count) requests")
        #expect(fixture.inventory == change.left.map { "web_\($0)__ConfigMap" }, "after \(count) requests")
        #expect(fixture.conditions == ApplyFixture.healthy)
        return wasInterrupted
    }

    @Test(arguments: [false, true])
    func aDeletionAfterwardsLeavesNothing(losingAnswers: Bool) async throws {
        var count = 0
        while true {
            let fixture = try ApplyFixture()
            fixture.create()
            try fixture.publish(Self.files("a", "b", "c"), revision: "one")
            try await fixture.reconcile()
            fixture.cluster.delete(ApplyFixture.path)
            fixture.cluster.answerOnly(count, losingAnswers: losingAnswers)
            _ = try await fixture.reconcile()
            let wasInterrupted = fixture.cluster.hasFailed
            fixture.cluster.answerOnly(nil)
            #expect(fixture.object != .null || fixture.maps == [], "after \(count) requests")
            fixture.restart()
            #expect(try await fixture.reconcile() == .settled)
            #expect(fixture.object == .null)
            #expect(fixture.maps == [])
            guard wasInterrupted else { break }
            count += 1
        }
        #expect(count > 3)
    }

    /// The change of a revision is interrupted, and then the Kustomization is deleted at once.
    @Test(arguments: [false, true])
    func aDeletionInTheMiddleOfAChangeLeavesNothing(losingAnswers: Bool) async throws {
        var count = 0
        while true {
            let fixture = try ApplyFixture()
            fixture.create()
            try fixture.publish(Self.files("a", "b"), revision: "one")
            try await fixture.reconcile()
            try fixture.publish(Self.files("c", "d"), revision: "two")
            fixture.cluster.answerOnly(count, losingAnswers: losingAnswers)
            _ = try await fixture.reconcile()
            let wasInterrupted = fixture.cluster.hasFailed
            fixture.cluster.answerOnly(nil)
            fixture.restart()
            fixture.cluster.delete(ApplyFixture.path)
            #expect(try await fixture.reconcile() == .settled)
            #expect(fixture.maps == [], "after \(count) requests")
            guard wasInterrupted else { break }
            count += 1
        }
        #expect(count > 4)
    }
}
