internal import Glibc
internal import SystemPackage

/// An exclusive lock on a file (`flock`), released with the last reference or when the process dies.
package final class FileLock: Sendable {
    private let descriptor: Descriptor

    fileprivate init(_ descriptor: Descriptor) { self.descriptor = descriptor }
}

extension Directory {
    /// Takes the lock `name`, making the file if it is missing.
    /// - Parameter waiting: whether to wait for another holder, who may also be in this process.
    /// - Throws: `FileError`: `.busy` when somebody else holds it and `waiting` is false.
    package func lock(_ relative: String, waiting: Bool = true) throws -> FileLock {
        try withNamedParent(of: relative) { parent, name in
            let place = path(relative)
            let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
            let opened = try Descriptor.open(name, in: parent, flags: flags, mode: 0o600, for: place)
            try retrying("locked", place) { flock(opened.number, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) }
            return FileLock(opened)
        }
    }
}
