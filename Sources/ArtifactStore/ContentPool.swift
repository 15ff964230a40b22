internal import CoreModel
internal import SafeFiles
internal import SignatureCrypto
internal import Synchronization

/// The files of all artifacts, each content once, by digest. Objects hold hard links to them, so that a thousand
/// objects with one content take the disk and the page cache once; a file goes when the last object lets go.
final class ContentPool: Sendable {
    private struct State {
        /// Which content a file is, by inode.
        var contents: [UInt64: Digest] = [:]
        /// Files whose bytes were hashed by this process and that have not changed since.
        var stamps: [Digest: Stamp] = [:]
    }

    /// What changes when somebody writes to a file. The time of the last change of attributes is left out: it moves
    /// with every further hard link.
    private struct Stamp: Hashable {
        let inode: UInt64
        let size: Int64
        let modified: Timestamp

        init(_ status: FileStatus) {
            inode = status.inode
            size = status.size
            modified = status.modified
        }
    }

    private let directory: Directory
    private let state = Mutex(State())

    init(_ directory: Directory) { self.directory = directory }

    /// Learns what is there, and removes what no object holds. Before anything else.
    /// - Throws: `FileError`.
    func sweep() throws {
        for entry in try directory.entries() {
            guard let digest = Digest(entry.name), entry.kind == .file, entry.status.linkCount > 1 else {
                try directory.removeTree(entry.name)
                continue
            }
            state.withLock { $0.contents[entry.status.inode] = digest }
        }
    }

    /// Puts a finished file into the pool, unless its content is there already, and links it as `name` into `target`,
    /// in place of what has the name.
    /// - Throws: `FileError`.
    func publish(_ artifact: StagedArtifact, as name: String, in target: Directory) throws {
        // The last holder of the same content may let go between the look and the link; then it is put there anew.
        while try isIntact(artifact.digest, size: artifact.size) {
            if try link(artifact.digest, as: name, in: target) { return }
        }
        try artifact.temporary.publish(as: artifact.digest.description, in: directory)
        guard try link(artifact.digest, as: name, in: target) else {
            throw FileError(.notFound, directory.path, "lost the content \(artifact.digest) while it was published")
        }
    }

    /// Links content that is here already; false where it is not, or not any more.
    /// - Throws: `FileError`, `CryptoError`.
    func publishHeld(_ digest: Digest, size: Int64, as name: String, in target: Directory) throws -> Bool {
        try isIntact(digest, size: size) && link(digest, as: name, in: target)
    }

    /// False when the pool does not have the content.
    private func link(_ digest: Digest, as name: String, in target: Directory) throws -> Bool {
        let source = digest.description
        let replaced: UInt64?? = try state.withLock { state in
            guard let status = try directory.status(source) else { return .none }
            state.contents[status.inode] = digest
            state.stamps[digest] = Stamp(status)
            let replaced = try target.status(name)?.inode
            if replaced == status.inode { return .some(nil) }
            try directory.linkOver(source, to: name, in: target)
            return .some(replaced)
        }
        guard let replaced else { return false }
        try target.sync()
        if let replaced { try release(replaced) }
        return true
    }

    /// Takes in a file that lies in an object's directory although the pool does not know it, as Flux leaves them; its
    /// bytes were just hashed.
    /// - Throws: `FileError`.
    func adopt(_ digest: Digest, from name: String, in source: Directory) throws {
        try state.withLock { state in
            if try directory.status(digest.description) == nil {
                try source.linkFile(name, as: digest.description, in: directory)
            }
            guard let pooled = try directory.status(digest.description), let own = try source.status(name),
                pooled.inode == own.inode
            else { return }
            state.contents[own.inode] = digest
            state.stamps[digest] = Stamp(own)
        }
    }

    /// Whether the content is in the pool with the right bytes; hashes them unless this process already did and nobody
    /// wrote to the file since. Wrong bytes are removed from the pool.
    /// - Throws: `FileError`, `CryptoError`.
    func isIntact(_ digest: Digest, size: Int64) throws -> Bool {
        let name = digest.description
        guard let status = try directory.status(name) else { return false }
        if status.size == size, state.withLock({ $0.stamps[digest] == Stamp(status) }) { return true }
        let file = try directory.openFile(name)
        if file.size == size, try file.digest(digest.algorithm) == digest {
            state.withLock { state in
                state.contents[status.inode] = digest
                state.stamps[digest] = Stamp(file.status)
            }
            return true
        }
        state.withLock { _ = $0.stamps.removeValue(forKey: digest) }
        try directory.remove(name)
        return false
    }

    /// Whether a file with this status is the pool's own, with the right bytes.
    /// - Throws: `FileError`, `CryptoError`.
    func holds(_ digest: Digest, size: Int64, as file: FileStatus) throws -> Bool {
        guard try isIntact(digest, size: size) else { return false }
        return try directory.status(digest.description)?.inode == file.inode
    }

    /// Removes a file from the pool when no object holds it any more.
    /// - Throws: `FileError`.
    func release(_ inode: UInt64) throws {
        try state.withLock { state in
            guard let digest = state.contents[inode] else { return }
            let name = digest.description
            let status = try directory.status(name)
            if let status, status.inode == inode {
                guard status.linkCount == 1 else { return }
                try directory.remove(name)
                state.stamps[digest] = nil
            }
            state.contents[inode] = nil
        }
    }
}

extension Directory {
    /// Links a file into another directory, atomically in place of what has the name there.
    /// - Throws: `FileError`.
    fileprivate func linkOver(_ source: String, to name: String, in target: Directory) throws {
        let temporary = "\(TemporaryFile.prefix)\(name)"
        try? target.remove(temporary)
        try linkFile(source, as: temporary, in: target)
        try target.rename(temporary, to: name)
    }
}

extension ReadableFile {
    /// The digest of the whole file, read piece by piece.
    /// - Throws: `FileError`, `CryptoError`.
    func digest(_ algorithm: Digest.Algorithm) throws -> Digest {
        let stream = try DigestStream(algorithm)
        try unsafe forEachPiece { unsafe stream.update($0) }
        return try stream.finish()
    }
}
