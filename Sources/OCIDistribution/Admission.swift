import Synchronization

/// Lets at most so many callers with equal keys in at a time; the others wait in the order in which they came.
///
/// Nothing runs on its own: whoever leaves hands their place to the first who waits.
package final class Admission<Key: Hashable & Sendable>: Sendable {
    private struct Line {
        var inside = 0
        var waiting: [(ticket: Int, turn: CheckedContinuation<Bool, Never>)] = []
    }

    private struct State {
        var lines: [Key: Line] = [:]
        var nextTicket = 0
    }

    private let places: Int
    private let state = Mutex(State())

    /// At least one place.
    package init(places: Int) { self.places = max(places, 1) }

    /// Runs `work` with a place, and leaves it when the work ends.
    /// - Throws: what `work` throws; `CancellationError` when the task is cancelled while it waits.
    package func admitted<Result: Sendable>(with key: Key, _ work: () async throws -> Result) async throws -> Result {
        let place = try await enter(key)
        defer { place.leave() }
        return try await work()
    }

    /// Waits for a place.
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func enter(_ key: Key) async throws -> AdmittedPlace {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                // A cancellation after this check finds the continuation in its place.
                let answer = state.withLock { Task.isCancelled ? false : Self.take(key, ticket, turn, places, &$0) }
                if let answer { turn.resume(returning: answer) }
            }
        } onCancel: {
            withdraw(ticket, from: key)
        }
        guard isIn else { throw CancellationError() }
        return AdmittedPlace { self.leave(key) }
    }

    /// A place, where one is free at once.
    func enterIfFree(_ key: Key) -> AdmittedPlace? {
        let isIn = state.withLock { state in
            guard state.lines[key]?.inside ?? 0 < places else { return false }
            state.lines[key, default: Line()].inside += 1
            return true
        }
        return isIn ? AdmittedPlace { self.leave(key) } : nil
    }

    private static func take(
        _ key: Key,
        _ ticket: Int,
        _ turn: CheckedContinuation<Bool, Never>,
        _ places: Int,
        _ state: inout State
    ) -> Bool? {
        var line = state.lines[key] ?? Line()
        defer { state.lines[key] = line }
        guard line.inside >= places else {
            line.inside += 1
            return true
        }
        line.waiting.append((ticket, turn))
        return nil
    }

    private func withdraw(_ ticket: Int, from key: Key) {
        let turn = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let position = state.lines[key]?.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                return nil
            }
            return state.lines[key]?.waiting.remove(at: position).turn
        }
        turn?.resume(returning: false)
    }

    private func leave(_ key: Key) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard var line = state.lines[key] else { return nil }
            let next = line.waiting.isEmpty ? nil : line.waiting.removeFirst().turn
            if next == nil { line.inside -= 1 }
            state.lines[key] = line.inside == 0 ? nil : line
            return next
        }
        next?.resume(returning: true)
    }
}

/// A place that was given; it is left once, however often that is said, and at the latest with the last reference.
final class AdmittedPlace: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(_ action: @escaping @Sendable () -> Void) { self.action = Mutex(action) }

    deinit { leave() }

    func leave() {
        let leaving = action.withLock { action in
            defer { action = nil }
            return action
        }
        leaving?()
    }
}
