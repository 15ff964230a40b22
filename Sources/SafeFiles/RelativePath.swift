internal import SystemPackage

/// A path below a directory, checked: no `..`, no empty component, not absolute, no NUL. `.` components vanish.
struct RelativePath {
    /// None for the directory itself.
    let components: [Substring]

    init(_ text: String, in root: FilePath) throws {
        guard !text.isEmpty else {
            components = []
            return
        }
        var utf8 = text.utf8.startIndex
        while utf8 < text.utf8.endIndex {
            guard text.utf8[utf8] != 0 else { throw Self.refusal("a NUL character", text.filter { $0 != "\0" }, root) }
            utf8 = text.utf8.index(after: utf8)
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            guard !part.isEmpty else { throw Self.refusal("an empty component", text, root) }
            guard part != ".." else { throw Self.refusal("a '..' component", text, root) }
        }
        components = parts.filter { $0 != "." }
    }

    private static func refusal(_ what: String, _ text: String, _ root: FilePath) -> FileError {
        FileError(.invalidPath, root, "does not accept the path '\(text)' below it, because it holds \(what)")
    }
}
