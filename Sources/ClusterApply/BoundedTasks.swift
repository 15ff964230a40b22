/// Runs work on many values with at most `limit` at a time.
enum BoundedTasks {
    /// The results in the order of the values. The first error ends the rest.
    static func map<Value: Sendable, Result: Sendable>(
        _ values: [Value],
        limit: Int,
        _ work: @escaping @Sendable (Value) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: values.count)
            var next = 0
            while next < min(max(1, limit), values.count) {
                let (index, value) = (next, values[next])
                group.addTask { (index, try await work(value)) }
                next += 1
            }
            while let (index, result) = try await group.next() {
                results[index] = result
                guard next < values.count else { continue }
                let (following, value) = (next, values[next])
                group.addTask { (following, try await work(value)) }
                next += 1
            }
            return results.compactMap(\.self)
        }
    }
}
