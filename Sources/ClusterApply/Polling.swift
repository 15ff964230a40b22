/// Waits of growing length within a bound.
struct Polling {
    private var delay: Duration
    private let longest: Duration
    private let end: ContinuousClock.Instant

    init(_ settings: ClusterApplier.Settings, timeout: Duration) {
        delay = settings.pollInterval
        longest = settings.longestPollInterval
        end = .now + timeout
    }

    /// Waits; false when the bound is over.
    /// - Throws: `CancellationError`.
    mutating func wait() async throws -> Bool {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return false }
        try await Task.sleep(for: min(delay, left))
        delay = min(delay * 2, longest)
        return true
    }
}
