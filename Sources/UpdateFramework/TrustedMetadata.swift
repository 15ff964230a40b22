internal import CoreModel
internal import ManifestTree

/// What is trusted of a repository in the course of one update: each file's rules against those that came before it
/// (TUF specification 1.0, section 5). Decides; reads and writes nothing.
///
/// Files of an earlier update go through the same doors (`restore…`), which ask for signatures and not for freshness:
/// they are what newer ones are held against.
struct TrustedMetadata: Sendable {
    /// When the update began (5.1): what holds then, holds to its end.
    let time: Timestamp
    private(set) var root: RootMetadata
    private(set) var timestamp: TimestampMetadata?
    private(set) var snapshot: SnapshotMetadata?
    private(set) var targets: [String: TargetsMetadata] = [:]

    /// Begins with a root that is trusted because somebody said so (5.2); it may have expired.
    /// - Throws: `UpdateError.unusableRoot` for anything but a root that its own keys signed.
    init(root bytes: [UInt8], time: Timestamp) throws {
        self.time = time
        do {
            root = try RootMetadata(parsing: bytes, name: "the given root.json")
            try root.document.verify(root.root)
        } catch let error as UpdateError {
            throw UpdateError(
                .unusableRoot,
                "The TUF root that is to be trusted cannot be used; give a root.json of the repository",
                cause: error
            )
        }
    }

    /// Takes the next version of the root (5.3.4 to 5.3.7).
    /// - Returns: false when it is the version that is trusted already, after which there is no newer one.
    /// - Throws: `UpdateError`.
    mutating func update(root bytes: [UInt8], name: String) throws -> Bool {
        let next = try RootMetadata(parsing: bytes, name: name)
        try next.document.verify(root.root)
        try next.document.verify(next.root)
        if next.version == root.version { return false }
        guard next.version == root.version + 1 else {
            throw UpdateError(
                .rollback,
                "The metadata file \(name) is version \(next.version) of the root, and only version "
                    + "\(root.version + 1) follows on \(root.version)"
            )
        }
        root = next
        return true
    }

    /// The file that the root's next version has.
    var nextRoot: String { "\(root.version + 1).root.json" }

    // MARK: - Timestamp

    /// Takes the timestamp of an earlier update.
    /// - Throws: `UpdateError` for one that this root does not vouch for.
    mutating func restore(timestamp bytes: [UInt8]) throws {
        let restored = try TimestampMetadata(parsing: bytes)
        try restored.document.verify(root.timestamp)
        timestamp = restored
    }

    /// Takes the repository's timestamp (5.4).
    /// - Returns: false when it is the version that is trusted already, which is kept.
    /// - Throws: `UpdateError`.
    mutating func update(timestamp bytes: [UInt8]) throws -> Bool {
        let next = try TimestampMetadata(parsing: bytes)
        try next.document.verify(root.timestamp)
        if let held = timestamp {
            try Self.checkOrder(held.document.version, next.document.version, "The metadata file timestamp.json")
            if next.document.version == held.document.version { return false }
            try Self.checkOrder(held.snapshot.version, next.snapshot.version, "The snapshot named by timestamp.json")
        }
        try next.document.checkExpiry(time)
        timestamp = next
        return true
    }

    /// The timestamp that is trusted and has not expired.
    /// - Throws: `UpdateError.expired`, `.unavailable` where there is none.
    func currentTimestamp() throws(UpdateError) -> TimestampMetadata {
        guard let timestamp else { throw Self.missing("timestamp.json") }
        try timestamp.document.checkExpiry(time)
        return timestamp
    }

    // MARK: - Snapshot

    /// Takes the snapshot of an earlier update, for the versions in it.
    /// - Throws: `UpdateError` for one that this root does not vouch for.
    mutating func restore(snapshot bytes: [UInt8]) throws {
        let restored = try SnapshotMetadata(parsing: bytes, name: "snapshot.json")
        try restored.document.verify(root.snapshot)
        snapshot = restored
    }

