import CoreModel
package import SafeFiles
import Synchronization

/// A source tree on disk. Symbolic links are followed as long as they stay inside the root.
///
/// Each directory is looked up once and then held open, so that a tree must not change under a build.
package final class DirectoryFiles: SourceFiles {
    private let root: Directory
    private let fileLimit: Int
    /// The directories that paths led through, free of links; nil where there is none.
    private let opened = Mutex<[String: Place?]>([:])
    /// The most directories that are held open.
    private static let openLimit = 256

    /// A directory and its path without links.
    private struct Place {
        let path: String
        let directory: Directory
    }

    /// - Parameter fileLimit: the most bytes that one file may have.
    package init(_ root: Directory, fileLimit: Int = 64 << 20) {
        self.root = root
        self.fileLimit = fileLimit
    }

    package func read(_ path: String) throws -> [UInt8]? {
        guard let (place, name) = try found(path), !name.isEmpty, try place.directory.status(name)?.kind == .file else {
            return nil
        }
        return try place.directory.read(name, limit: fileLimit)
    }

    package func entries(_ directory: String) throws -> [SourceEntry]? {
        guard try kind(directory) == .directory, let (place, name) = try found(directory) else { return nil }
        return try place.directory.entries(name).map { entry in
            let isDirectory =
                entry.kind == .link
                ? try kind(SourcePath.join(directory, entry.name)) == .directory : entry.kind == .directory
            return SourceEntry(name: entry.name, isDirectory: isDirectory)
        }
    }

    package func kind(_ path: String) throws -> SourceKind? {
        guard let (place, name) = try found(path) else { return nil }
        if name.isEmpty { return .directory }
        switch try place.directory.status(name)?.kind {
        case .file: return .file
        case .directory: return .directory
        case .link, .other, nil: return nil
        }
    }

    package func location(_ path: String) throws -> String? {
        try found(path).map { place, name in name.isEmpty ? place.path : SourcePath.join(place.path, name) }
    }

    /// The directory that holds the path's last name, and that name, when it is no link; "" for the directory itself.
    /// Nil when nothing is there.
    private func found(_ path: String) throws -> (Place, String)? {
        if path.isEmpty { return (Place(path: "", directory: root), "") }
        guard let parent = try place(SourcePath.parent(of: path)) else { return nil }
        let name = SourcePath.name(of: path)
        do {
            guard let status = try parent.directory.status(name) else { return nil }
            guard status.kind == .link else { return (parent, name) }
        } catch let error as FileError where error.code == .notADirectory {
            return nil
        }
        guard let resolved = try resolve(path) else { return nil }
        guard !resolved.isEmpty else { return (Place(path: "", directory: root), "") }
        return try place(SourcePath.parent(of: resolved)).map { ($0, SourcePath.name(of: resolved)) }
    }

    /// A directory, looked up once.
    private func place(_ path: String) throws -> Place? {
        if path.isEmpty { return Place(path: "", directory: root) }
        if let held = opened.withLock({ $0[path] }) { return held }
        var place: Place?
        if let resolved = try resolve(path), try root.status(resolved)?.kind == .directory {
            place = Place(path: resolved, directory: try root.directory(resolved))
        }
        opened.withLock { held in
            if held.count >= Self.openLimit { held.removeAll() }
            held[path] = .some(place)
        }
        return place
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
