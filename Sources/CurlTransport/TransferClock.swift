/// Says when an exchange has taken too long. A value that is told the time.
struct TransferClock {
    typealias Instant = ContinuousClock.Instant

    enum Expiry: Equatable {
        /// The whole exchange took longer than this.
        case total(Duration)
        /// The other side was silent for this long.
        case silence(Duration)
    }

    let timeout: Duration?
    let idleTimeout: Duration?
    private let start: Instant
    /// Nil before the request goes out.
    private var lastSign: Instant?
    private(set) var isReaderBehind = false
    private(set) var isProducerBehind = false

    init(timeout: Duration?, idleTimeout: Duration?, start: Instant) {
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.start = start
    }

    /// The other side sent or took something, or it is now asked to.
    mutating func note(_ now: Instant) { lastSign = now }

    /// The reader has to make room: not the other side's silence.
    mutating func readerFellBehind() { isReaderBehind = true }

    /// The producer has to bring bytes: not the other side's silence.
    mutating func producerFellBehind() { isProducerBehind = true }

    mutating func readerCaughtUp(_ now: Instant) {
        isReaderBehind = false
        if lastSign != nil { lastSign = now }
    }

    mutating func producerCaughtUp(_ now: Instant) {
        isProducerBehind = false
        if lastSign != nil { lastSign = now }
    }

    /// When this exchange is over its time unless something happens before; nil for never.
    var deadline: Instant? {
        let total = timeout.map { start + $0 }
        guard let silence = silenceDeadline else { return total }
        return total.map { min($0, silence) } ?? silence
    }

    /// Which bound ran out, if one did.
    func expiry(at now: Instant) -> Expiry? {
        if let timeout, now >= start + timeout { return .total(timeout) }
        if let idleTimeout, let silenceDeadline, now >= silenceDeadline { return .silence(idleTimeout) }
        return nil
    }

    private var silenceDeadline: Instant? {
        guard let idleTimeout, let lastSign, !isReaderBehind, !isProducerBehind else { return nil }
        return lastSign + idleTimeout
    }
}
