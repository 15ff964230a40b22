internal import Glibc
internal import SystemPackage

extension Directory {
    /// Opens a regular file; never waits on a pipe and never opens a device.
    /// - Throws: `FileError`: `.linkRefused` for a link, `.notARegularFile` for anything else.
    package func openFile(_ relative: String) throws -> ReadableFile {
        try withNamedParent(of: relative) { parent, name in
            let place = path(relative)
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            let opened = try Descriptor.open(name, in: parent, flags: flags, for: place)
            return try ReadableFile(opened, path: place)
        }
    }

    /// The bytes of a regular file.
    /// - Parameter limit: the most bytes that are taken, inclusive.
    /// - Throws: `FileError`: `.tooLarge` beyond the limit.
    package func read(_ relative: String, limit: Int) throws -> [UInt8] {
        try openFile(relative).readAll(limit: limit)
    }

    /// What the directory holds, sorted by the bytes of the names; `.` and `..` left out. What goes away while it is
    /// listed is not there.
    /// - Throws: `FileError`: `.invalidPath` when a name is not UTF-8.
    package func entries(_ relative: String = "") throws -> [DirectoryEntry] {
        let directory = try directory(relative)
        return try directory.rawNames().compactMap { bytes in
            guard let name = String(validating: bytes, as: UTF8.self) else {
                let shown = String(decoding: bytes, as: UTF8.self)
                throw FileError(
                    .invalidPath,
                    directory.path,
                    "holds the name '\(shown)', which is not UTF-8: rename it"
                )
            }
            var status = stat()
            do {
                try retrying("examined", directory.path(name)) {
                    unsafe fstatat(directory.descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW)
                }
            } catch let error as FileError where error.code == .notFound {
                return nil
            }
            return DirectoryEntry(name: name, status: FileStatus(status))
        }
    }

    /// The names as the kernel keeps them, sorted.
    func rawNames() throws -> [[UInt8]] {
        // A directory's read position belongs to its open file description, so each listing opens its own.
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let listing = try retrying("listed", path) { unsafe openat(descriptor.number, ".", flags, 0) }
        guard let stream = unsafe fdopendir(listing) else {
            let number = errno
            close(listing)
            throw FileError(number: number, "listed", path)
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        guard errno == 0 else { throw FileError(number: errno, "listed", path) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
