internal import Glibc
package import SystemPackage

/// A directory held open by its descriptor: whatever happens to the path that led here, operations stay inside.
///
/// Every relative path is walked one component at a time with `openat` and `O_NOFOLLOW`, so no symbolic link inside
/// the tree is ever followed, not even one planted between two calls. Works on every kernel and under every seccomp
/// profile, because it needs no `openat2`. Thread-safe; all functions block, so async callers use `BlockingPool`.
package final class Directory: Sendable {
    /// The path that the directory was opened by, for messages only.
    package let path: FilePath
    let descriptor: Descriptor

    init(path: FilePath, descriptor: Descriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a directory by a path of the process: the root of a tree. Links in this path are followed.
    /// - Parameter creating: whether missing directories are made, with mode 0700.
    /// - Throws: `FileError`.
    package static func open(_ path: FilePath, creating: Bool = false) throws -> Directory {
        if creating { try create(path) }
        let descriptor = try Descriptor.open(path.string, in: AT_FDCWD, flags: O_RDONLY | O_DIRECTORY, for: path)
        return Directory(path: path, descriptor: descriptor)
    }

    /// Opens a directory below this one; the empty path is this directory again.
    /// - Parameter creating: whether missing directories are made, with `mode` narrowed by the umask.
    /// - Throws: `FileError`: `.linkRefused` when a component is a link, `.notADirectory`, `.notFound`, `.invalidPath`.
    package func directory(_ relative: String, creating: Bool = false, mode: UInt32 = 0o700) throws -> Directory {
        let components = try RelativePath(relative, in: path).components
        guard !components.isEmpty else { return self }
        let opened = try walk(components[...], creating: creating ? mode : nil)
        return Directory(path: path(relative), descriptor: opened)
    }

    /// What a name stands for, links not followed; nil when it is absent. The empty path is this directory.
    /// - Throws: `FileError`.
    package func status(_ relative: String) throws -> FileStatus? {
        do {
            return try withParent(of: relative) { parent, name in
                var status = stat()
                try retrying("examined", path(relative)) {
                    unsafe fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW)
                }
                return FileStatus(status)
            }
        } catch let error as FileError where error.code == .notFound {
            return nil
        }
    }

    /// The full path of something in here, for messages.
    func path(_ relative: String) -> FilePath { relative.isEmpty ? path : FilePath("\(path.string)/\(relative)") }

    /// Calls `body` with the directory that holds the path's last component, and that component (`.` for none).
    @discardableResult
    func withParent<Result>(of relative: String, _ body: (Int32, String) throws -> Result) throws -> Result {
        let components = try RelativePath(relative, in: path).components
        guard let name = components.last else { return try body(descriptor.number, ".") }
        guard components.count > 1 else { return try body(descriptor.number, String(name)) }
        let parent = try walk(components.dropLast(), creating: nil)
        return try body(parent.number, String(name))
    }

    /// As `withParent`, for operations that change or replace the name itself.
    @discardableResult
    func withNamedParent<Result>(of relative: String, _ body: (Int32, String) throws -> Result) throws -> Result {
        try withParent(of: relative) { parent, name in
            guard name != "." else { throw FileError(.invalidPath, path, "needs a name below it for this operation") }
            return try body(parent, name)
        }
    }

    private func walk(_ components: ArraySlice<Substring>, creating mode: UInt32?) throws -> Descriptor {
        var current = descriptor
        var walked = path
        for component in components {
            let name = String(component)
            walked = FilePath("\(walked.string)/\(name)")
            current = try Self.step(name, in: current, creating: mode, for: walked)
        }
        return current
    }

    private static func step(
        _ name: String,
        in parent: Descriptor,
        creating mode: UInt32?,
        for path: FilePath
    ) throws -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        do {
            return try Descriptor.open(name, in: parent.number, flags: flags, for: path)
        } catch let error as FileError where error.code == .notFound {
            guard let mode else { throw error }
            if unsafe mkdirat(parent.number, name, mode) != 0, errno != EEXIST {
                throw FileError(number: errno, "created", path)
            }
            return try Descriptor.open(name, in: parent.number, flags: flags, for: path)
        } catch let error as FileError where error.code == .notADirectory {
            // The kernel says the same of a link when a directory is asked for.
            var status = stat()
            let isLink =
                unsafe fstatat(parent.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
                && FileKind(mode: status.st_mode) == .link
            throw isLink ? FileError.linkNotFollowed(path) : error
        }
    }

    private static func create(_ path: FilePath) throws {
        var built = path.isAbsolute ? FilePath("/") : FilePath(".")
        for component in path.components {
            built.append(component)
            if unsafe mkdir(built.string, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS {
                throw FileError(number: errno, "created", built)
            }
        }
    }
}
