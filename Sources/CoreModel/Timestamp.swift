#if canImport(Glibc)
    import Glibc
#endif

/// A point in time: seconds and nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let seconds: Int64
    /// 0 to 999,999,999.
    package let nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The machine's own clock. Only composition roots and tests call this; the rest is given a `WallClock`.
    package static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        var whole = time.seconds + seconds
        var nanos = Int64(time.nanoseconds) + attoseconds / 1_000_000_000
        if nanos >= 1_000_000_000 {
            whole += 1
            nanos -= 1_000_000_000
        } else if nanos < 0 {
            whole -= 1
            nanos += 1_000_000_000
        }
        return Timestamp(seconds: whole, nanoseconds: Int32(nanos))
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .seconds(later.seconds - earlier.seconds) + .nanoseconds(Int64(later.nanoseconds) - Int64(earlier.nanoseconds))
    }

    /// RFC 3339 in UTC with whole seconds, as Kubernetes' `metav1.Time` writes it.
    package var description: String { date + "Z" }

    /// RFC 3339 in UTC with six decimals, as Kubernetes' `metav1.MicroTime` writes it (Lease objects use it).
    package var microseconds: String {
        let micros = String(nanoseconds / 1000)
        return date + "." + String(repeating: "0", count: 6 - micros.count) + micros + "Z"
    }

    /// Parses RFC 3339 with any zone offset and up to nine decimals; nil for anything else.
    package init?(_ text: String) {
        guard let parsed = RFC3339.parse(text) else { return nil }
        self = parsed
    }

    private var date: String { RFC3339.format(seconds: seconds) }
}

/// The wall clock, given to everything that needs to know the time.
package protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The machine's clock.
package struct SystemWallClock: WallClock {
    package init() {}
    package func now() -> Timestamp { .now() }
}
