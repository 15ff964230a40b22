import KubeModel
import Logging
import Synchronization
import Testing

@testable import ControllerRuntime

struct WorkSlotTests {
    @Test func aReconcileThatOnlyWaitsHoldsNobodyUp() async throws {
        let queue = WorkQueue<ObjectKey>(backoff: Backoff(least: .seconds(1), most: .seconds(1)))
        let keys = (0..<3).map { ObjectKey(namespace: "ns", name: "k\($0)") }
        for key in keys { queue.add(key) }
        let begun = Mutex<[String]>([])
        let changed = Wakeup()
        let controller = Controller(queue: queue, concurrency: 1, logger: Logger(label: "test")) { key in
            begun.withLock { $0.append(key.name) }
            changed.signal()
            // One that gives its slot back twice gives back one.
            if key.name != "k1" { for _ in 0..<2 { WorkSlot.current?.release() } }
            try? await Task.sleep(for: .seconds(600))
            return .settled
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await controller.run() }
            while begun.withLock({ $0.count }) < 2 {
                let seen = changed.ticket
                if begun.withLock({ $0.count }) < 2 { await changed.wait(after: seen) }
            }
            #expect(queue.depth == 1)
            #expect(!queue.isCalledAgain(keys[0]))
            queue.add(keys[0])
            #expect(queue.isCalledAgain(keys[0]))
            group.cancelAll()
        }
        #expect(begun.withLock { $0 } == ["k0", "k1"])
    }
}
