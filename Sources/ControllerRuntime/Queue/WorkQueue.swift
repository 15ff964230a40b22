import Synchronization

/// A deduplicating queue of keys with deadlines and per-key backoff, shared by watchers and workers.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var rules = WorkQueueState<Key>()
        var failures: [Key: Int] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()
    private let backoff: Backoff
    private let start = ContinuousClock.now

    package init(backoff: Backoff) {
        self.backoff = backoff
    }

    /// Keys that wait for a worker.
    package var depth: Int { state.withLock { $0.rules.dueCount } }

    /// Adds a key that is due now.
    package func add(_ key: Key) {
        state.withLock { $0.rules.add(key) }
        wakeup.signal()
    }

    /// Adds a key that is due after a time.
    package func add(_ key: Key, after delay: Duration) {
        let deadline = elapsed + max(.zero, delay)
        state.withLock { $0.rules.add(key, at: deadline) }
        wakeup.signal()
    }

    /// Adds a key after the backoff that its failures in a row have earned, or after `least` where that is longer.
    package func retry(_ key: Key, atLeast least: Duration = .zero) {
        let failures = state.withLock { state in
            state.failures[key, default: 0] += 1
            return state.failures[key, default: 1]
        }
        add(key, after: max(least, backoff.delay(afterFailures: failures)))
    }

    /// Starts the backoff of a key anew.
    package func succeed(_ key: Key) {
        state.withLock { _ = $0.failures.removeValue(forKey: key) }
    }

    /// Drops the failures and the deadline of a key whose object is gone.
    package func forget(_ key: Key) {
        state.withLock { state in
            state.failures[key] = nil
            state.rules.forget(key)
        }
    }

    /// Waits for a due key; nil once the queue is closed or the task is cancelled. Give the key back with `finish`.
    package func next() async -> Key? {
        while !Task.isCancelled {
            let seen = wakeup.ticket
            let (key, deadline, isClosed) = state.withLock { state in
                state.rules.advance(to: elapsed)
                return (state.isClosed ? nil : state.rules.take(), state.rules.nextDeadline, state.isClosed)
            }
            if isClosed { return nil }
            if let key { return key }
            await wakeup.wait(after: seen, until: deadline.map { start + $0 })
        }
        return nil
    }

    /// Whether a key that is being worked on has been added again since.
    package func isCalledAgain(_ key: Key) -> Bool { state.withLock { $0.rules.isCalledAgain(key) } }

    /// Ends the work on a key that `next` gave.
    package func finish(_ key: Key) {
        state.withLock { $0.rules.finish(key) }
        wakeup.signal()
    }

    /// Makes every waiting and later `next` return nil.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
    }

    private var elapsed: Duration { ContinuousClock.now - start }
}

/// Exponential growth between two bounds, with jitter so that many keys do not come back together.
package struct Backoff: Sendable {
    package let least: Duration
    package let most: Duration
    private let randomness: @Sendable () -> Double

    /// `randomness` yields numbers from 0 up to 1.
    package init(
        least: Duration,
        most: Duration,
        randomness: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.least = least
        self.most = most
        self.randomness = randomness
    }

    /// The delay after so many failures in a row: doubled each time, less up to a tenth.
    package func delay(afterFailures count: Int) -> Duration {
        let doubled = least * pow2(min(max(count, 1) - 1, 30))
        return min(most, doubled) * (1 - 0.1 * randomness())
    }

    private func pow2(_ exponent: Int) -> Int { 1 << exponent }
}
