internal import CLibgit2

/// Owns one object of libgit2 and frees it with the last reference. For one thread.
@safe final class GitHandle {
    let pointer: OpaquePointer
    private let release: (OpaquePointer) -> Void

    /// Nil when libgit2 does not find what was asked for.
    /// - Parameters:
    ///   - subject: the user's path, for messages.
    ///   - what: what is tried, as a noun: `opening it`.
    /// - Throws: `GitError.unreadable` for any other failure.
    @safe init?(
        _ subject: String,
        _ what: String,
        release: @escaping (OpaquePointer) -> Void,
        make: (inout OpaquePointer?) -> Int32
    ) throws {
        var made: OpaquePointer?
        let code = unsafe make(&made)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        guard code == 0, let made = unsafe made else { throw GitError.unreadable(subject, what) }
        unsafe pointer = unsafe made
        unsafe self.release = unsafe release
    }

    deinit { unsafe release(pointer) }

    /// libgit2 is set up once in a process and stays.
    static let isReady: Bool = git_libgit2_init() > 0
}
