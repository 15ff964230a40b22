import SafeFiles

/// Moves a finished tree into a directory that may hold files already. What has the same name is replaced, all else
/// stays; nothing is moved when something does not fit.
struct TreeMerge {
    let tree: Directory
    let target: Directory

    /// Blocks. Both are on the same file system.
    /// - Throws: `ToolError` where one has a directory and the other has none, `FileError`.
    func run() throws {
        try check(tree, target, prefix: "")
        try move(tree, target)
    }

    private func check(_ tree: Directory, _ target: Directory, prefix: String) throws {
        for entry in try tree.entries() {
            guard let present = try target.status(entry.name) else { continue }
            guard (entry.kind == .directory) == (present.kind == .directory) else {
                let (ours, theirs) = entry.kind == .directory ? ("a directory", "a file") : ("a file", "a directory")
                throw ToolError(
                    .file,
                    "The artifact has \(ours) '\(prefix)\(entry.name)', and the output has \(theirs) of that name; "
                        + "remove it, or pull into an empty directory (nothing was changed)"
                )
            }
            if entry.kind == .directory {
                let (below, there) = (try tree.directory(entry.name), try target.directory(entry.name))
                try check(below, there, prefix: "\(prefix)\(entry.name)/")
            }
        }
    }

    private func move(_ tree: Directory, _ target: Directory) throws {
        for entry in try tree.entries() {
            if entry.kind == .directory, try target.status(entry.name) != nil {
                try move(tree.directory(entry.name), target.directory(entry.name))
            } else {
                try target.move(entry.name, of: tree, to: entry.name)
            }
        }
    }
}
