import Synchronization

/// The right of one reconcile to be among those that run at once.
package final class WorkSlot: Sendable {
    /// The slot of the reconcile that this task belongs to.
    @TaskLocal package static var current: WorkSlot?

    private let slots: FreeSlots
    private let isReleased = Atomic(false)

    init(_ slots: FreeSlots) {
        self.slots = slots
    }

    /// Lets another reconcile begin, as before a long wait that costs next to nothing; once is enough.
    package func release() {
        if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { slots.release() }
    }
}

/// Slots that nobody has.
final class FreeSlots: Sendable {
    private let free: Mutex<Int>
    private let wakeup = Wakeup()

    init(_ count: Int) {
        free = Mutex(max(1, count))
    }

    /// Waits for a slot; returns without one when the task is cancelled.
    func acquire() async {
        while !Task.isCancelled {
            let seen = wakeup.ticket
            let isTaken = free.withLock { free in
                guard free > 0 else { return false }
                free -= 1
                return true
            }
            if isTaken { return }
            await wakeup.wait(after: seen)
        }
    }

    func release() {
        free.withLock { $0 += 1 }
        wakeup.signal()
    }
}
