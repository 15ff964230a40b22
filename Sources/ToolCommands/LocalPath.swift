import Glibc
import SafeFiles
import SystemPackage

/// A path that the user has named. Links in it are the user's own and are followed; what is below a directory so opened
/// goes through `SafeFiles` as everything else does.
struct LocalPath: Sendable {
    /// As it was written, for messages.
    let written: String

    init(_ written: String) { self.written = written }

    /// The directory itself.
    /// - Throws: `ToolError` for anything that is no directory.
    func directory() throws -> Directory {
        do {
            return try Directory.open(FilePath(written))
        } catch {
            throw ToolError(.file, "The directory '\(written)' cannot be opened; name one that exists", cause: error)
        }
    }

    /// The regular file, and its own name.
    /// - Throws: `ToolError`.
    func file() throws -> (file: ReadableFile, name: String) {
        do {
            let path = try resolved()
            let parent = try Directory.open(path.removingLastComponent())
            return (
                try parent.openFile(path.lastComponent?.string ?? ""), FilePath(written).lastComponent?.string ?? ""
            )
        } catch {
            throw ToolError(.file, "The file '\(written)' cannot be read; name one that exists", cause: error)
        }
    }

    /// The directory's absolute path without links and without the first slash.
    /// - Throws: `ToolError` for anything that is no directory.
    func absolute() throws -> String {
        guard isDirectory == true, let path = try? resolved() else {
            throw ToolError(.file, "The directory '\(written)' cannot be opened; name one that exists")
        }
        return String(path.string.drop { $0 == "/" })
    }

    /// Writes a file of the user, replacing what has its name.
    /// - Throws: `ToolError`.
    func write(_ bytes: [UInt8]) throws { try replace { try $0.write(bytes) } }

    /// Writes a copy of a file, replacing what has its name.
    /// - Throws: `ToolError`.
    func write(_ file: ReadableFile) throws {
        try replace { copy in try unsafe file.forEachPiece { try unsafe copy.write($0) } }
    }

    private func replace(_ fill: (WritableFile) throws -> Void) throws {
        let path = FilePath(written)
        guard let name = path.lastComponent?.string, isDirectory != true else {
            throw ToolError(.file, "The output '\(written)' is a directory; name a file in it")
        }
        let folder = path.removingLastComponent()
        do {
            let parent = try Directory.open(folder.isEmpty ? "." : folder)
            let file = try TemporaryFile(in: parent, mode: 0o644)
            try fill(file.file)
            try file.publish(as: name, in: parent)
        } catch {
            throw ToolError(
                .file,
                "The output '\(written)' cannot be written; name a file in a directory of yours",
                cause: error
            )
        }
    }

    /// Whether there is a directory; nil when there is nothing.
    var isDirectory: Bool? {
        var status = stat()
        guard unsafe stat(written, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// The absolute path without links.
    /// - Throws: `FileError` when it leads to nothing.
    func resolved() throws -> FilePath {
        guard let text = unsafe realpath(written, nil) else {
            throw FileError(number: errno, "found", FilePath(written))
        }
        defer { unsafe free(text) }
        return FilePath(unsafe String(cString: text))
    }
}
