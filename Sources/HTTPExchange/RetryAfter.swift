package import CoreModel

/// The `Retry-After` header (RFC 9110 section 10.2.3).
package enum RetryAfter {
    /// How long the other side asks us to wait: a number of seconds, or the time until a date. Zero for a date in the
    /// past; nil for anything else.
    package static func parse(_ value: String, now: Timestamp) -> Duration? {
        if let seconds = seconds(value) { return .seconds(seconds) }
        return HTTPDate.parse(value, now: now).map { max($0 - now, .zero) }
    }

    /// What a response asks for; nil where it asks for nothing.
    package static func of(_ head: HTTPResponseHead, now: Timestamp) -> Duration? {
        head.headers["Retry-After"].flatMap { parse($0, now: now) }
    }

    /// Digits only: a sign, a fraction or more than some thirty years is not a wait that anybody means.
    private static func seconds(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text).flatMap { $0 < 1_000_000_000 ? $0 : nil }
    }
}
