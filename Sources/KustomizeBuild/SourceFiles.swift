/// What a path of a source tree stands for.
package enum SourceKind: Hashable, Sendable { case file, directory }

/// One name in a directory of a source tree.
package struct SourceEntry: Hashable, Sendable {
    package let name: String
    package let isDirectory: Bool

    package init(name: String, isDirectory: Bool) {
        self.name = name
        self.isDirectory = isDirectory
    }
}

/// The files that a build may see: one tree with one root.
///
/// Paths are relative to the root, parted by `/`, without empty, `.` or `..` components; "" is the root itself. An
/// implementation never answers with anything outside of its root.
package protocol SourceFiles: Sendable {
    /// The bytes of a file; nil where there is none.
    /// - Throws: when it is there and cannot be read.
    func read(_ path: String) throws -> [UInt8]?
    /// The names in a directory, sorted by their bytes; nil where there is no directory.
    func entries(_ directory: String) throws -> [SourceEntry]?
    /// What stands at the path; nil for nothing and for what is neither a file nor a directory.
    func kind(_ path: String) throws -> SourceKind?
    /// The path without symbolic links; nil where nothing is there.
    func location(_ path: String) throws -> String?
}

extension SourceFiles {
    /// A tree without links.
    package func location(_ path: String) throws -> String? { path }
}

/// A source tree in memory: for generated overlays and for tests.
package struct MemoryFiles: SourceFiles {
    private let files: [String: [UInt8]]
    private let directories: [String: Set<SourceEntry>]

    /// The keys are normalised paths.
    package init(_ files: [String: [UInt8]]) {
        self.files = files
        var directories: [String: Set<SourceEntry>] = ["": []]
        for path in files.keys {
            var child = path
            var isDirectory = false
            while !child.isEmpty {
                let parent = SourcePath.parent(of: child)
                let entry = SourceEntry(name: SourcePath.name(of: child), isDirectory: isDirectory)
                directories[parent, default: []].insert(entry)
                child = parent
                isDirectory = true
            }
        }
        self.directories = directories
    }

    /// The keys are normalised paths, the values the text of the files.
    package init(texts: [String: String]) { self.init(texts.mapValues { Array($0.utf8) }) }

    package func read(_ path: String) -> [UInt8]? { files[path] }

    package func entries(_ directory: String) -> [SourceEntry]? {
        directories[directory]?.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func kind(_ path: String) -> SourceKind? {
        if files[path] != nil { .file } else if directories[path] != nil { .directory } else { nil }
    }
}
