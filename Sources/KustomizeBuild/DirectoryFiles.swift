import CoreModel
package import SafeFiles

/// A source tree on disk. Symbolic links are followed as long as they stay inside the root.
package struct DirectoryFiles: SourceFiles {
    private let root: Directory
    private let fileLimit: Int

    /// - Parameter fileLimit: the most bytes that one file may have.
    package init(_ root: Directory, fileLimit: Int = 64 << 20) {
        self.root = root
        self.fileLimit = fileLimit
    }

    package func read(_ path: String) throws -> [UInt8]? {
        guard let resolved = try resolve(path), try root.status(resolved)?.kind == .file else { return nil }
        return try root.read(resolved, limit: fileLimit)
    }

    package func entries(_ directory: String) throws -> [SourceEntry]? {
        guard try kind(directory) == .directory, let resolved = try resolve(directory) else { return nil }
        return try root.entries(resolved).map { entry in
            let isDirectory =
                entry.kind == .link
                ? try kind(SourcePath.join(directory, entry.name)) == .directory : entry.kind == .directory
            return SourceEntry(name: entry.name, isDirectory: isDirectory)
        }
    }

    package func kind(_ path: String) throws -> SourceKind? {
        guard let resolved = try resolve(path) else { return nil }
        if resolved.isEmpty { return .directory }
        switch try root.status(resolved)?.kind {
        case .file: return .file
        case .directory: return .directory
        case .link, .other, nil: return nil
        }
    }

    /// The path without links; nil when nothing is there.
    private func resolve(_ path: String) throws -> String? {
        do {
            return try root.resolve(path)
        } catch let error as FileError where error.code == .notFound || error.code == .notADirectory {
            return nil
        }
    }
}
