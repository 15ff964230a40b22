package import CoreModel
internal import SafeFiles

/// How long artifacts stay that are no longer current (`--artifact-retention-ttl`, `--artifact-retention-records`).
package struct Retention: Hashable, Sendable {
    package var age: Duration
    /// The most artifacts of one object, the current one included.
    package var records: Int

    package init(age: Duration = .seconds(60), records: Int = 2) {
        self.age = age
        self.records = records
    }
}

/// Removing what is not needed any more. A leased artifact stays readable for the one who leases it.
extension ContentStore {
    /// Removes an object's artifacts that are older than the retention's age, and then the oldest until no more than
    /// its number are left; never the current one.
    /// - Returns: what was removed.
    /// - Throws: `FileError`.
    package func collectGarbage(
        of owner: ArtifactOwner,
        keeping current: ArtifactPath?,
        retention: Retention,
        now: Timestamp
    ) throws -> [ArtifactPath] {
        guard try root.status(owner.path)?.kind == .directory else { return [] }
        let directory = try root.directory(owner.path)
        var stored = try directory.entries().compactMap { entry -> (path: ArtifactPath, modified: Timestamp)? in
            guard entry.kind == .file, let revision = ArtifactPath.revision(ofFile: entry.name) else { return nil }
            return (ArtifactPath(owner: owner, revision: revision), entry.modified)
        }
        stored.sort { ($0.modified, $0.path.description) < ($1.modified, $1.path.description) }
        var excess = stored.count - max(retention.records, 1)
        var removed: [ArtifactPath] = []
        for (path, modified) in stored where path != current {
            guard now - modified > retention.age || excess > 0 else { continue }
            try remove(path)
            removed.append(path)
            excess -= 1
        }
        return removed
    }

    /// Removes everything that belongs to an object. Absent is done.
    /// - Throws: `FileError`.
    package func removeObject(_ owner: ArtifactOwner) throws {
        guard try root.status(owner.path) != nil else { return }
        let inodes = try root.directory(owner.path).entries().filter { $0.kind == .file }.map(\.status.inode)
        try root.removeTree(owner.path)
        for inode in inodes { try pool.release(inode) }
    }

    /// Removes what belongs to objects that are gone: deleted while nobody watched, or moved to another shard.
    /// - Parameter live: every object that exists, of all kinds that store here.
    /// - Returns: the objects whose artifacts were removed.
    /// - Throws: `FileError`.
    package func removeOrphans(live: Set<ArtifactOwner>) throws -> [ArtifactOwner] {
        let orphans = try owners().filter { !live.contains($0) }
        for orphan in orphans { try removeObject(orphan) }
        return orphans
    }

    /// Every object that has a directory here; what is not of the layout is left alone.
    func owners() throws -> [ArtifactOwner] {
        var found: [ArtifactOwner] = []
        for kind in try subdirectories("") {
            for namespace in try subdirectories(kind) {
                for name in try subdirectories("\(kind)/\(namespace)") {
                    guard let owner = try? ArtifactOwner(kind: kind, namespace: namespace, name: name),
                        owner.kind == kind
                    else { continue }
                    found.append(owner)
                }
            }
        }
        return found
    }

    private func remove(_ path: ArtifactPath) throws {
        guard let status = try root.status(path.description) else { return }
        try root.remove(path.description)
        try pool.release(status.inode)
    }

    private func subdirectories(_ path: String) throws -> [String] {
        try root.entries(path).filter { $0.kind == .directory && !$0.name.hasPrefix(".") }.map(\.name)
    }
}
