import Synchronization

/// A value that becomes known once, and that any number of tasks may wait for.
final class Announcement<Value: Sendable>: Sendable {
    private enum State {
        case open([CheckedContinuation<Value, any Error>])
        case closed(Result<Value, any Error>)
    }

    private let state = Mutex(State.open([]))

    /// Whether the value is known.
    var isAnnounced: Bool {
        state.withLock { state in
            if case .closed(.success) = state { true } else { false }
        }
    }

    func announce(_ value: Value) { close(.success(value)) }

    func fail(_ error: any Error) { close(.failure(error)) }

    /// - Throws: what `fail` was given.
    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Value, any Error>? = state.withLock { state in
                switch state {
                case .closed(let result): return result
                case .open(let waiting):
                    state = .open(waiting + [continuation])
                    return nil
                }
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// The first call decides.
    private func close(_ result: Result<Value, any Error>) {
        let waiting: [CheckedContinuation<Value, any Error>] = state.withLock { state in
            guard case .open(let waiting) = state else { return [] }
            state = .closed(result)
            return waiting
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
