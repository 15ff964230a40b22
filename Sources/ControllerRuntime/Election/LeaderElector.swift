package import CoreModel
package import KubeClient
package import KubeModel
package import Logging
import ServiceLifecycle

/// Holds a Lease while its work runs, so that only one replica writes.
package struct LeaderElector: Sendable {
    package struct Settings: Sendable {
        /// Namespace and name of the Lease.
        package var lease: ObjectKey
        /// Unique for each process.
        package var identity: String
        package var leaseDuration: Duration = .seconds(35)
        /// The leader steps down when it could not renew for so long.
        package var renewDeadline: Duration = .seconds(30)
        package var retryPeriod: Duration = .seconds(5)
        /// Give the Lease back on shutdown, so that a successor does not wait.
        package var releasesOnCancel = true

        package init(lease: ObjectKey, identity: String) {
            self.lease = lease
            self.identity = identity
        }
    }

    private let client: KubeClient
    private let settings: Settings
    private let clock: any WallClock
    private let logger: Logger

    package init(client: KubeClient, settings: Settings, clock: any WallClock, logger: Logger) {
        self.client = client
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    /// Waits for leadership, then runs the work until it ends, leadership is lost or the task is cancelled.
    /// - Returns: false when leadership was lost; the process has to end then, since its work was cut off.
    package func lead(_ work: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        var state = ElectionState(identity: settings.identity, leaseDuration: settings.leaseDuration)
        var follows = ""
        while await !hold(&state, &follows) {
            // Fails at once when shutdown begins, which is right: nothing was started.
            try await cancelWhenGracefulShutdown {
                try await Task.sleep(for: settings.retryPeriod * Double.random(in: 0.8...1.2))
            }
        }
        logger.info("became the leader", metadata: ["lease": "\(settings.lease)"])
        let kept = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await work()
                return true
            }
            let held = state
            group.addTask { await keep(held) }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
        if kept, settings.releasesOnCancel { await release() }
        return kept
    }

    /// Renews until that fails for the deadline (false) or the task is cancelled (true).
    private func keep(_ held: ElectionState) async -> Bool {
        var state = held
        var follows = ""
        var renewed = ContinuousClock.now
        while true {
            try? await Task.sleep(for: settings.retryPeriod)
            if Task.isCancelled { return true }
            if await hold(&state, &follows) {
                renewed = ContinuousClock.now
            } else if ContinuousClock.now - renewed > settings.renewDeadline || !follows.isEmpty {
                logger.error("lost the lease \(settings.lease); the work is stopped")
                return false
            }
        }
    }

    /// One try to write the lease; true where it is ours afterwards. A request is given less time than a lease lasts.
    private func hold(_ state: inout ElectionState, _ follows: inout String) async -> Bool {
        do {
            let lease = try await client.get(LeaseRecord.type, settings.lease)
            let elapsed = Self.start.duration(to: .now)
            switch state.decide(on: lease.map(LeaseRecord.init), elapsed: elapsed, now: clock.now()) {
            case .follow(let holder):
                if holder != follows { logger.info("waiting for the lease \(settings.lease), held by \(holder)") }
                follows = holder
                return false
            case .write(let record):
                try await write(record, over: lease)
                follows = ""
                return true
            }
        } catch {
            logger.warning("the lease \(settings.lease) could not be renewed", metadata: ["error": "\(error)"])
            return false
        }
    }

    private static let start = ContinuousClock.now

    /// Fails with a conflict where somebody else wrote since `lease` was read.
    private func write(_ record: LeaseRecord, over lease: KubeObject?) async throws {
        guard var object = lease else {
            _ = try await client.create(LeaseRecord.type, record.object(settings.lease))
            return
        }
        record.write(to: &object)
        _ = try await client.replace(LeaseRecord.type, object)
    }

    /// Only where the holder is still us; a failure costs the successor the rest of the lease, no more.
    private func release() async {
        guard let lease = try? await client.get(LeaseRecord.type, settings.lease) else { return }
        var record = LeaseRecord(lease)
        guard record.holder == settings.identity else { return }
        record.holder = ""
        record.duration = .seconds(1)
        record.renewed = clock.now()
        do {
            try await write(record, over: lease)
        } catch {
            logger.info("the lease \(settings.lease) was not given back", metadata: ["error": "\(error)"])
        }
    }
}
