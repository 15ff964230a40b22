import HTTPExchange
import KubeModel

extension RetryPolicy {
    /// For requests to the API server: short, since longer outages are the caller's to wait for.
    static let apiServer = RetryPolicy(attempts: 4, firstPause: .milliseconds(100), longestPause: .seconds(10))

    /// How long to wait before the next attempt; nil when there shall be none. `attempt` counts from one.
    func pause(after error: KubeError, of request: KubeRequest, attempt: Int) -> Duration? {
        guard error.isWorthAnotherAttempt(of: request) else { return nil }
        var random = SystemRandomNumberGenerator()
        return pause(afterFailures: attempt, asked: error.retryAfter, using: &random)
    }
}

extension KubeError {
    /// Sending the request again may help and cannot do its work twice.
    fileprivate func isWorthAnotherAttempt(of request: KubeRequest) -> Bool {
        switch code {
        // Refused before any work was done.
        case .tooManyRequests: true
        case .unavailable: request.method == .get
        // 504 says nothing about a write; a read can be repeated, unless the server told why it is late.
        case .timeout: request.method == .get && statusCode == 504
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
