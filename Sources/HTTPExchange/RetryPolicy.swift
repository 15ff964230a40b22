import CoreModel

/// Whether and when a failed exchange is tried again. It decides; the caller waits and sends.
package struct RetryPolicy: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        case giveUp
        case retry(after: Duration)
    }

    /// How an attempt ended.
    package enum Outcome: Sendable {
        /// A response came; `retryAfter` is what it asks for (see `RetryAfter`).
        case status(Int, retryAfter: Duration?)
        /// No response, or one that broke off.
        case failure(any Error)
    }

    /// All attempts together, the first one included.
    package var maximumAttempts: Int
    /// The bound of the wait before the second attempt; it doubles with every further one.
    package var baseDelay: Duration
    /// No wait of our own choice is longer.
    package var maximumDelay: Duration
    /// A `Retry-After` up to this is waited for; a longer one is for the caller to requeue, so the policy gives up.
    package var maximumRetryAfter: Duration
    /// Also repeat methods of which the other side may notice that they came twice (POST, PATCH).
    package var retriesEveryMethod: Bool

    package init(
        maximumAttempts: Int = 4,
        baseDelay: Duration = .milliseconds(500),
        maximumDelay: Duration = .seconds(10),
        maximumRetryAfter: Duration = .seconds(30)
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.maximumRetryAfter = maximumRetryAfter
        retriesEveryMethod = false
    }

    /// Statuses that another attempt may mend.
    package static let transientStatuses: Set<Int> = [408, 429, 500, 502, 503, 504]

    /// What to do after the `attempt`th attempt (the first is 1): exponential back-off with full jitter, so that many
    /// clients that failed together do not return together.
    package func decision(
        after outcome: Outcome,
        of method: HTTPMethod,
        attempt: Int,
        using random: inout some RandomNumberGenerator
    ) -> Decision {
        guard attempt < maximumAttempts, retriesEveryMethod || method.isIdempotent, outcome.isTransient else {
            return .giveUp
        }
        let backoff = backoffBound(attempt) * Double.random(in: 0..<1, using: &random)
        guard let asked = outcome.retryAfter else { return .retry(after: backoff) }
        return asked > maximumRetryAfter ? .giveUp : .retry(after: max(asked, backoff))
    }

    private func backoffBound(_ attempt: Int) -> Duration {
        // Beyond that the bound is the maximum for any sensible base, and shifts would overflow.
        min(baseDelay * (1 << min(max(attempt, 1) - 1, 20)), maximumDelay)
    }
}

extension RetryPolicy.Outcome {
    fileprivate var isTransient: Bool {
        switch self {
        case .status(let status, _): RetryPolicy.transientStatuses.contains(status)
        // A certificate that was refused will not be another one within seconds.
        case .failure(let error as HTTPError) where error.code == .tls: false
        case .failure(let error): if case .transient = FailureKind(of: error) { true } else { false }
        }
    }

    fileprivate var retryAfter: Duration? {
        switch self {
        case .status(_, let retryAfter): retryAfter
        case .failure(let error):
            if case .transient(let retryAfter) = FailureKind(of: error) { retryAfter } else { nil }
        }
    }
}

extension HTTPMethod {
    /// Sending it twice does what sending it once does (RFC 9110 section 9.2.2).
    package var isIdempotent: Bool { self != .post && self != .patch }
}
