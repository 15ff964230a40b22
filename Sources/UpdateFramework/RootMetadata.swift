internal import ManifestTree

/// The root: who signs for each top-level role.
struct RootMetadata: Sendable {
    let document: SignedDocument
    /// Whether file names carry versions and hashes.
    let usesConsistentSnapshots: Bool
    let root: RoleKeys
    let timestamp: RoleKeys
    let snapshot: RoleKeys
    let targets: RoleKeys
    /// All keys, by their identifiers.
    let keys: [String: FrameworkKey]

    var version: Int64 { document.version }

    /// Parses it. It is not trusted yet: see `TrustedMetadata`.
    /// - Throws: `UpdateError.malformed`.
    init(parsing bytes: [UInt8], name: String) throws(UpdateError) {
        document = try SignedDocument(parsing: bytes, name: name, type: "root")
        let signed = document.signed
        usesConsistentSnapshots = try signed.flag("consistent_snapshot")
        let keys = try RoleKeys.declared(signed.map("keys"))
        let roles = try signed.map("roles")
        self.keys = keys
        root = try RoleKeys("root", roles.map("root"), declared: keys)
        timestamp = try RoleKeys("timestamp", roles.map("timestamp"), declared: keys)
        snapshot = try RoleKeys("snapshot", roles.map("snapshot"), declared: keys)
        targets = try RoleKeys("targets", roles.map("targets"), declared: keys)
    }
}

/// The timestamp: which snapshot is the latest.
struct TimestampMetadata: Sendable {
    let document: SignedDocument
    let snapshot: MetadataDescription

    init(parsing bytes: [UInt8]) throws(UpdateError) {
        document = try SignedDocument(parsing: bytes, name: "timestamp.json", type: "timestamp")
        snapshot = try MetadataDescription(document.signed.map("meta").map("snapshot.json"))
    }
}

/// The snapshot: which version of each targets file belongs to this state of the repository.
struct SnapshotMetadata: Sendable {
    let document: SignedDocument
    /// By file name: `targets.json`.
    let files: [String: MetadataDescription]

    init(parsing bytes: [UInt8], name: String) throws(UpdateError) {
        document = try SignedDocument(parsing: bytes, name: name, type: "snapshot")
        let meta = try document.signed.map("meta")
        var files: [String: MetadataDescription] = [:]
        for key in meta.entries.keys { files[key] = try MetadataDescription(meta.map(key)) }
        self.files = files
    }
}
