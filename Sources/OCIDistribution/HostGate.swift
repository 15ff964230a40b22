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
        let origin: String
        let profile: ConnectionProfile

        init(_ request: HTTPRequest) {
            origin = request.url.origin
            profile = request.profile
        }
    }

    /// No host silences a client for longer, whatever it says.
    private static let longestRest = Duration.seconds(3600)
    private static let capacity = 1024

    private let admission: Admission<Key>
    private let rests = Mutex<[Key: ContinuousClock.Instant]>([:])

    /// `places` bounds the requests to one host that wait for their answer.
    init(places: Int) { admission = Admission(places: places) }

    /// A place for one request, to be left when the head of its response is there.
    ///
    /// Uploads that are read while they are sent take none: their source may need a place at the same host.
    /// - Throws: `RegistryError.timeout` when the operation's time is over before there is one; `CancellationError`.
    func enter(_ request: HTTPRequest, _ context: OperationContext) async throws -> AdmittedPlace {
        if case .stream = request.body { return AdmittedPlace {} }
        let key = Key(request)
        if let place = admission.enterIfFree(key) { return place }
        return try await context.withinTime { [admission] in try await admission.enter(key) }
    }

    /// How long the host still wants to be left alone; nil when it does not.
    func rest(of key: Key) -> Duration? {
        let now = ContinuousClock.now
        return rests.withLock { rests in
            guard let end = rests[key] else { return nil }
            if end <= now { rests[key] = nil }
            return end > now ? end - now : nil
        }
    }

    /// Takes note of what a response asks for.
    func notice(_ head: HTTPResponseHead, from key: Key, now: Timestamp) {
        guard head.status == 429 || head.status == 503, let asked = RetryAfter.of(head, now: now), asked > .zero else {
            return
        }
        let end = ContinuousClock.now + min(asked, Self.longestRest)
        rests.withLock { rests in
            if rests.count >= Self.capacity { rests = rests.filter { $0.value > ContinuousClock.now } }
            if rests.count >= Self.capacity { rests = [:] }
            rests[key] = max(end, rests[key] ?? end)
        }
    }
}
