internal import Glibc
internal import SystemPackage

extension Directory {
    /// Creates a regular file that did not exist.
    /// - Throws: `FileError`: `.alreadyExists` for any name that is taken, be it by a dangling link.
    package func createFile(_ relative: String, mode: UInt32 = 0o600) throws -> WritableFile {
        try withNamedParent(of: relative) { parent, name in
            let place = path(relative)
            let flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW
            let opened = try Descriptor.open(name, in: parent, flags: flags, mode: mode, for: place)
            // Group and other bits are subject to the umask at creation, and are meant exactly.
            if mode & 0o7077 != 0 { try retrying("given its mode", place) { fchmod(opened.number, mode) } }
            return WritableFile(opened, path: place)
        }
    }

    /// Replaces a file's content so that a reader, or a crash, sees the old bytes or the new ones.
    /// - Throws: `FileError`; the old content is then untouched.
    package func writeAtomically(_ relative: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws {
        let (parent, name) = try split(relative)
        let temporary = try TemporaryFile(in: parent, mode: mode)
        try temporary.file.write(bytes)
        try temporary.publish(as: name, in: parent)
    }

    /// Removes a file, a link (not its target) or an empty directory.
    /// - Throws: `FileError`: `.notFound`, `.alreadyExists` when a directory is not empty.
    package func remove(_ relative: String) throws {
        try withNamedParent(of: relative) { parent, name in
            do {
                try retrying("removed", path(relative)) { unsafe unlinkat(parent, name, 0) }
            } catch let error as FileError where error.code == .isADirectory || error.code == .notPermitted {
                try retrying("removed", path(relative)) { unsafe unlinkat(parent, name, AT_REMOVEDIR) }
            }
        }
    }

    /// Moves a name, replacing what `target` names if the kinds fit; both are below this directory.
    /// - Throws: `FileError`.
    package func rename(_ source: String, to target: String) throws {
        try withNamedParent(of: source) { from, sourceName in
            try withNamedParent(of: target) { into, targetName in
                try retrying("renamed to \(target)", path(source)) {
                    unsafe renameat(from, sourceName, into, targetName)
                }
            }
        }
    }

    /// Gives a file of this tree a second name; links are not followed.
    /// - Parameter target: the directory, on the same file system, that `name` is below; this one when nil.
    /// - Throws: `FileError`: `.alreadyExists`, `.notFound`.
    package func linkFile(_ source: String, as name: String, in target: Directory? = nil) throws {
        let target = target ?? self
        try withNamedParent(of: source) { from, sourceName in
            try target.withNamedParent(of: name) { into, targetName in
                try retrying("linked as \(target.path(name))", path(source)) {
                    unsafe linkat(from, sourceName, into, targetName, 0)
                }
            }
        }
    }

    /// Makes `name` a symbolic link to `target`, atomically replacing a link or file of that name.
    /// - Throws: `FileError`.
    package func replaceSymbolicLink(_ relative: String, target: String) throws {
        try withNamedParent(of: relative) { parent, name in
            let temporary = TemporaryFile.uniqueName()
            try retrying("created", path(relative)) { unsafe symlinkat(target, parent, temporary) }
            do {
                try retrying("replaced", path(relative)) { unsafe renameat(parent, temporary, parent, name) }
            } catch {
                unsafe unlinkat(parent, temporary, 0)
                throw error
            }
        }
    }

    /// The target of a symbolic link, as it is written.
    /// - Throws: `FileError`: `.notFound`; `.system` (EINVAL) when the name is no link.
    package func linkTarget(_ relative: String) throws -> String {
        try withNamedParent(of: relative) { parent, name in
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = try retrying("read as a link", path(relative)) {
                unsafe readlinkat(parent, name, &buffer, buffer.count)
            }
            let bytes = buffer.prefix(count).map(UInt8.init(bitPattern:))
            guard count < buffer.count, let target = String(validating: bytes, as: UTF8.self) else {
                throw FileError(.invalidPath, path(relative), "is a link whose target is too long or not UTF-8")
            }
            return target
        }
    }

    /// Makes the names in this directory survive a power cut.
    /// - Throws: `FileError`.
    package func sync() throws { try retrying("synchronised", path) { fsync(descriptor.number) } }

    /// The directory and the last component of a path.
    func split(_ relative: String) throws -> (Directory, String) {
        let components = try RelativePath(relative, in: path).components
        guard let name = components.last else {
            throw FileError(.invalidPath, path, "needs a name below it for this operation")
        }
        return (try directory(components.dropLast().joined(separator: "/")), String(name))
    }
}
