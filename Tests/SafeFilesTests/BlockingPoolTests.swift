import SafeFiles
import Testing

@Suite struct BlockingPoolTests {
    private final class Held: Sendable {}

    /// Jobs hold open files and leases: a pool with nothing more to do must not keep those of its last job.
    @Test func letsGoOfWhatAJobHeld() async throws {
        let pool = BlockingPool(threads: 1)
        weak var seen: Held?
        do {
            let held = Held()
            seen = held
            for _ in 0..<3 { try await pool.run { withExtendedLifetime(held) {} } }
        }
        // The thread drops its job a moment after it has given the answer.
        while seen != nil { try await Task.sleep(for: .milliseconds(1)) }
    }
}