    /// Takes a snapshot, the repository's or an earlier one, that the timestamp speaks of (5.5).
    /// - Throws: `UpdateError`.
    mutating func update(snapshot bytes: [UInt8], name: String) throws {
        let described = try currentTimestamp().snapshot
        try described.file.check(bytes, of: name)
        let next = try SnapshotMetadata(parsing: bytes, name: name)
        try next.document.verify(root.snapshot)
        try Self.checkVersion(next.document, described)
        for (file, held) in snapshot?.files ?? [:] {
            guard let now = next.files[file] else {
                throw UpdateError(
                    .rollback,
                    "The metadata file \(name) no longer lists \(file.forMessage), which an earlier one did"
                )
            }
            try Self.checkOrder(held.version, now.version, "The file \(file.forMessage) named by \(name)")
        }
        guard next.files["targets.json"] != nil else {
            throw MetadataFields.malformed(name, "it does not list targets.json")
        }
        try next.document.checkExpiry(time)
        snapshot = next
    }

    /// The snapshot that is trusted, has not expired and is the one of the timestamp.
    /// - Throws: `UpdateError`.
    func currentSnapshot() throws(UpdateError) -> SnapshotMetadata {
        guard let snapshot else { throw Self.missing("snapshot.json") }
        try snapshot.document.checkExpiry(time)
        try Self.checkVersion(snapshot.document, currentTimestamp().snapshot)
        return snapshot
    }

    // MARK: - Targets

    /// What the snapshot says of a role's file.
    /// - Throws: `UpdateError.mismatch` for a role that it does not list.
    func description(of role: String) throws(UpdateError) -> MetadataDescription {
        guard let described = try currentSnapshot().files["\(role).json"] else {
            throw UpdateError(.mismatch, "The snapshot does not list \(role.forMessage).json, to which it is delegated")
        }
        return described
    }

    /// Takes the metadata of a targets role (5.6), which `keys` sign for.
    /// - Throws: `UpdateError`.
    mutating func update(targets bytes: [UInt8], of role: String, keys: RoleKeys, name: String) throws {
        let described = try description(of: role)
        try described.file.check(bytes, of: name)
        let next = try TargetsMetadata(parsing: bytes, name: name)
        try next.document.verify(keys)
        try Self.checkVersion(next.document, described)
        try next.document.checkExpiry(time)
        try checkKeys(next)
        targets[role] = next
    }

    /// When the first file expires that any of this rests on.
    var expires: Timestamp {
        var documents = [root.document]
        if let timestamp { documents.append(timestamp.document) }
        if let snapshot { documents.append(snapshot.document) }
        documents += targets.values.map(\.document)
        return documents.map(\.expires).min() ?? root.document.expires
    }

    /// One identifier is one key in all files (section 4.3).
    private func checkKeys(_ next: TargetsMetadata) throws(UpdateError) {
        for (identifier, key) in next.keys {
            let others = [root.keys[identifier]] + targets.values.map { $0.keys[identifier] }
            guard others.allSatisfy({ $0 == nil || $0 == key }) else {
                throw next.document.signed.malformed(
                    "it calls another key by the identifier \(identifier.forMessage) than files before it"
                )
            }
        }
    }

    private static func checkOrder(_ held: Int64, _ next: Int64, _ subject: String) throws(UpdateError) {
        guard next >= held else {
            throw UpdateError(
                .rollback,
                "\(subject) is version \(next), older than version \(held) that was trusted before: somebody shows an "
                    + "old state of the repository"
            )
        }
    }

    private static func checkVersion(
        _ document: SignedDocument,
        _ described: MetadataDescription
    ) throws(UpdateError) {
        guard document.version == described.version else {
            throw UpdateError(
                .mismatch,
                "The metadata file \(document.name) is version \(document.version), and version \(described.version) "
                    + "belongs to this state of the repository"
            )
        }
    }

    private static func missing(_ name: String) -> UpdateError {
        UpdateError(.unavailable, "Nothing is known of \(name); let the repository be asked once")
    }
}
