internal import CLibgit2
internal import CoreModel
internal import SafeFiles

/// Writes the files of a commit below a folder, as they are stored: no filters, no line-end conversion, whatever this
/// machine's settings say. Blocks.
struct TreeExport {
    /// A repository within the repository, of which a commit holds the address and the commit.
    struct Submodule: Sendable {
        let path: String
        let address: String
        let commit: String
    }

    private let objects: GitObjects
    private let target: Directory
    private var budget: GitBudget
    private var links: [(path: String, commit: String)] = []
    private var addresses: [String: String] = [:]

    init(_ objects: GitObjects, to target: Directory, budget: GitBudget) {
        self.objects = objects
        self.target = target
        self.budget = budget
    }

    /// - Returns: the submodules that were met, and what is left of the budget.
    /// - Throws: `GitError`, `FileError`.
    static func run(
        _ objects: GitObjects,
        commit: git_oid,
        to target: Directory,
        budget: GitBudget
    ) throws -> (submodules: [Submodule], budget: GitBudget) {
        var export = TreeExport(objects, to: target, budget: budget)
        try export.write(commit, "", depth: 0)
        let submodules = export.links.compactMap { link in
            export.addresses[link.path].map { Submodule(path: link.path, address: $0, commit: link.commit) }
        }
        return (submodules, export.budget)
    }

    private mutating func write(_ folder: git_oid, _ path: String, depth: Int) throws {
        guard depth < GitBudget.depth else {
            throw GitError(.tooLarge, "The git repository '\(objects.subject)' has folders nested too deeply")
        }
        for entry in try objects.entries(of: folder) {
            try check(entry.name)
            try budget.takeEntry(objects.subject)
            let place = path.isEmpty ? entry.name : "\(path)/\(entry.name)"
            try write(entry, place, depth)
        }
    }

    private mutating func write(_ entry: GitEntry, _ place: String, _ depth: Int) throws {
        switch entry.mode {
        case GIT_FILEMODE_TREE:
            _ = try target.directory(place, creating: true)
            try write(entry.object, place, depth: depth + 1)
        case GIT_FILEMODE_COMMIT:
            _ = try target.directory(place, creating: true)
            links.append((place, entry.object.text))
        case GIT_FILEMODE_LINK:
            let link = String(decoding: try content(entry), as: UTF8.self)
            try target.replaceSymbolicLink(place, target: link)
        default:
            let bytes = try content(entry)
            if place == ".gitmodules" { addresses = SubmoduleFile.addresses(bytes) }
            let isExecutable = entry.mode == GIT_FILEMODE_BLOB_EXECUTABLE
            try target.createFile(place, mode: isExecutable ? 0o700 : 0o600).write(bytes)
        }
    }

    private mutating func content(_ entry: GitEntry) throws -> [UInt8] {
        let bytes = try objects.content(of: entry.object, limit: budget.bytes)
        budget.bytes -= Int64(bytes.count)
        return bytes
    }

    /// git itself never makes such names; a server may.
    private func check(_ name: String) throws {
        guard !["", ".", ".."].contains(name), !name.contains("/"), name.lowercased() != ".git" else {
            throw GitError(
                .unsafeContent,
                "The git repository '\(objects.subject)' holds the forbidden name \(name.debugDescription)"
            )
        }
    }
}

/// What may still be written.
struct GitBudget: Sendable {
    /// The most folders within each other.
    static let depth = 128

    var bytes: Int64
    var entries: Int

    mutating func takeEntry(_ subject: String) throws {
        entries -= 1
        guard entries >= 0 else {
            throw GitError(.tooLarge, "The git repository '\(subject)' has more files than are taken")
        }
    }
}

/// The file `.gitmodules` (gitmodules(5), git-config(1)): no includes, and nothing but paths and addresses is read.
enum SubmoduleFile {
    /// Addresses by path.
    static func addresses(_ bytes: [UInt8]) -> [String: String] {
        var (result, path, address) = ([String: String](), String?.none, String?.none)
        func close() {
            if let path, let address { result[path] = address }
            (path, address) = (nil, nil)
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.hasPrefix("[") { close() }
            let parts = text.split(separator: "=", maxSplits: 1).map(trimmed)
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "path": path = parts[1]
            case "url": address = parts[1]
            default: continue
            }
        }
        close()
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        let blank: Set<Character> = [" ", "\t", "\r"]
        var text = text.drop { blank.contains($0) }
        while let last = text.last, blank.contains(last) { text.removeLast() }
        if text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        return String(text)
    }
}
