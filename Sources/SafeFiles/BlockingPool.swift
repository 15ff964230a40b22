internal import Synchronization

/// A bounded number of threads of its own, for work that blocks (files, archives, `fsync`), so that the threads which
/// run async code never wait for a disk.
///
/// Work is taken in order. It is not cancelled with the task that waits for it: what started is finished.
package final class BlockingPool: Sendable {
    /// The pool that the whole process shares: four threads.
    package static let shared = BlockingPool(threads: 4)

    private let queue: WorkQueue
    private let limit: Int

    /// - Parameter threads: the most threads, started as work arrives.
    package init(threads: Int) {
        queue = WorkQueue()
        limit = max(threads, 1)
    }

    deinit { queue.finish() }

    /// Runs `work` on a thread of the pool.
    /// - Throws: what `work` throws.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job: @Sendable () -> Void = { continuation.resume(with: Result { try work() }) }
            // Without any thread (the process is at its limit), the caller's own is better than never.
            if !queue.add(job, threadLimit: limit) { job() }
        }
    }
}

/// The jobs that wait, and the threads that wait for jobs.
private final class WorkQueue: Sendable {
    private struct State {
        var jobs = JobQueue()
        var threads = 0
        var idle = 0
        var finished = false
    }

    private let state = Mutex(State())
    private let arrivals = Semaphore()

    /// False when the job was not taken, because there is no thread and none can be started.
    func add(_ job: @escaping @Sendable () -> Void, threadLimit: Int) -> Bool {
        let taken = state.withLock { state in
            if state.idle <= state.jobs.count, state.threads < threadLimit, WorkerThread({ self.work() }) != nil {
                state.threads += 1
            }
            guard state.threads > 0 else { return false }
            state.jobs.append(job)
            return true
        }
        if taken { arrivals.signal() }
        return taken
    }

    func finish() {
        let threads = state.withLock { state in
            state.finished = true
            return state.threads
        }
        for _ in 0..<threads { arrivals.signal() }
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            arrivals.wait()
            let (job, finished) = state.withLock { state in
                state.idle -= 1
                return (state.jobs.popFirst(), state.finished)
            }
            if let job { job() } else if finished { return }
        }
    }
}

/// Jobs, first come, first served. A job that was taken is let go with all it holds: a slice of an array would keep it,
/// and the open files in it, until its storage is replaced.
private struct JobQueue {
    typealias Job = @Sendable () -> Void

    private var arriving: [Job] = []
    /// The oldest last.
    private var leaving: [Job] = []

    var count: Int { arriving.count + leaving.count }

    mutating func append(_ job: @escaping Job) { arriving.append(job) }

    mutating func popFirst() -> Job? {
        if leaving.isEmpty {
            leaving = arriving.reversed()
            arriving.removeAll(keepingCapacity: true)
        }
        return leaving.popLast()
    }
}
