/// Rules for paths inside a source tree.
enum SourcePath {
    /// The path that `reference` means when it stands in a file of `directory`.
    /// - Returns: nil when it leaves the root, is absolute or holds a NUL.
    static func resolve(_ reference: String, from directory: String) -> String? {
        guard !reference.hasPrefix("/"), !reference.utf8.contains(0) else { return nil }
        var steps = directory.split(separator: "/")
        for step in reference.split(separator: "/") {
            switch step {
            case ".": continue
            case "..": guard steps.popLast() != nil else { return nil }
            default: steps.append(step)
            }
        }
        return steps.joined(separator: "/")
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    static func name(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : "\(directory)/\(name)"
    }

    /// Whether `path` is `directory` or lies below it.
    static func contains(_ directory: String, _ path: String) -> Bool {
        directory.isEmpty || path == directory || path.hasPrefix(directory + "/")
    }

    /// Whether a reference names something elsewhere on the network, as kustomize understands it.
    static func isRemote(_ reference: String) -> Bool {
        if reference.contains("://") || reference.hasPrefix("git::") { return true }
        if reference.hasPrefix("git@") { return true }
        let host = reference.prefix { $0 != "/" && $0 != ":" }.lowercased()
        return host == "github.com" || host == "gitlab.com" || host == "bitbucket.org"
            || reference.contains("?ref=") || reference.contains("?version=")
    }

    /// A path for messages: the root has no name of its own.
    static func shown(_ path: String) -> String { path.isEmpty ? "." : path }
}
