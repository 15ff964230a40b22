import CoreModel
import HTTPExchange
import Testing

/// Always the same bits: all zeros is no jitter, all ones the longest wait.
private struct FixedRandom: RandomNumberGenerator {
    let bits: UInt64
    mutating func next() -> UInt64 { bits }
}

@Suite("Retry policy")
struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 4, firstPause: .milliseconds(500), longestPause: .seconds(10))

    private func pause(_ failures: Int, asked: Duration? = nil, _ policy: RetryPolicy? = nil) -> Duration? {
        var random = FixedRandom(bits: .max)
        return (policy ?? self.policy).pause(afterFailures: failures, asked: asked, using: &random)
    }

    @Test("Statuses that may pass", arguments: [408, 429, 500, 502, 503, 504])
    func passing(status: Int) {
        #expect(RetryPolicy.passingStatuses.contains(status))
    }

    @Test("Statuses that stay", arguments: [200, 301, 400, 401, 403, 404, 409, 425, 501, 505])
    func staying(status: Int) {
        #expect(!RetryPolicy.passingStatuses.contains(status))
    }

    static let errors: [(HTTPError.Code, Bool, String)] = [
        (.nameLookup, true, "a name server may come back"),
        (.connection, true, "so may a server"),
        (.incompleteBody, true, "or finish"),
        (.proxy, true, "or a proxy"),
        (.timeout, false, "it had all the time there was"),
        (.tls, false, "a certificate stays"),
        (.redirect, false, "so does a rule"),
        (.tooLarge, false, "it will not shrink"),
        (.invalidRequest, false, "it stays invalid"),
        (.cancelled, false, "nobody waits for it"),
    ]

    @Test("Errors that may pass", arguments: errors)
    func failure(code: HTTPError.Code, isRetried: Bool, why: String) {
        #expect(HTTPError(code, "").mayPass == isRetried, "\(why)")
    }

    static let waits: [(Int, Int64)] = [
        (1, 500), (2, 1000), (3, 2000), (4, 4000), (5, 8000), (6, 10_000), (63, 10_000),
    ]

    @Test("The pause doubles up to its bound, and jitter only shortens it", arguments: waits)
    func backoff(failures: Int, milliseconds: Int64) throws {
        var policy = policy
        policy.attempts = 100
        let longest = try #require(pause(failures, policy))
        #expect(longest <= .milliseconds(milliseconds))
        #expect(longest >= .milliseconds(milliseconds - 1))
        var least = FixedRandom(bits: 0)
        #expect(policy.pause(afterFailures: failures, asked: nil, using: &least) == .zero)
    }

    @Test("The last attempt is the last")
    func attempts() {
        #expect(pause(3) != nil)
        #expect(pause(4) == nil)
        #expect(pause(1, RetryPolicy(attempts: 0, firstPause: .zero, longestPause: .zero)) == nil)
    }

    static let asked: [(Duration, Duration?, String)] = [
        (.seconds(7), .seconds(7), "what was asked for"),
        (.seconds(10), .seconds(10), "just as long as we wait"),
        (.seconds(11), nil, "longer than we wait"),
    ]

    @Test("Retry-After is honoured within its bound", arguments: asked)
    func retryAfter(asked: Duration, expected: Duration?, why: String) {
        #expect(pause(1, asked: asked) == expected, "\(why)")
        let eager = pause(1, asked: .zero)
        #expect(eager.map { $0 > .milliseconds(400) } == true, "never sooner than our own back-off")
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
