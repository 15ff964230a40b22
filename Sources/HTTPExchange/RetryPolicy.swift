/// How often a failed request is sent again, and after which pauses. It decides; the caller waits and sends.
package struct RetryPolicy: Hashable, Sendable {
    /// All attempts together, the first one included.
    package var attempts: Int
    /// The bound of the pause after the first failure; it doubles with every further one.
    package var firstPause: Duration
    /// No pause is longer. Who asks for a longer one is left alone: that is for the caller to come back to.
    package var longestPause: Duration

    package init(attempts: Int, firstPause: Duration, longestPause: Duration) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Statuses that another attempt may mend.
    package static let passingStatuses: Set<Int> = [408, 429, 500, 502, 503, 504]

    /// The pause after that many failures, or nil when there have been enough, or when more is `asked` for (see
    /// `RetryAfter`) than is waited here.
    ///
    /// Exponential back-off with full jitter, so that many clients that failed together do not return together.
    package func pause(
        afterFailures failures: Int,
        asked: Duration?,
        using random: inout some RandomNumberGenerator
    ) -> Duration? {
        guard failures < attempts else { return nil }
        let backoff = bound(failures) * Double.random(in: 0..<1, using: &random)
        guard let asked else { return backoff }
        return asked > longestPause ? nil : max(asked, backoff)
    }

    private func bound(_ failures: Int) -> Duration {
        // Beyond that the bound is the longest pause for any sensible base, and shifts would overflow.
        min(firstPause * (1 << min(max(failures, 1) - 1, 20)), longestPause)
    }
}

extension HTTPError {
    /// Another attempt within seconds may go better. A certificate that was refused will not be another one by then,
    /// and whoever took the whole time of a request once would do so again.
    package var mayPass: Bool {
        switch code {
        case .nameLookup, .connection, .incompleteBody, .proxy: true
        case .tls, .timeout, .tooLarge, .redirect, .invalidRequest, .cancelled: false
        }
    }
}
