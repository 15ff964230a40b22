internal import Glibc
internal import Synchronization

/// A thread of its own for one piece of blocking work that goes on beside its owner's, such as unpacking ahead of the
/// thread that writes. The owner tells the work to end by its own means, and then joins.
package final class WorkerThread: Sendable {
    /// Nil once joined.
    private let thread: Mutex<pthread_t?>

    /// Starts the work.
    /// - Returns: nil when the process is at its limit of threads; the work is then not begun.
    package init?(_ work: @escaping @Sendable () -> Void) {
        let context = unsafe Unmanaged.passRetained(Work(run: work))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard failure == 0 else {
            unsafe context.release()
            return nil
        }
        self.thread = Mutex(thread)
    }

    deinit {
        if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Blocks until the work is done. More than once does no harm.
    package func join() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        pthread_join(thread, nil)
    }
}

/// The work on its way through C.
private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}
