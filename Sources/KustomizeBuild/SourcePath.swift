/// Rules for paths inside a source tree. Paths are bytes, as file systems have them: a combining mark may follow a
/// slash, and two spellings of one character are two names.
enum SourcePath {
    private static let slash = UInt8(ascii: "/")

    private static func steps(_ path: String) -> [String] {
        path.words(by: "/").filter { !$0.isEmpty }.map(String.init)
    }

    /// The path that `reference` means when it stands in a file of `directory`.
    /// - Returns: nil when it leaves the root, is absolute or holds a NUL.
    static func resolve(_ reference: String, from directory: String) -> String? {
        guard reference.utf8.first != slash, !reference.utf8.contains(0) else { return nil }
        var steps = steps(directory)
        for step in Self.steps(reference) {
            switch step {
            case ".": continue
            case "..": guard steps.popLast() != nil else { return nil }
            default: steps.append(step)
            }
        }
        return steps.joined(separator: "/")
    }

    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: slash) else { return "" }
        return String(path[..<slash])
    }

    static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: slash) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : "\(directory)/\(name)"
    }

    /// Whether `path` is `directory` or lies below it.
    static func contains(_ directory: String, _ path: String) -> Bool {
        guard !directory.isEmpty else { return true }
        let (directory, path) = (directory.utf8, path.utf8)
        return path.starts(with: directory) && [nil, slash].contains(path.dropFirst(directory.count).first)
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
        let (steps, base) = (steps(path), steps(directory))
        let common = zip(steps, base).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let up = Array(repeating: "..", count: base.count - common)
        return (up + steps[common...]).joined(separator: "/")
    }

    /// A path for messages: the root has no name of its own.
    static func shown(_ path: String) -> String { path.isEmpty ? "." : path }
}
