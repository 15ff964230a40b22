internal import SystemPackage

/// Reading through symbolic links, as long as they stay inside the tree. For trees whose links are wanted.
extension Directory {
    /// The path, free of links, that `relative` leads to. Links and `..` are followed as the kernel does, but a step
    /// above this directory or an absolute target is refused, even if it would come back.
    /// - Returns: the empty string for this directory.
    /// - Throws: `FileError`: `.linkRefused` when a link leaves the tree or links turn in circles, `.invalidPath` when
    ///   the path itself leaves it, `.notFound`.
    package func resolve(_ relative: String) throws -> String {
        var pending = try Self.steps(relative, of: path(relative))
        var resolved: [String] = []
        var linksLeft = 40
        var lastLink: String?
        while let step = pending.popLast() {
            if step == ".." {
                guard resolved.popLast() != nil else { throw escape(relative, through: lastLink) }
                continue
            }
            let candidate = (resolved + [step]).joined(separator: "/")
            guard let status = try status(candidate) else {
                throw FileError(.notFound, path(relative), "does not exist: nothing is at \(path(candidate))")
            }
            guard status.kind == .link else {
                resolved.append(step)
                continue
            }
            let target = try linkTarget(candidate)
            linksLeft -= 1
            guard linksLeft > 0 else {
                throw FileError(
                    .linkRefused,
                    path(relative),
                    "leads through more than 40 symbolic links, or in a circle"
                )
            }
            guard !target.hasPrefix("/") else { throw escape(relative, through: candidate) }
            lastLink = candidate
            pending += try Self.steps(target, of: path(candidate))
        }
        return resolved.joined(separator: "/")
    }

    /// The bytes of the regular file that `relative` leads to through links inside the tree.
    /// - Throws: `FileError`, as `resolve` and `read`.
    package func readFollowingLinks(_ relative: String, limit: Int) throws -> [UInt8] {
        do {
            return try read(relative, limit: limit)
        } catch let error as FileError where error.code == .linkRefused || error.code == .invalidPath {
            return try read(resolve(relative), limit: limit)
        }
    }

    /// The directory that `relative` leads to through links inside the tree.
    /// - Throws: `FileError`, as `resolve` and `directory`.
    package func directoryFollowingLinks(_ relative: String) throws -> Directory { try directory(resolve(relative)) }

    /// The components of a path, last first; empty ones and `.` left out.
    private static func steps(_ text: String, of place: FilePath) throws -> [String] {
        guard !text.hasPrefix("/"), !text.utf8.contains(0) else {
            throw FileError(.invalidPath, place, "is absolute or holds a NUL character, which is not accepted here")
        }
        return text.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
    }

    private func escape(_ relative: String, through link: String?) -> FileError {
        guard let link else { return FileError(.invalidPath, path(relative), "leads out of \(path)") }
        return FileError(.linkRefused, path(link), "is a symbolic link that leads out of \(path)")
    }
}
