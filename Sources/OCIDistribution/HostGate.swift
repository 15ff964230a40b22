import CoreModel
import HTTPExchange
import Synchronization

/// Keeps a client polite to every host it talks to: a bounded number of requests that wait for their answer, and none
/// at all while a host wants to be left alone.
///
/// A host that asks for a pause (429 or 503 with `Retry-After`) is left alone by everybody, whoever got the answer.
/// Hosts are kept apart by their connection profile: what somebody else's proxy claims slows nobody down.
final class HostGate: Sendable {
    struct Key: Hashable, Sendable {
        let scheme: HTTPURL.Scheme
        let host: String
        let port: Int
        let profile: ConnectionProfile

        init(_ request: HTTPRequest) {
            scheme = request.url.scheme
            host = request.url.host
            port = request.url.effectivePort
            profile = request.profile
        }
    }

    /// No host silences a client for longer, whatever it says: one look in that time hurts nobody.
    private static let longestRest = Duration.seconds(600)
    private static let capacity = 1024

    private let admission: Admission<Key>
    /// Until when each host wants to be left alone.
    private let rests = Mutex<[Key: Timestamp]>([:])
    private let clock: any WallClock

    /// `places` bounds the requests to one host that wait for their answer.
    init(places: Int, clock: any WallClock) {
        admission = Admission(places: places)
        self.clock = clock
    }

    /// A place for one request, to be left when the head of its response is there.
    ///
    /// Uploads that are read while they are sent take none: their source may need a place at the same host.
    /// - Throws: `RegistryError.timeout` when the operation's time is over before there is one; `CancellationError`.
    func enter(_ request: HTTPRequest, _ key: Key, _ context: OperationContext) async throws -> AdmittedPlace {
        if case .stream = request.body { return AdmittedPlace {} }
        if let place = admission.enterIfFree(key) { return place }
        return try await context.withinTime { [admission] in try await admission.enter(key) }
    }

    /// How long the host still wants to be left alone; nil when it does not, or when that is over for one who has
    /// `waited` until then.
    func rest(of key: Key, waited: Timestamp?) -> (left: Duration, end: Timestamp)? {
        let now = clock.now()
        return rests.withLock { rests in
            guard let end = rests[key] else { return nil }
            // A clock that was set back does not make a rest longer.
            if end <= now || end - now > Self.longestRest { rests[key] = nil }
            guard rests[key] != nil, waited.map({ $0 < end }) ?? true else { return nil }
            return (end - now, end)
        }
    }

    /// Takes note of what a response asks for.
    func notice(_ head: HTTPResponseHead, from key: Key) {
        let now = clock.now()
        guard head.status == 429 || head.status == 503, let asked = RetryAfter.of(head, now: now), asked > .zero else {
            return
        }
        let end = now + min(asked, Self.longestRest)
        rests.withLock { rests in
            if rests.count >= Self.capacity { rests = rests.filter { $0.value > now } }
            if rests.count >= Self.capacity { rests = [:] }
            rests[key] = max(end, rests[key] ?? end)
        }
    }
}
