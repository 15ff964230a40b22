package import CoreModel

/// The work took longer than it was given.
package struct DeadlineError: ModuleError {
    package let message: String
    package var cause: (any Error)? { nil }
    package var kind: FailureKind { .transient }
}

/// Bounds work by time.
package enum Deadline {
    /// Runs the work and cancels it when the time is up. The work has to answer to cancellation; whatever it holds is
    /// given back by its own scopes. The message is made when the time is up, so that it can tell how far the work
    /// came.
    /// - Throws: `DeadlineError` with the message when the time was up; whatever the work throws.
    package static func run<Result: Sendable>(
        within limit: Duration,
        message: @autoclosure @Sendable () -> String,
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            if let result = first { return result }
            let error = DeadlineError(message: message())
            group.cancelAll()
            // What the work ends with after its cancellation says less than the time that ran out, unless it made it
            // after all.
            while let late = await group.nextResult() {
                if case .success(let result?) = late { return result }
            }
            throw error
        }
    }
}
