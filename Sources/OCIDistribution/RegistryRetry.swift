/// How often a failed request is repeated, and after which pauses. Pure; sleeps nowhere.
package struct RegistryRetry: Sendable {
    /// The first attempt and its repetitions.
    package var attempts: Int
    /// The pause after the first failure; it doubles with each further one.
    package var firstPause: Duration
    package var longestPause: Duration

    package init(attempts: Int, firstPause: Duration, longestPause: Duration) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Few and quick: whoever runs the operation has a back-off of their own.
    package static let registry = RegistryRetry(
        attempts: 3,
        firstPause: .milliseconds(250),
        longestPause: .seconds(5)
    )

    /// The pause after that many failures, or nil when there have been enough or the other side wants to be left alone
    /// for longer than we wait.
    func pause(afterFailures failures: Int, asked: Duration?) -> Duration? {
        guard failures < attempts else { return nil }
        if let asked { return asked <= longestPause ? asked : nil }
        return min(firstPause * (1 << min(failures - 1, 16)), longestPause)
    }
}
