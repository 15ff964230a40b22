internal import CoreModel
package import SafeFiles
internal import Synchronization

/// Artifacts unpacked once for each content and shared by everybody who builds from them.
final class TreeCache: Sendable {
    private struct Entry {
        var leases = 0
        /// When it was last asked for, on a clock that counts requests.
        var used: UInt64 = 0
    }

    private struct State {
        var entries: [Digest: Entry] = [:]
        var requests: UInt64 = 0
    }

    private let directory: Directory
    private let temporary: Directory
    private let idle: Int
    private let state = Mutex(State())

    /// - Parameter idle: how many trees are kept that nobody leases.
    init(_ directory: Directory, temporary: Directory, idle: Int) {
        self.directory = directory
        self.temporary = temporary
        self.idle = idle
    }

    /// The tree of a content, filled by `unpack` when it is not there.
    /// - Throws: `FileError`, and what `unpack` throws; nothing is kept then.
    func lease(_ digest: Digest, unpack: (Directory) throws -> Void) throws -> TreeLease {
        if acquire(digest) == nil {
            let fresh = try TemporaryDirectory(in: temporary)
            try unpack(fresh.directory)
            try state.withLock { state in
                // Somebody else may have been faster; then this one is dropped.
                if state.entries[digest] == nil {
                    try fresh.publish(as: digest.description, in: directory)
                    state.entries[digest] = Entry()
                }
                Self.use(digest, &state)
            }
        }
        do {
            let tree = try directory.directory(digest.description)
            try evict()
            return TreeLease(tree) { [weak self] in self?.release(digest) }
        } catch {
            release(digest)
            throw error
        }
    }

    private func acquire(_ digest: Digest) -> Void? {
        state.withLock { state in
            guard state.entries[digest] != nil else { return nil }
            Self.use(digest, &state)
            return ()
        }
    }

    private static func use(_ digest: Digest, _ state: inout State) {
        state.requests += 1
        state.entries[digest]?.leases += 1
        state.entries[digest]?.used = state.requests
    }

    private func release(_ digest: Digest) { state.withLock { $0.entries[digest]?.leases -= 1 } }

    /// Removes the trees that were unused longest. Not done when a lease ends, which may be on any thread.
    private func evict() throws {
        let doomed = try state.withLock { state in
            let unused = state.entries.filter { $0.value.leases == 0 }.sorted { $0.value.used < $1.value.used }
            return try unused.prefix(max(0, unused.count - idle)).map { digest, _ in
                // Out of the way under the lock, so that the same content can be unpacked again at once.
                let name = "\(TemporaryFile.prefix)evicted-\(state.requests)-\(digest.hex)"
                try temporary.move(digest.description, of: directory, to: name)
                state.entries[digest] = nil
                return name
            }
        }
        // What cannot be removed now goes at the next start, and is no reason to refuse somebody else's tree.
        for name in doomed { try? temporary.removeTree(name) }
    }
}

/// An unpacked artifact, shared and for reading only, that stays until the lease is gone.
package final class TreeLease: Sendable {
    package let directory: Directory
    private let release: @Sendable () -> Void

    init(_ directory: Directory, release: @escaping @Sendable () -> Void) {
        self.directory = directory
        self.release = release
    }

    deinit { release() }
}
