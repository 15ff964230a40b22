import CoreModel
import HTTPExchange
import KubeModel

/// Which failed requests are sent again at once, and how often. Longer outages are the caller's to wait for.
package struct RetryPolicy: Hashable, Sendable {
    /// All attempts together.
    package var attempts: Int
    /// Doubled with each further attempt.
    package var firstDelay: Duration
    /// The longest wait; a server that asks for more gets no further attempt.
    package var longestDelay: Duration

    package init(attempts: Int = 4, firstDelay: Duration = .milliseconds(100), longestDelay: Duration = .seconds(10)) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    package static let standard = RetryPolicy()

    /// How long to wait before the next attempt; nil when there shall be none. `attempt` counts from one.
    func delay(after error: KubeError, of request: KubeRequest, attempt: Int) -> Duration? {
        guard attempt < attempts, isWorthwhile(error, request) else { return nil }
        let doubled = firstDelay * (1 << min(attempt - 1, 16))
        let wait = error.retryAfter ?? min(doubled, longestDelay)
        return wait <= longestDelay ? wait : nil
    }

    private func isWorthwhile(_ error: KubeError, _ request: KubeRequest) -> Bool {
        switch error.code {
        // Refused before any work was done.
        case .tooManyRequests: true
        case .unavailable: request.method == .get
        // 504 says nothing about a write; a read can be repeated, unless the server told why it is late.
        case .timeout: request.method == .get && error.statusCode == 504
        case .connection: request.isIdempotent
        default: false
        }
    }
}

extension KubeRequest {
    /// Doing it twice is as doing it once.
    var isIdempotent: Bool {
        switch method {
        case .get, .head, .delete: true
        case .patch: contentType != "application/json-patch+json"
        case .post, .put: false
        }
    }
}
