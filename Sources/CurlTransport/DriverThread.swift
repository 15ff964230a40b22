import Glibc
import HTTPExchange
import Synchronization

/// The one thread that libcurl runs on.
final class DriverThread: Sendable {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: Mutex<pthread_t?>

    /// - Throws: `connection` when the system has no thread left.
    init(_ run: @escaping @Sendable () -> Void) throws {
        let work = unsafe Unmanaged.passRetained(Work(run))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                DriverThread.blockBrokenPipeSignal()
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            unsafe work.release()
            throw HTTPError(.connection, "The HTTP client has no thread (error \(code)): raise the process limit")
        }
        self.thread = Mutex(thread)
    }

    /// A peer that goes away is an error of its transfer; the signal would end the process, and `CURLOPT_NOSIGNAL`
    /// keeps libcurl from ignoring it.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Returns when the thread has ended. On the thread itself it only lets go of it.
    func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            _ = pthread_join(thread, nil)
        }
    }
}
