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
    static func isRemote(_ reference: String) -> Bool { isFileURL(reference) || RemoteRepository(reference) != nil }

    /// Whether a reference may be fetched as one file.
    static func isFileURL(_ reference: String) -> Bool {
        let lowered = reference.prefix(8).lowercased()
        return lowered.hasPrefix("http://") || lowered.hasPrefix("https://")
    }

    /// The path as it is written from a directory: with `..` where it lies elsewhere.
    static func relative(_ path: String, from directory: String) -> String {
        let steps = path.split(separator: "/")
        let base = directory.split(separator: "/")
        let common = zip(steps, base).prefix { $0 == $1 }.count
        let up = Array(repeating: Substring(".."), count: base.count - common)
        return (up + steps[common...]).joined(separator: "/")
    }

    /// A path for messages: the root has no name of its own.
    static func shown(_ path: String) -> String { path.isEmpty ? "." : path }
}
