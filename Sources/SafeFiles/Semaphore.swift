internal import Glibc

/// A POSIX semaphore: counts what is there to take, and lets threads wait for it. Never for async code to wait on.
///
/// `@unchecked Sendable`: the kernel's semaphore is made for several threads, and the pointer to it never changes
/// between init and deinit.
@safe package final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    /// - Parameter count: how many waits pass at once.
    package init(_ count: Int = 0) {
        unsafe handle = .allocate(capacity: 1)
        unsafe sem_init(handle, 0, UInt32(clamping: count))
    }

    deinit {
        unsafe sem_destroy(handle)
        unsafe handle.deallocate()
    }

    /// Lets one wait pass.
    package func signal() { unsafe sem_post(handle) }

    /// Takes one, and blocks the thread until there is one.
    package func wait() { while unsafe sem_wait(handle) != 0 {} }
}
