internal import SafeFiles

/// An entry of a layer that is no file but hides something of the layers below it (OCI image spec, layer.md,
/// "Whiteouts").
enum LayerMark {
    /// What the components name is gone.
    case hides([String])
    /// All that the directory holds is gone, and the directory stays.
    case hidesContent(of: [String])
    /// What a union file system wrote for itself; it means nothing to others.
    case metadata

    private static let prefix = ".wh."
    private static let opaque = ".wh..wh..opq"
    private static let reserved = ".wh..wh."

    /// Nil for an ordinary entry.
    /// - Throws: `ArchiveError.unsafeName` for a whiteout of nothing.
    init?(_ name: EntryName) throws {
        guard name.name != Self.opaque else {
            self = .hidesContent(of: Array(name.parent))
            return
        }
        guard !name.components.contains(where: { $0.hasPrefix(Self.reserved) }) else {
            self = .metadata
            return
        }
        guard name.name.hasPrefix(Self.prefix) else { return nil }
        let hidden = String(name.name.dropFirst(Self.prefix.count))
        guard !["", ".", ".."].contains(hidden) else {
            throw ArchiveError(.unsafeName, entry: name.text, "is a whiteout of no name")
        }
        self = .hides(name.parent + [hidden])
    }
}

/// The names that a layer brought itself, which its own whiteouts do not hide, wherever in the archive they come.
struct LayerPaths {
    private var own: Set<[String]> = []

    /// Another layer begins.
    mutating func begin() { own = [] }

    /// The name of an entry, and those of the directories on the way to it.
    mutating func note(_ components: [String]) {
        var path = components
        while !path.isEmpty, own.insert(path).inserted { path.removeLast() }
    }

    /// Removes what lower layers have under a name.
    /// - Throws: `FileError`.
    func hide(_ path: [String], in root: Directory) throws {
        guard own.contains(path) else { return try root.removeTree(path.joined(separator: "/")) }
        try hideContent(of: path, in: root)
    }

    /// Removes what lower layers have below a name.
    /// - Throws: `FileError`.
    func hideContent(of path: [String], in root: Directory) throws {
        let text = path.joined(separator: "/")
        guard try root.status(text)?.kind == .directory else { return }
        for entry in try root.entries(text) { try hide(path + [entry.name], in: root) }
    }
}
