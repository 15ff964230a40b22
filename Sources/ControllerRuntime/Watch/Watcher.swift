package import KubeClient
package import KubeModel
package import Logging
import ServiceLifecycle

/// What a watcher keeps up to date.
package protocol WatchedState: Sendable {
    /// Takes a whole list; returns what it changes.
    func replace(with objects: [KubeObject]) -> [CacheChange]
    /// Takes one event; returns what it changes, nil where it tells nothing new.
    func apply(_ event: WatchEvent) -> CacheChange?
    /// The API server is not heard of; the next list or event says that it is again.
    func lose()
}

/// Keeps a cache equal to the API server and tells of every change: one list, then a watch that is resumed from the
/// last resource version for as long as the server allows it, and a new list where it does not.
package struct Watcher: Service {
    private let name: String
    private let source: any WatchSource
    private let cache: any WatchedState
    private let backoff: Backoff
    private let logger: Logger
    private let onChange: @Sendable (CacheChange) -> Void

    /// `name` is the kind, for messages. `onChange` is called in order and has to be quick: it adds keys to queues.
    package init(
        name: String,
        source: any WatchSource,
        cache: any WatchedState,
        logger: Logger,
        backoff: Backoff = Backoff(least: .milliseconds(200), most: .seconds(30)),
        onChange: @escaping @Sendable (CacheChange) -> Void
    ) {
        self.name = name
        self.source = source
        self.cache = cache
        self.backoff = backoff
        self.logger = logger
        self.onChange = onChange
    }

    /// Runs until cancelled.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    private func follow() async {
        var position = WatchPosition()
        while !Task.isCancelled {
            let (before, start) = (position, ContinuousClock.now)
            do {
                try await advance(&position)
                // A server that ends every watch at once is not asked again at once.
                if position == before, ContinuousClock.now - start < .seconds(1) {
                    try await Task.sleep(for: .seconds(1))
                }
            } catch {
                let delay = position.failed(with: error, backoff: backoff)
                if Task.isCancelled { return }
                cache.lose()
                guard let delay else { continue }
                logger.warning("the watch of \(name) was lost; it is taken up again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: delay)
            }
        }
    }

    /// One list, or one watch to its end.
    private func advance(_ position: inout WatchPosition) async throws {
        guard let version = position.resourceVersion else {
            let list = try await source.list()
            for change in cache.replace(with: list.objects) { onChange(change) }
            position.listed(at: list.resourceVersion)
            return
        }
        var newest = version
        defer { position.reached(newest) }
        try await source.watch(from: version) { event in
            if !event.resourceVersion.isEmpty { newest = event.resourceVersion }
            if let change = cache.apply(event) { onChange(change) }
        }
    }
}

/// From where a watch goes on.
struct WatchPosition: Sendable, Equatable {
    /// Nil when a list has to come first.
    private(set) var resourceVersion: String?
    private var failures = 0

    /// A list was read.
    mutating func listed(at version: String) {
        resourceVersion = version
    }

    /// Events were read up to a version. Only progress ends a row of failures.
    mutating func reached(_ version: String) {
        guard resourceVersion != nil, version != resourceVersion else { return }
        resourceVersion = version
        failures = 0
    }

    /// Something failed; returns how long to wait, or nil to go on at once with a list.
    mutating func failed(with error: any Error, backoff: Backoff) -> Duration? {
        failures += 1
        if let error = error as? KubeError, error.code == .expired {
            resourceVersion = nil
            return failures == 1 ? nil : backoff.delay(afterFailures: failures)
        }
        return backoff.delay(afterFailures: failures)
    }
}

extension WatchEvent {
    /// Up to where the cache is once it has taken the event.
    fileprivate var resourceVersion: String {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object.resourceVersion
        case .bookmark(let version): version
        }
    }
}
