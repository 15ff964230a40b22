package import ArchiveIO
package import CoreModel
internal import SafeFiles
internal import SignatureCrypto
package import SystemPackage

/// The storage folder of one process: what was fetched, proven and published, in Flux's layout.
///
/// Nothing appears under a name that is served before it is complete, hashed and on the disk. A process that is killed
/// at any point leaves the old state or the new one, and temporary files, which the next `open` removes. Thread-safe.
/// Every function blocks on files: async callers use `BlockingPool`.
package final class ContentStore: Sendable {
    package let limits: ArtifactLimits
    /// 32 random bytes that belong to this folder and last as long as it does. Whoever cannot read the folder cannot
    /// seal anything with them.
    package let key: Redacted<[UInt8]>
    let root: Directory
    let pool: ContentPool
    let trees: TreeCache
    let temporary: Directory
    private let lock: FileLock

    /// Opens a storage folder, making it if it is missing, and removes what a killed process left.
    /// - Parameters:
    ///   - path: the folder (`--storage-path`).
    ///   - idleTrees: how many unpacked artifacts are kept that nobody uses.
    /// - Throws: `StoreError.inUse` while another process has it open; `FileError`.
    package static func open(_ path: FilePath, limits: ArtifactLimits, idleTrees: Int = 16) throws -> ContentStore {
        let root = try Directory.open(path, creating: true)
        do {
            let lock = try root.lock(".lock", waiting: false)
            return try ContentStore(root: root, lock: lock, limits: limits, idleTrees: idleTrees)
        } catch let error as FileError where error.code == .busy {
            throw StoreError(
                .inUse,
                "The storage folder \(path) is in use by another process: stop that, or choose another folder",
                cause: error
            )
        }
    }

    private init(root: Directory, lock: FileLock, limits: ArtifactLimits, idleTrees: Int) throws {
        self.root = root
        self.lock = lock
        self.limits = limits
        // Neither of these outlives a process: what is in them was never synchronised.
        try root.removeTree(".tmp")
        try root.removeTree(".trees")
        key = Redacted(try StoreKey.open(in: root))
        temporary = try root.directory(".tmp", creating: true)
        pool = ContentPool(try root.directory(".blobs", creating: true))
        trees = TreeCache(try root.directory(".trees", creating: true), temporary: temporary, idle: idleTrees)
        for owner in try owners() { try root.directory(owner.path).removeLeftovers() }
        try pool.sweep()
    }

    /// Begins to take a blob from the network.
    /// - Parameter limit: in bytes; `limits.compressedBytes` where nil.
    /// - Throws: `StoreError`: `.tooLarge` beyond the limit, `.sizeMismatch`; `FileError`.
    package func ingest(_ expected: ExpectedBlob, limit: Int64? = nil) throws -> IngestSession {
        try IngestSession(expected, limit: limit ?? limits.compressedBytes, in: temporary)
    }

    /// Unpacks a proven blob.
    /// - Throws: `ArchiveError`, `FileError`.
    package func unpack(_ blob: IngestedBlob, links: LinkPolicy = .skip) throws -> SourceTree {
        try unpack([SourceLayer(blob, title: nil)], links: links)
    }

    /// Packs a tree, less what the ignore rules name, into the bytes that will be served.
    /// - Parameter ignore: the object's `spec.ignore`; nil and empty are not the same.
    /// - Throws: `StoreError.tooLarge` for too many patterns; `ArchiveError`, `FileError`.
    package func stage(_ tree: SourceTree, ignore: String?) throws -> StagedArtifact {
        let rules = try IgnoreRules(source: tree.directory, specification: ignore)
        let file = try TemporaryFile(in: temporary)
        let stream = try DigestStream(.sha256)
        // The fastest level: this file travels inside the cluster, and is packed on every new revision.
        let packer = ArchivePacker(modes: .store, level: 1)
        _ = try unsafe packer.pack(tree: tree.directory, choose: rules.choice) { bytes in
            unsafe stream.update(bytes)
            try unsafe file.file.write(bytes)
        }
        return StagedArtifact(digest: try stream.finish(), temporary: file)
    }

    /// Takes a proven blob as it is, for the layer operation `copy`.
    /// - Throws: `FileError`, `CryptoError`.
    package func stage(copying blob: IngestedBlob) throws -> StagedArtifact {
        let isSHA256 = blob.digest.algorithm == .sha256
        let digest = try isSHA256 ? blob.digest : blob.file.digest(.sha256)
        return StagedArtifact(digest: digest, temporary: blob.temporary, blob: blob)
    }

    /// Gives an artifact its name, in place of an earlier artifact of the same revision, and points `latest.tar.gz` to
    /// it. The same content again changes nothing. When it returns, the artifact survives a power cut.
    /// - Throws: `FileError`; what was published before is then still there.
    package func publish(
        _ artifact: StagedArtifact,
        for owner: ArtifactOwner,
        revision: Digest
    ) throws -> PublishedArtifact {
        let path = ArtifactPath(owner: owner, revision: revision)
        _ = try publish(at: path) { target in
            try pool.publish(artifact, as: path.fileName, in: target)
            return true
        }
        return PublishedArtifact(path: path, digest: artifact.digest, size: artifact.size)
    }

    /// Publishes content that another artifact has brought into the store, for one more owner; nil where the store does
    /// not have it (any more).
    /// - Throws: as the other `publish`.
    package func publish(
        contentOf other: PublishedArtifact,
        for owner: ArtifactOwner,
        revision: Digest
    ) throws -> PublishedArtifact? {
        let path = ArtifactPath(owner: owner, revision: revision)
        guard try pool.isIntact(other.digest, size: other.size) else { return nil }
        let isPublished = try publish(at: path) { target in
            try pool.publishHeld(other.digest, size: other.size, as: path.fileName, in: target)
        }
        return isPublished ? PublishedArtifact(path: path, digest: other.digest, size: other.size) : nil
    }

    private func publish(at path: ArtifactPath, _ put: (Directory) throws -> Bool) throws -> Bool {
        let owner = path.owner
        let isNew = try root.status(owner.path) == nil
        let target = try root.directory(owner.path, creating: true)
        guard try put(target) else { return false }
        try target.replaceSymbolicLink(ArtifactPath.latestName, target: path.fileName)
        if isNew {
            for above in ["\(owner.kind)/\(owner.namespace)", owner.kind, ""] { try root.directory(above).sync() }
        }
        return true
    }

    /// Whether a published artifact is still there with its bytes. They are hashed once in the life of the process,
    /// and again only when somebody wrote to the file. Wrong bytes are removed.
    /// - Throws: `FileError`, `CryptoError`.
    package func verifyStored(_ artifact: PublishedArtifact) throws -> StoredState {
        guard let status = try root.status(artifact.path.description) else { return .missing }
        if try pool.holds(artifact.digest, size: artifact.size, as: status) { return .intact }
        let directory = try root.directory(artifact.path.owner.path)
        let name = artifact.path.fileName
        if status.kind == .file, status.size == artifact.size,
            try directory.openFile(name).digest(artifact.digest.algorithm) == artifact.digest
        {
            try pool.adopt(artifact.digest, from: name, in: directory)
            return .intact
        }
        try directory.removeTree(name)
        try pool.release(status.inode)
        return .corrupt
    }

    /// Holds an artifact open. `latest.tar.gz` leads to the newest.
    /// - Throws: `StoreError.notFound`; `FileError`.
    package func lease(_ path: ArtifactPath) throws -> ArtifactLease {
        do {
            var found = path
            if path.revision == nil {
                let target = try root.linkTarget(path.description)
                guard let revision = ArtifactPath.revision(ofFile: target) else { throw Self.notFound(path, nil) }
                found = ArtifactPath(owner: path.owner, revision: revision)
            }
            return ArtifactLease(file: try root.openFile(found.description), path: found)
        } catch let error as FileError where error.code == .notFound {
            throw Self.notFound(path, error)
        }
    }

    /// The artifact unpacked, shared with everybody who asks for the same content, and for reading only. It stays as
    /// long as the lease lives.
    /// - Throws: `StoreError`: `.notFound`, `.corrupt`; `ArchiveError`, `FileError`.
    package func unpackedTree(of artifact: PublishedArtifact) throws -> TreeLease {
        try trees.lease(artifact.digest) { directory in
            let file = try lease(artifact.path).file
            // The path may hold another artifact of the same revision by now.
            guard file.size == artifact.size, try file.digest(artifact.digest.algorithm) == artifact.digest else {
                throw StoreError(
                    .corrupt,
                    "The artifact \(artifact.path) does not hold the content \(artifact.digest) (any more)"
                )
            }
            _ = try ArchiveExtractor(limits: limits).extract(file: file, into: directory)
        }
    }

    private static func notFound(_ path: ArtifactPath, _ cause: FileError?) -> StoreError {
        StoreError(.notFound, "The artifact \(path) is not in the store", cause: cause)
    }
}
