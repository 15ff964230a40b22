package import KubeModel
package import Logging
import ServiceLifecycle

/// What becomes of a key after its reconcile.
package enum ReconcileOutcome: Sendable, Equatable {
    /// Nothing to do until the object or what it depends on changes.
    case settled
    /// Come again after a time; the failures so far are forgotten.
    case again(after: Duration)
    /// It failed: come again after the key's backoff, or after `atLeast` where that is longer.
    case failed(atLeast: Duration)
}

/// Takes keys from a queue and reconciles so many at once, until shutdown. A reconcile that only waits for others can
/// give its `WorkSlot` back, so that it holds nobody up.
package struct Controller: Service {
    private let queue: WorkQueue<ObjectKey>
    private let slots: FreeSlots
    private let logger: Logger
    private let reconcile: @Sendable (ObjectKey) async -> ReconcileOutcome

    /// `reconcile` must not throw: a reducer has turned every failure into a status by then.
    package init(
        queue: WorkQueue<ObjectKey>,
        concurrency: Int,
        logger: Logger,
        reconcile: @escaping @Sendable (ObjectKey) async -> ReconcileOutcome
    ) {
        self.queue = queue
        slots = FreeSlots(concurrency)
        self.logger = logger
        self.reconcile = reconcile
    }

    /// Works until the task is cancelled or shutdown begins; then no new key is taken, and the running ones are
    /// cancelled.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.workConcurrently() }
        logger.debug("controller stopped")
    }

    private func workConcurrently() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                await slots.acquire()
                guard !Task.isCancelled, let key = await queue.next() else { return }
                let slot = WorkSlot(slots)
                group.addTask {
                    await WorkSlot.$current.withValue(slot) { await work(on: key) }
                    slot.release()
                }
            }
        }
    }

    private func work(on key: ObjectKey) async {
        let outcome = await reconcile(key)
        queue.finish(key)
        if Task.isCancelled { return }
        switch outcome {
        case .settled:
            queue.succeed(key)
        case .again(let delay):
            queue.succeed(key)
            queue.add(key, after: delay)
        case .failed(let least):
            queue.retry(key, atLeast: least)
        }
    }
}
