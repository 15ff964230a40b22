package import CoreModel
package import HTTPExchange
package import KubeClient
import KubeModel
package import Logging
import ManifestTree
import ServiceLifecycle
import Synchronization

/// Writes Events in the background: recording never waits and never fails a reconcile.
///
/// At most `capacity` events wait; beyond that the oldest are dropped, and the number of them is logged.
package final class EventRecorder: Service {
    /// Where and as whom events are written.
    package struct Settings: Sendable {
        /// `reportingController` and `source.component`.
        package var controller: String
        /// The pod.
        package var instance: String
        /// The notification controller's address; nil for none.
        package var address: HTTPURL?

        package init(controller: String, instance: String, address: HTTPURL? = nil) {
            self.controller = controller
            self.instance = instance
            self.address = address
        }
    }

    private static let type = ResourceType(
        group: "",
        version: "v1",
        resource: "events",
        kind: "Event",
        namespaced: true
    )
    private static let capacity = 1000

    private struct Backlog {
        var records: [ObjectEvent] = []
        var dropped = 0
    }

    private let client: KubeClient
    private let transport: any HTTPTransport
    private let settings: Settings
    private let clock: any WallClock
    private let logger: Logger
    private let backlog = Mutex(Backlog())
    private let known = Mutex(EventDeduplicator())
    private let wakeup = Wakeup()

    package init(
        client: KubeClient,
        transport: any HTTPTransport,
        settings: Settings,
        clock: any WallClock,
        logger: Logger
    ) {
        self.client = client
        self.transport = transport
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    /// Takes an event; returns at once.
    package func record(_ event: ObjectEvent) {
        backlog.withLock { backlog in
            if backlog.records.count >= Self.capacity {
                backlog.records.removeFirst()
                backlog.dropped += 1
            }
            backlog.records.append(event)
        }
        wakeup.signal()
    }

    /// Events that wait to be written.
    var waiting: [ObjectEvent] { backlog.withLock { $0.records } }

    /// Writes until cancelled; on graceful shutdown what is waiting is written first.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
        for event in take() { await write(event) }
    }

    private func follow() async {
        while !Task.isCancelled {
            let seen = wakeup.ticket
            for event in take() { await write(event) }
            await wakeup.wait(after: seen)
        }
    }

    private func take() -> [ObjectEvent] {
        let (records, dropped) = backlog.withLock { backlog in
            defer { backlog = Backlog() }
            return (backlog.records, backlog.dropped)
        }
        if dropped > 0 { logger.warning("\(dropped) events were dropped, since the API server takes them too slowly") }
        return records
    }

    private func write(_ event: ObjectEvent) async {
        let now = clock.now()
        do {
            switch known.withLock({ $0.decide(event.signature, at: now) }) {
            case .drop: return
            case .count(let written): try await raise(written, event)
            case .create: try await create(event, at: now)
            }
        } catch {
            logger.debug("an event was not written", metadata: ["error": "\(error)", "reason": "\(event.reason)"])
        }
        await notify(event, at: now)
    }

    private func create(_ event: ObjectEvent, at now: Timestamp) async throws {
        let object = event.record(controller: settings.controller, instance: settings.instance).object(at: now)
        _ = try await client.create(Self.type, object)
        known.withLock { $0.remember(event.signature, .init(key: object.key, first: now, last: now, count: 1)) }
    }

    private func raise(_ written: EventDeduplicator.Written, _ event: ObjectEvent) async throws {
        do {
            _ = try await client.patch(
                Self.type,
                written.key,
                EventRecord.repeated(count: written.count, at: written.last)
            )
            known.withLock { $0.remember(event.signature, written) }
        } catch {
            known.withLock { $0.forget(event.signature) }
            throw error
        }
    }

    /// One POST with a bound; the notification controller has its own memory for repetitions, and alerts are no reason
    /// to hold anything up.
    private func notify(_ event: ObjectEvent, at now: Timestamp) async {
        guard let address = settings.address, event.severity != .trace else { return }
        let body = event.notification(controller: settings.controller, instance: settings.instance, at: now).jsonBytes()
        var request = HTTPRequest(.post, address, headers: ["Content-Type": "application/json"], body: .bytes(body))
        request.timeout = .seconds(5)
        do {
            let response = try await transport.response(to: request, limit: 1 << 16)
            // 429 means that it has heard this before.
            if !response.head.isSuccess, response.head.status != 429 {
                logger.warning("the notification controller answered \(response.head.status)")
            }
        } catch {
            logger.debug("the notification controller was not reached", metadata: ["error": "\(error)"])
        }
    }
}
