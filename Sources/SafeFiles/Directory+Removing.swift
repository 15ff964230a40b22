internal import Glibc
internal import SystemPackage

extension Directory {
    /// Removes a name and, if it is a directory, everything in it; links are removed, never followed. Absent is done.
    /// - Throws: `FileError`; what was already removed stays removed.
    package func removeTree(_ relative: String) throws {
        let (parent, name): (Directory, String)
        do {
            (parent, name) = try split(relative)
        } catch let error as FileError where error.code == .notFound {
            return
        }
        try parent.removeEverything(named: Array(name.utf8))
    }

    /// Removes everything in this directory, but not the directory.
    /// - Throws: `FileError`.
    package func removeContents() throws {
        for name in try rawNames() { try removeEverything(named: name) }
    }

    private func removeEverything(named name: [UInt8]) throws {
        let shown = path(String(decoding: name, as: UTF8.self))
        let terminated = name.map(CChar.init(bitPattern:)) + [0]
        if unsafe unlinkat(descriptor.number, terminated, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw FileError(number: errno, "removed", shown) }
        // A directory that forbids its owner to list or change it would keep its content for ever.
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = unsafe openat(descriptor.number, terminated, flags, 0)
        if number < 0, errno == EACCES {
            unsafe fchmodat(descriptor.number, terminated, 0o700, 0)
            number = unsafe openat(descriptor.number, terminated, flags, 0)
        }
        guard number >= 0 else { throw FileError(number: errno, "removed", shown) }
        let child = Directory(path: shown, descriptor: Descriptor(number))
        fchmod(number, 0o700)
        try child.removeContents()
        try retrying("removed", shown) { unsafe unlinkat(descriptor.number, terminated, AT_REMOVEDIR) }
    }
}
