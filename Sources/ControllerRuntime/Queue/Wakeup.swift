import Synchronization

/// Lets tasks wait for a signal, a deadline or their cancellation, whichever is first.
///
/// A signal is never lost: who takes a ticket, looks at the state and then waits returns at once if there was a signal
/// since.
package final class Wakeup: Sendable {
    private struct State {
        var signals: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// The number of signals so far.
    package var ticket: UInt64 { state.withLock { $0.signals } }

    /// Wakes every waiting task.
    package func signal() {
        let waiters = state.withLock { state in
            state.signals &+= 1
            defer { state.waiters.removeAll() }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once there was a signal after the ticket was taken, at the deadline, or when the task is cancelled.
    package func wait(after ticket: UInt64, until deadline: ContinuousClock.Instant? = nil) async {
        guard let deadline else { return await signalled(after: ticket) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            group.addTask { await self.signalled(after: ticket) }
            await group.next()
            group.cancelAll()
        }
    }

    private func signalled(after ticket: UInt64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.signals != ticket || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume()
        }
    }
}
