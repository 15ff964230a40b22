import ArchiveIO
import ArtifactStore
import CoreModel
import SafeFiles
import SystemPackage

/// Copies a tree with what its symbolic links lead to in the links' places, also when that is outside of the tree.
/// A link to a directory that it lies in itself is left out, so that circles end.
struct LinkFreeCopy {
    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private let rules: IgnoreRules
    private let limit = ArtifactLimits().entries
    private var entries = 0
    private var root = FilePath("/")
    private var outside: [String] = []

    init(rules: IgnoreRules) { self.rules = rules }

    /// Fills an empty directory with what is not ignored.
    /// - Throws: `ToolError` that names a link which leads to nothing, or too many files; `FileError`.
    mutating func copy(_ source: LocalPath, into target: Directory) throws {
        root = try source.resolved()
        try copy(root, into: target, prefix: "", above: [])
    }

    /// Says which links have brought in what is not in the tree.
    func report(_ context: ToolContext) {
        guard !outside.isEmpty else { return }
        let more = outside.count > 5 ? " and \(outside.count - 5) more" : ""
        let listed = outside.prefix(5).joined(separator: ", ")
        context.failure("Warning: links lead out of the directory, and are packed all the same: \(listed)\(more)")
    }

    private mutating func copy(
        _ place: FilePath,
        into target: Directory,
        prefix: String,
        above: Set<Identity>
    ) throws {
        let source = try Directory.open(place)
        let identity = try source.status("").map { Identity(device: $0.device, inode: $0.inode) }
        guard let identity, !above.contains(identity) else { return }
        for entry in try source.entries() {
            let path = prefix + entry.name
            let place = place.appending(entry.name)
            let found = entry.kind == .link ? try follow(place, path) : (kind: entry.kind, place: place)
            guard let found else { continue }
            switch found.kind {
            case .directory:
                let choice = rules.choice(path, isDirectory: true)
                guard choice != .prune, try !isAbove(found.place, above.union([identity])) else { continue }
                try count(path)
                let made = try target.directory(entry.name, creating: true)
                try copy(found.place, into: made, prefix: path + "/", above: above.union([identity]))
            case .file:
                guard rules.choice(path, isDirectory: false) == .include else { continue }
                try count(path)
                try target.addCopy(of: LocalPath(found.place.string).file().file, as: entry.name)
            case .link, .other: continue
            }
        }
    }

    /// What a link leads to; nil for one that is ignored.
    private mutating func follow(_ link: FilePath, _ path: String) throws -> (kind: FileKind, place: FilePath)? {
        let isIgnored = [true, false].map { rules.choice(path, isDirectory: $0) != .include }
        guard let place = try? LocalPath(link.string).resolved() else {
            guard isIgnored.contains(false) else { return nil }
            throw ToolError(
                .file,
                "The symbolic link '\(path)' leads to nothing; repair it, or leave it out with --add-ignore-paths"
            )
        }
        let isDirectory = LocalPath(place.string).isDirectory == true
        if isDirectory ? rules.choice(path, isDirectory: true) == .prune : isIgnored[1] { return nil }
        if !place.starts(with: root) { outside.append("\(path) to \(place)") }
        return (isDirectory ? .directory : .file, place)
    }

    private func isAbove(_ place: FilePath, _ above: Set<Identity>) throws -> Bool {
        guard let status = try Directory.open(place).status("") else { return false }
        return above.contains(Identity(device: status.device, inode: status.inode))
    }

    private mutating func count(_ path: String) throws {
        entries += 1
        guard entries <= limit else {
            throw ToolError(
                .file,
                "'\(path)' is beyond the limit of \(limit) files and directories, with links followed; leave some out "
                    + "with --add-ignore-paths"
            )
        }
    }
}
