import Synchronization

/// A bounded number of permits, given in the order they were asked for.
package final class PermitPool: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var available: Int
        var nextID = 0
        var waiters: [Waiter] = []
        /// Those whose task was cancelled before they stood in the queue.
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    package init(_ count: Int) { state = Mutex(State(available: max(1, count))) }

    /// Runs the closure while holding one permit.
    /// - Throws: `CancellationError` when the task is cancelled while it waits; whatever the closure throws.
    package func withPermit<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await acquire()
        defer { release() }
        return try await body()
    }

    private func acquire() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(Waiter(id: id, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func enqueue(_ waiter: Waiter) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            if state.cancelled.contains(waiter.id) { return .failure(CancellationError()) }
            if state.available > 0 {
                state.available -= 1
                return .success(())
            }
            state.waiters.append(waiter)
            return nil
        }
        if let answer { waiter.continuation.resume(with: answer) }
    }

    private func cancel(_ id: Int) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    private func release() {
        let next: Waiter? = state.withLock { state in
            if state.waiters.isEmpty {
                state.available += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.continuation.resume()
    }
}
