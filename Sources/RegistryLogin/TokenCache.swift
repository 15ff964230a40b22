import CoreModel
import OCIDistribution
import Synchronization

/// Keeps what costs a login, for 80 % of its life and in a bounded number, and lets equal callers wait for one login.
///
/// Both clocks count: on a machine that slept the monotonic one stood still, and one whose wall clock is set back would
/// use a token forever.
final class TokenCache<Value: Sendable>: Sendable {
    private let settings: CloudLogin.CacheSettings
    private let clock: any WallClock
    private let state = Mutex(TokenCacheState<Value>())
    private let flights = SingleFlight<String, Value>()

    init(_ settings: CloudLogin.CacheSettings, clock: any WallClock) {
        self.settings = settings
        self.clock = clock
    }

    /// The value under a key: the kept one, or a new one with the time at which it ends.
    /// - Throws: what `make` throws; `CancellationError` when this task is cancelled.
    func value(
        for key: String,
        asker: LoginAsker? = nil,
        _ make: () async throws -> (Value, expires: Timestamp)
    ) async throws -> Value {
        if let kept = kept(key) {
            settings.onEvent(.hit(asker))
            return kept
        }
        settings.onEvent(.miss(asker))
        return try await flights.value(for: key) {
            // Somebody else's flight may have landed between the look and the take-off.
            if let kept = kept(key) { return kept }
            let (value, expires) = try await counted(make)
            keep(value, until: expires, key)
            return value
        }
    }

    private func counted(_ make: () async throws -> (Value, expires: Timestamp)) async throws -> (Value, Timestamp) {
        do {
            let made = try await make()
            settings.onEvent(.login(succeeded: true))
            return made
        } catch {
            settings.onEvent(.login(succeeded: false))
            throw error
        }
    }

    private func kept(_ key: String) -> Value? {
        let now = Moment(wall: clock.now(), uptime: settings.uptime())
        return state.withLock { state in
            let value = state.value(for: key, at: now)
            // A look drops what has ended.
            if value == nil { settings.onEvent(.holds(state.count)) }
            return value
        }
    }

    private func keep(_ value: Value, until expires: Timestamp, _ key: String) {
        let now = Moment(wall: clock.now(), uptime: settings.uptime())
        let life = min((expires - now.wall) * 4 / 5, settings.maximumDuration)
        guard life > .zero, settings.maximumSize > 0 else { return }
        state.withLock { state in
            let evicted = state.keep(value, under: key, from: now, for: life, atMost: settings.maximumSize)
            if evicted > 0 { settings.onEvent(.evicted(evicted)) }
            settings.onEvent(.holds(state.count))
        }
    }
}

/// A point on both clocks.
struct Moment: Sendable {
    let wall: Timestamp
    let uptime: Duration
}

/// What a cache holds. A value; it knows no clock.
struct TokenCacheState<Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let wallEnd: Timestamp
        let uptimeEnd: Duration
        var lastUse: Int
    }

    private var entries: [String: Entry] = [:]
    private var uses = 0

    var count: Int { entries.count }

    mutating func value(for key: String, at now: Moment) -> Value? {
        guard let entry = entries[key] else { return nil }
        guard now.wall < entry.wallEnd, now.uptime < entry.uptimeEnd else {
            entries[key] = nil
            return nil
        }
        uses += 1
        entries[key]?.lastUse = uses
        return entry.value
    }

    /// Adds an entry; those that ended, and then those that nobody asked for longest, make room.
    /// - Returns: How many had to go before their end.
    @discardableResult
    mutating func keep(_ value: Value, under key: String, from now: Moment, for life: Duration, atMost limit: Int)
        -> Int
    {
        uses += 1
        entries[key] = Entry(
            value: value,
            wallEnd: now.wall + life,
            uptimeEnd: now.uptime + life,
            lastUse: uses
        )
        guard entries.count > limit else { return 0 }
        entries = entries.filter { now.wall < $0.value.wallEnd && now.uptime < $0.value.uptimeEnd }
        var evicted = 0
        while entries.count > limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
            evicted += 1
        }
        return evicted
    }
}
