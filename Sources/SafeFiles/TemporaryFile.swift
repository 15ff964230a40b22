internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A file under a name of its own that is gone with the last reference, unless it was published.
///
/// A process that is killed leaves it behind; `removeLeftovers` finds it by its name.
package final class TemporaryFile: Sendable {
    /// Every temporary name starts so; no published name does.
    package static let prefix = ".tmp-"

    package let file: WritableFile
    private let name: String
    private let directory: Directory
    private let pending = Atomic<Bool>(true)

    /// - Throws: `FileError`.
    package init(in directory: Directory, mode: UInt32 = 0o600) throws {
        name = Self.uniqueName()
        self.directory = directory
        file = try directory.createFile(name, mode: mode)
    }

    deinit {
        if pending.load(ordering: .acquiring) { try? directory.remove(name) }
    }

    /// Writes the content through to the disk, gives the file its name, replacing a file of that name, and writes the
    /// directory through: a crash leaves the old state or the new one.
    /// - Parameter target: a directory on the same file system.
    /// - Throws: `FileError`; the file is then still temporary.
    package func publish(as name: String, in target: Directory) throws {
        try file.sync()
        try target.move(self.name, of: directory, to: name)
        pending.store(false, ordering: .releasing)
        try target.sync()
    }

    /// Removes the file now; done when it is already gone.
    package func discard() {
        guard pending.exchange(false, ordering: .acquiringAndReleasing) else { return }
        try? directory.remove(name)
    }

    static func uniqueName() -> String { prefix + String(UInt64.random(in: .min ... .max), radix: 16) }
}

/// A directory under a name of its own that is gone, with all it holds, with the last reference, unless published.
package final class TemporaryDirectory: Sendable {
    package let directory: Directory
    private let name: String
    private let parent: Directory
    private let pending = Atomic<Bool>(true)

    /// - Throws: `FileError`.
    package init(in parent: Directory, mode: UInt32 = 0o700) throws {
        name = TemporaryFile.uniqueName()
        self.parent = parent
        directory = try parent.directory(name, creating: true, mode: mode)
    }

    deinit {
        if pending.load(ordering: .acquiring) { try? parent.removeTree(name) }
    }

    /// Gives the directory its name.
    /// - Throws: `FileError`: `.alreadyExists` when something non-empty has the name; it is then still temporary.
    package func publish(as name: String, in target: Directory) throws {
        try target.move(self.name, of: parent, to: name)
        pending.store(false, ordering: .releasing)
    }

    /// Removes the directory now; done when it is already gone.
    /// - Throws: `FileError` when something in it cannot be removed.
    package func remove() throws {
        guard pending.exchange(false, ordering: .acquiringAndReleasing) else { return }
        try parent.removeTree(name)
    }
}

extension Directory {
    /// Removes the temporary files and directories that a killed process left directly in here.
    /// - Throws: `FileError`.
    package func removeLeftovers() throws {
        for name in try rawNames() where name.starts(with: TemporaryFile.prefix.utf8) {
            try removeTree(String(decoding: name, as: UTF8.self))
        }
    }

    /// Moves a name of another directory into this one.
    /// - Throws: `FileError`.
    package func move(_ name: String, of source: Directory, to target: String) throws {
        try source.withNamedParent(of: name) { from, sourceName in
            try withNamedParent(of: target) { into, targetName in
                try retrying("renamed to \(path(target))", source.path(name)) {
                    unsafe renameat(from, sourceName, into, targetName)
                }
            }
        }
    }
}
