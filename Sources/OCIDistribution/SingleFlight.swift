import Synchronization

/// Lets the first of many equal callers work and gives the others its result.
///
/// Nothing runs on its own: the first caller works in its own task. When that one is cancelled, one of those that wait
/// works in its place.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Outcome: Sendable {
        case value(Value)
        case failure(any Error)
        /// The one who worked was cancelled.
        case tryAgain
        /// The one who waits was cancelled.
        case cancelled
    }

    private struct State {
        var flights: [Key: [Int: CheckedContinuation<Outcome, Never>]] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// The value of `work`, by this caller or by an equal one at the same time.
    /// - Throws: what `work` throws; `CancellationError` when this task is cancelled.
    package func value(for key: Key, _ work: () async throws -> Value) async throws -> Value {
        while true {
            if claim(key) { return try await lead(key, work) }
            switch await wait(for: key) {
            case .value(let value): return value
            case .failure(let error): throw error
            case .cancelled: throw CancellationError()
            case .tryAgain: continue
            }
        }
    }

    private func claim(_ key: Key) -> Bool {
        state.withLock { state in
            guard state.flights[key] == nil else { return false }
            state.flights[key] = [:]
            return true
        }
    }

    private func lead(_ key: Key, _ work: () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            finish(key, .value(value))
            return value
        } catch {
            finish(key, Task.isCancelled ? .tryAgain : .failure(error))
            throw error
        }
    }

    private func finish(_ key: Key, _ outcome: Outcome) {
        let waiters = state.withLock { $0.flights.removeValue(forKey: key) ?? [:] }
        for waiter in waiters.values { waiter.resume(returning: outcome) }
    }

    private func wait(for key: Key) async -> Outcome {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation after this check finds the continuation in its place.
                let refusal: Outcome? = state.withLock { state in
                    if Task.isCancelled { return .cancelled }
                    guard state.flights[key] != nil else { return .tryAgain }
                    state.flights[key]?[waiter] = continuation
                    return nil
                }
                if let refusal { continuation.resume(returning: refusal) }
            }
        } onCancel: {
            state.withLock { $0.flights[key]?.removeValue(forKey: waiter) }?.resume(returning: .cancelled)
        }
    }
}
