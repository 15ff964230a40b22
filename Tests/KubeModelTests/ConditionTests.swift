import CoreModel
import KubeModel
import ManifestTree
import Testing

@Suite("Conditions")
struct ConditionTests {
    private let early = Timestamp(seconds: 1_000)
    private let late = Timestamp(seconds: 2_000)

    @Test func keepsTheTransitionTimeWhileTheStatusStays() {
        var list = ConditionList()
        list.set(Condition("Ready", .false, reason: "A", message: "a"), now: early)
        list.set(Condition("Ready", .false, reason: "B", message: "b", observedGeneration: 2), now: late)
        #expect(list["Ready"]?.lastTransitionTime == early)
        #expect(list["Ready"]?.reason == "B")
        #expect(list["Ready"]?.observedGeneration == 2)
        list.set(Condition("Ready", .true, reason: "C", message: "c"), now: late)
        #expect(list["Ready"]?.lastTransitionTime == late)
    }

    @Test func survivesARoundTrip() {
        var list = ConditionList()
        list.set(Condition("Ready", .true, reason: "Ok", message: "fine", observedGeneration: 7), now: early)
        list.set(Condition("Stalled", .unknown, reason: "Hm", message: ""), now: late)
        #expect(ConditionList(list.tree) == list)
        list.remove("Stalled")
        #expect(list.map(\.type) == ["Ready"])
    }

    @Test func readsWhatOthersWroteBadly() {
        let list = ConditionList([["type": "A", "status": "Maybe"], ["status": "True"], "text", ["type": "B"]])
        #expect(list.map(\.type) == ["A", "B"])
        #expect(list["A"]?.status == .unknown)
    }
}
