import Glibc
import HTTPExchange
import Synchronization

/// The one thread that libcurl runs on. It starts with the first request, so that a process which makes none pays
/// nothing for it.
final class DriverThread: Sendable {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private enum State {
        case waiting(Work)
        case running(pthread_t)
        case ended
    }

    /// `SCHED_BATCH` of <sched.h>, which Swift's module of glibc leaves out.
    private static let batchPolicy: CInt = 3

    private let state: Mutex<State>

    init(_ run: @escaping @Sendable () -> Void) { state = Mutex(.waiting(Work(run))) }

    /// Starts the thread where it has not been started; after `join` it does nothing.
    /// - Throws: `connection` when the system has no thread left. The next call tries again.
    func start() throws {
        try state.withLock { state in
            guard case .waiting(let work) = state else { return }
            state = .running(try Self.thread(of: work))
        }
    }

    private static func thread(of work: Work) throws -> pthread_t {
        let retained = unsafe Unmanaged.passRetained(work)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                DriverThread.blockBrokenPipeSignal()
                DriverThread.yieldToOthers()
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            retained.toOpaque()
        )
        guard code == 0 else {
            unsafe retained.release()
            throw HTTPError(.connection, "The HTTP client has no thread (error \(code)): raise the process limit")
        }
        return thread
    }

    /// A peer that goes away is an error of its transfer; the signal would end the process, and `CURLOPT_NOSIGNAL`
    /// keeps libcurl from ignoring it.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Where all cores are busy, a response that comes in waits until whoever computes has had its turn (`SCHED_BATCH`
    /// in sched(7)). Several are taken at once then, with half the switches between threads and a fifth less CPU time.
    /// Where a core is free it changes nothing. A sandbox may forbid it, which does no harm.
    private static func yieldToOthers() {
        var parameters = sched_param()
        _ = unsafe pthread_setschedparam(pthread_self(), batchPolicy, &parameters)
    }

    /// Returns when the thread has ended. On the thread itself it only lets go of it.
    func join() {
        let last = state.withLock { state in
            defer { state = .ended }
            return state
        }
        guard case .running(let thread) = last else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            _ = pthread_join(thread, nil)
        }
    }
}
