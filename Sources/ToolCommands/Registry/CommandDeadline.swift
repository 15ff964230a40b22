import CoreModel

extension RegistryOptions {
    /// How much longer a command may take than each of its requests, which have the same limit: the request that took
    /// too long knows best what it waited for, and is to notice first.
    private static let grace = Duration.milliseconds(50)

    /// Runs everything that a command does over the network within `--timeout`.
    /// - Throws: `ToolError.timeout` when the time is over, and what `work` throws.
    func withinTimeout<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let limit = timeout.duration
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit + Self.grace)
                return nil
            }
            defer { group.cancelAll() }
            if let first = try await group.next(), let value = first { return value }
            group.cancelAll()
            let message = "The command did not finish within \(GoDuration.format(limit)); give it more with --timeout"
            do {
                // It may have come to its end in the same moment, and knows best what it waited for.
                if let last = try await group.next(), let value = last { return value }
            } catch let error as any ModuleError {
                throw ToolError(.timeout, message, cause: error)
            } catch {}
            throw ToolError(.timeout, message)
        }
    }
}
