import KubeModel
import Testing

@testable import ControllerRuntime

struct WorkQueueStateTests {
    @Test func aKeyIsQueuedOnce() {
        var queue = WorkQueueState<String>()
        queue.add("a")
        queue.add("b")
        queue.add("a")
        #expect(queue.take() == "a")
        #expect(queue.take() == "b")
        #expect(queue.take() == nil)
    }

    @Test func aKeyThatChangesUnderWorkComesAgainAfterwards() {
        var queue = WorkQueueState<String>()
        queue.add("a")
        #expect(queue.take() == "a")
        queue.add("a")
        queue.add("a")
        #expect(queue.take() == nil, "two workers never have the same key")
        queue.finish("a")
        #expect(queue.take() == "a")
        queue.finish("a")
        #expect(queue.take() == nil)
    }

    @Test func theEarlierDeadlineCounts() {
        var queue = WorkQueueState<String>()
        queue.add("a", at: .seconds(10))
        queue.add("a", at: .seconds(5))
        queue.add("a", at: .seconds(20))
        #expect(queue.nextDeadline == .seconds(5))
        queue.advance(to: .seconds(4))
        #expect(queue.take() == nil)
        queue.advance(to: .seconds(5))
        #expect(queue.take() == "a")
        #expect(queue.delayedCount == 0)
    }

    @Test func anImmediateAddTakesTheDeadlineAway() {
        var queue = WorkQueueState<String>()
        queue.add("a", at: .seconds(5))
        queue.add("a")
        #expect(queue.take() == "a")
        queue.finish("a")
        queue.advance(to: .seconds(100))
        #expect(queue.take() == nil)
    }

    @Test func deadlinesComeInOrderWhateverTheOrderOfAdding() {
        var queue = WorkQueueState<Int>()
        let order = [7, 3, 9, 1, 8, 2, 6, 4, 5, 0]
        for number in order { queue.add(number, at: .seconds(number)) }
        queue.forget(4)
        queue.advance(to: .seconds(100))
        var taken: [Int] = []
        while let number = queue.take() { taken.append(number) }
        #expect(taken == [0, 1, 2, 3, 5, 6, 7, 8, 9])
    }
}

struct WorkQueueTests {
    static let backoff = Backoff(least: .milliseconds(10), most: .milliseconds(40), randomness: { 0 })

    @Test(arguments: [(1, 10), (2, 20), (3, 40), (4, 40), (60, 40)])
    func backoffDoublesUpToItsBound(failures: Int, milliseconds: Int) {
        #expect(Self.backoff.delay(afterFailures: failures) == .milliseconds(milliseconds))
    }

    @Test func waitersWakeForKeysDeadlinesAndTheEnd() async {
        let queue = WorkQueue<String>(backoff: Self.backoff)
        async let first = queue.next()
        queue.add("now")
        #expect(await first == "now")
        queue.finish("now")
        queue.add("later", after: .milliseconds(20))
        #expect(await queue.next() == "later")
        queue.finish("later")
        queue.retry("failed")
        #expect(await queue.next() == "failed")
        async let last = queue.next()
        queue.close()
        #expect(await last == nil)
    }

    @Test func cancellationEndsTheWait() async {
        let queue = WorkQueue<String>(backoff: Self.backoff)
        let got = await withTaskGroup(of: String?.self) { group in
            group.addTask { await queue.next() }
            group.cancelAll()
            return await group.next() ?? "nothing"
        }
        #expect(got == nil)
    }

    @Test func manyWorkersShareTheKeysWithoutLoss() async {
        let queue = WorkQueue<Int>(backoff: Self.backoff)
        for key in 0..<500 { queue.add(key) }
        let seen = await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var keys: [Int] = []
                    while let key = await queue.next() {
                        keys.append(key)
                        queue.finish(key)
                        if queue.depth == 0 { queue.close() }
                    }
                    return keys
                }
            }
            return await group.reduce(into: [Int]()) { $0 += $1 }
        }
        #expect(seen.sorted() == Array(0..<500))
    }
}

struct DeadlineTests {
    @Test func resultsAndErrorsPassThrough() async throws {
        #expect(try await Deadline.run(within: .seconds(60), message: "late") { 7 } == 7)
        await #expect(throws: CancellationError.self) {
            try await Deadline.run(within: .seconds(60), message: "late") { throw CancellationError() }
        }
    }

    @Test func workThatTakesTooLongIsCancelledAndNamed() async {
        await #expect {
            try await Deadline.run(within: .milliseconds(20), message: "it took too long") {
                try await Task.sleep(for: .seconds(3600))
            }
        } throws: { ($0 as? DeadlineError)?.message == "it took too long" }
    }
}
