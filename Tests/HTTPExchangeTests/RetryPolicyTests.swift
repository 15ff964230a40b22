import CoreModel
import HTTPExchange
import Testing

/// Always the same bits: all zeros is no jitter, all ones the longest wait.
private struct FixedRandom: RandomNumberGenerator {
    let bits: UInt64
    mutating func next() -> UInt64 { bits }
}

private struct Elsewhere: ModuleError {
    let kind: FailureKind
    var message: String { "Elsewhere" }
    var cause: (any Error)? { nil }
}

@Suite("Retry policy")
struct RetryPolicyTests {
    private func decide(
        _ outcome: RetryPolicy.Outcome,
        _ method: HTTPMethod = .get,
        attempt: Int = 1,
        policy: RetryPolicy = RetryPolicy()
    ) -> RetryPolicy.Decision {
        var random = FixedRandom(bits: .max)
        return policy.decision(after: outcome, of: method, attempt: attempt, using: &random)
    }

    static let statuses: [(Int, Bool)] = [
        (200, false), (301, false), (400, false), (401, false), (403, false), (404, false), (408, true), (409, false),
        (425, false), (429, true), (500, true), (501, false), (502, true), (503, true), (504, true), (505, false),
    ]

    @Test("Only statuses that may pass are retried", arguments: statuses)
    func status(status: Int, isRetried: Bool) {
        #expect((decide(.status(status, retryAfter: nil)) != .giveUp) == isRetried)
    }

    static let errors: [(any Error, Bool, String)] = [
        (HTTPError(.nameLookup, ""), true, "a name server may come back"),
        (HTTPError(.connection, ""), true, "so may a server"),
        (HTTPError(.timeout, ""), true, "or be faster"),
        (HTTPError(.incompleteBody, ""), true, "or finish"),
        (HTTPError(.proxy, ""), true, "or a proxy"),
        (HTTPError(.tls, ""), false, "a certificate stays"),
        (HTTPError(.tooLarge, ""), false, "it will not shrink"),
        (HTTPError(.invalidRequest, ""), false, "it stays invalid"),
        (HTTPError(.cancelled, ""), false, "nobody waits for it"),
        (CancellationError(), false, "nobody waits for it"),
        (Elsewhere(kind: .terminal), false, "it says so itself"),
        (Elsewhere(kind: .transient), true, "it says so itself"),
    ]

    @Test("Errors are judged by their kind", arguments: errors)
    func failure(error: any Error, isRetried: Bool, why: String) {
        #expect((decide(.failure(error)) != .giveUp) == isRetried, "\(why)")
    }

    static let methods: [(HTTPMethod, Bool)] = [
        (.get, true), (.head, true), (.put, true), (.delete, true), (.post, false), (.patch, false),
    ]

    @Test("Methods with effects are repeated only when told", arguments: methods)
    func method(method: HTTPMethod, isRetried: Bool) {
        let outcome = RetryPolicy.Outcome.status(503, retryAfter: nil)
        #expect((decide(outcome, method) != .giveUp) == isRetried)
        var policy = RetryPolicy()
        policy.retriesEveryMethod = true
        #expect(decide(outcome, method, policy: policy) != .giveUp)
    }

    static let waits: [(Int, Int64)] = [
        (1, 500), (2, 1000), (3, 2000), (4, 4000), (5, 8000), (6, 10_000), (63, 10_000),
    ]

    @Test("The wait doubles up to its bound, and jitter only shortens it", arguments: waits)
    func backoff(attempt: Int, milliseconds: Int64) {
        let policy = RetryPolicy(maximumAttempts: 100)
        let outcome = RetryPolicy.Outcome.status(503, retryAfter: nil)
        var longest = FixedRandom(bits: .max)
        var shortest = FixedRandom(bits: 0)
        guard case .retry(let wait) = policy.decision(after: outcome, of: .get, attempt: attempt, using: &longest)
        else {
            Issue.record("gave up")
            return
        }
        #expect(wait <= .milliseconds(milliseconds))
        #expect(wait >= .milliseconds(milliseconds - 1))
        #expect(policy.decision(after: outcome, of: .get, attempt: attempt, using: &shortest) == .retry(after: .zero))
    }

    @Test("The last attempt is the last")
    func attempts() {
        #expect(decide(.status(503, retryAfter: nil), attempt: 3) != .giveUp)
        #expect(decide(.status(503, retryAfter: nil), attempt: 4) == .giveUp)
        #expect(decide(.status(503, retryAfter: nil), policy: RetryPolicy(maximumAttempts: 0)) == .giveUp)
    }

    @Test("Retry-After is honoured within its bound")
    func retryAfter() {
        #expect(decide(.status(429, retryAfter: .seconds(7))) == .retry(after: .seconds(7)))
        #expect(decide(.status(429, retryAfter: .seconds(30))) == .retry(after: .seconds(30)))
        #expect(decide(.status(429, retryAfter: .seconds(31))) == .giveUp)
        #expect(decide(.status(404, retryAfter: .seconds(1))) == .giveUp)
        let error = Elsewhere(kind: .transient(retryAfter: .seconds(9)))
        #expect(decide(.failure(error)) == .retry(after: .seconds(9)))
    }

    static let headers: [(String, Duration?, String)] = [
        ("120", .seconds(120), "seconds"),
        ("0", .zero, "at once"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37), "IMF-fixdate"),
        ("Sunday, 06-Nov-94 08:50:00 GMT", .seconds(60), "RFC 850"),
        ("Sun Nov  6 09:49:00 1994", .seconds(3600), "asctime"),
        ("Sun, 06 Nov 1994 08:00:00 GMT", .zero, "past"),
        ("Monday, 06-Nov-60 08:49:00 GMT", .zero, "two digits far ahead are the past century"),
        ("-1", nil, "a sign"),
        ("+5", nil, "a sign"),
        ("1.5", nil, "a fraction"),
        ("", nil, "nothing"),
        ("99999999999999999999", nil, "overflow"),
        ("1000000000", nil, "nobody waits for decades"),
        ("soon", nil, "a word"),
        ("Sun, 06 Foo 1994 08:49:37 GMT", nil, "no month"),
        ("Sun, 06 Nov 1994 08:49:37 CET", nil, "another zone"),
        ("Sun, 06 Nov 1994 25:49:37 GMT", nil, "no hour"),
        ("Sun, 32 Nov 1994 08:49:37 GMT", nil, "no day"),
        ("Sun, 06 Nov 19944 08:49:37 GMT", nil, "no year"),
    ]

    @Test("Retry-After is read in every form of the standard", arguments: headers)
    func parse(header: String, expected: Duration?, why: String) throws {
        let now = try #require(Timestamp("1994-11-06T08:49:00Z"))
        #expect(RetryAfter.parse(header, now: now) == expected, "\(why)")
        let head = HTTPResponseHead(status: 503, headers: ["retry-after": header])
        #expect(RetryAfter.of(head, now: now) == expected)
    }
}
