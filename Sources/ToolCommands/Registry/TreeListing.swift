import ArchiveIO
import ArtifactStore
import SafeFiles

/// The files and directories of a tree that an artifact would hold, by their paths.
struct TreeListing {
    enum Entry: Hashable {
        case directory
        case file(size: Int64, isExecutable: Bool)

        var name: String { self == .directory ? "directory" : "file" }
    }

    let root: Directory
    private(set) var entries: [String: Entry] = [:]

    /// Blocks.
    /// - Throws: `FileError`.
    init(_ root: Directory, leavingOut rules: IgnoreRules = IgnoreRules(lines: [String]())) throws {
        self.root = root
        try add(root, prefix: "", rules)
    }

    private mutating func add(_ directory: Directory, prefix: String, _ rules: IgnoreRules) throws {
        for entry in try directory.entries() {
            let path = prefix + entry.name
            switch entry.kind {
            case .directory:
                let choice = rules.choice(path, isDirectory: true)
                guard choice != .prune else { continue }
                if choice == .include { addDirectories(to: path) }
                try add(directory.directory(entry.name), prefix: path + "/", rules)
            case .file:
                guard rules.choice(path, isDirectory: false) == .include else { continue }
                if let slash = path.lastIndex(of: "/") { addDirectories(to: String(path[..<slash])) }
                entries[path] = .file(size: entry.size, isExecutable: entry.status.mode & 0o111 != 0)
            case .link, .other: continue
            }
        }
    }

    /// An ignored directory is there all the same when something in it is not ignored.
    private mutating func addDirectories(to path: String) {
        var path = path[...]
        while entries[String(path)] == nil {
            entries[String(path)] = .directory
            guard let slash = path.lastIndex(of: "/") else { return }
            path = path[..<slash]
        }
    }
}
