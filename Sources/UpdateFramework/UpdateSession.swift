internal import CoreModel

/// One update: fetches what `TrustedMetadata` decides about, and keeps what it trusts.
struct UpdateSession {
    /// Nil where only the store is looked at.
    let repository: (any UpdateRepository)?
    let store: TrustedStore?
    let limits: UpdateLimits
    var trusted: TrustedMetadata

    /// Brings the top-level roles up to date, in the order of the specification.
    /// - Throws: `UpdateError`.
    mutating func refresh() async throws {
        try await restoreRoots()
        try await updateRoots()
        try trusted.root.document.checkExpiry(trusted.time)
        try await settleRoot()
        try await updateTimestamp()
        try await updateSnapshot()
        try await updateTargets("targets", keys: trusted.root.targets)
    }

    // MARK: - Roots

    /// Goes through the versions that followed on the given root in earlier updates.
    private mutating func restoreRoots() async throws {
        while let bytes = try await store?.read(nextRoot) {
            guard try accepts({ try $0.update(root: bytes, name: $0.nextRoot) }) else { return }
        }
    }

    private mutating func updateRoots() async throws {
        guard let repository else { return }
        for _ in 0..<limits.rootRotations {
            let name = nextRoot
            guard let bytes = try await repository.metadata(name, limit: limits.rootBytes),
                try trusted.update(root: bytes, name: name)
            else { return }
            try await store?.write(name, bytes)
        }
    }

    /// Forgets what earlier keys have signed once others sign (5.3.11), so that whoever had the old ones and counted
    /// versions up to the end of the numbers cannot hold the repository there; then notes under which root it is.
    private func settleRoot() async throws {
        guard let store else { return }
        let held = try await store.read("root.json").flatMap { try? RootMetadata(parsing: $0, name: "root.json") }
        let isSame =
            held.map {
                $0.timestamp.hasSameKeys(as: trusted.root.timestamp)
                    && $0.snapshot.hasSameKeys(as: trusted.root.snapshot)
            } ?? false
        if !isSame { try await store.forgetAllButRoots() }
        try await store.write("root.json", trusted.root.document.bytes)
    }

    private var nextRoot: String { trusted.nextRoot }

    // MARK: - Timestamp, snapshot and targets

    private mutating func updateTimestamp() async throws {
        if let held = try await store?.read("timestamp.json") { _ = try restores { try $0.restore(timestamp: held) } }
        if let repository {
            let bytes = try await fetch("timestamp.json", limits.timestampBytes, from: repository)
            if try trusted.update(timestamp: bytes) { try await store?.write("timestamp.json", bytes) }
        }
        _ = try trusted.currentTimestamp()
    }

    private mutating func updateSnapshot() async throws {
        let described = try trusted.currentTimestamp().snapshot
        if let held = try await store?.read("snapshot.json") {
            // What is held speaks for its versions even where it is not the one that is asked for now.
            let isCurrent = try restores {
                try $0.restore(snapshot: held)
                try $0.update(snapshot: held, name: "snapshot.json")
            }
            if isCurrent { return }
            _ = try restores { try $0.restore(snapshot: held) }
        }
        guard let repository else {
            _ = try trusted.currentSnapshot()
            return
        }
        let name = fileName("snapshot", described)
        let limit = try described.file.limit(limits.snapshotBytes, of: name)
        let bytes = try await fetch(name, limit, from: repository)
        try trusted.update(snapshot: bytes, name: name)
        try await store?.write("snapshot.json", bytes)
    }

    private mutating func updateTargets(_ role: String, keys: RoleKeys) async throws {
        let described = try trusted.description(of: role)
        let (held, name) = (try TrustedStore.file(of: role), fileName(role, described))
        if let bytes = try await store?.read(held) {
            let isCurrent = try restores { try $0.update(targets: bytes, of: role, keys: keys, name: "\(role).json") }
            if isCurrent { return }
        }
        guard let repository else {
            throw UpdateError(
                .unavailable,
                "Nothing current is known of \(role.forMessage).json; let the repository be asked once"
            )
        }
        let limit = try described.file.limit(limits.targetsBytes, of: name)
        let bytes = try await fetch(name, limit, from: repository)
        try trusted.update(targets: bytes, of: role, keys: keys, name: name)
        try await store?.write(held, bytes)
    }

    // MARK: - A target

    /// Finds who speaks of the target, and gets it.
    /// - Throws: `UpdateError`.
    mutating func target(_ path: String) async throws -> [UInt8] {
        guard let description = try await find(path) else {
            throw UpdateError(
                .noSuchTarget,
                "The TUF repository has no target '\(path.forMessage)' that a role trusted with that path lists"
            )
        }
        let limit = try description.limit(limits.targetBytes, of: path)
        let held = try TrustedStore.file(ofTarget: path)
        if let bytes = try await store?.read(held, limit: limit), (try? description.check(bytes, of: path)) != nil {
            return bytes
        }
        let bytes = try await fetch(target: path, description, limit)
        try description.check(bytes, of: path)
        try await store?.write(held, bytes)
        return bytes
    }

    /// Looks through the roles in pre-order, depth first (5.6.7).
    private mutating func find(_ path: String) async throws -> FileDescription? {
        var visited: Set<String> = []
        var waiting = [(role: "targets", keys: trusted.root.targets)]
        while let (role, keys) = waiting.popLast(), visited.count < limits.delegations {
            guard visited.insert(role).inserted else { continue }
            if trusted.targets[role] == nil { try await updateTargets(role, keys: keys) }
            guard let metadata = trusted.targets[role] else { continue }
            if let description = try metadata.description(of: path) { return description }
            var asked: [(String, RoleKeys)] = []
            for delegation in metadata.delegations where try delegation.covers(path) {
                asked.append((delegation.name, delegation.keys))
                if delegation.isTerminating {
                    waiting = []
                    break
                }
            }
            waiting += asked.reversed()
        }
        return nil
    }

    private func fetch(target path: String, _ description: FileDescription, _ limit: Int) async throws -> [UInt8] {
        guard let repository else {
            throw UpdateError(
                .unavailable,
                "The target '\(path.forMessage)' is not held as it is now; let the repository be asked once"
            )
        }
        let names =
            trusted.root.usesConsistentSnapshots
            ? description.hashes.map { RepositoryPath.prefixed(path, by: $0.hex) } : [path]
        for name in names {
            if let bytes = try await repository.target(name, limit: limit) { return bytes }
        }
        throw Self.missing(path, repository)
    }

    // MARK: - Files

    private func fetch(_ name: String, _ limit: Int, from repository: any UpdateRepository) async throws -> [UInt8] {
        guard let bytes = try await repository.metadata(name, limit: limit) else {
            throw Self.missing(name, repository)
        }
        return bytes
    }

    private func fileName(_ role: String, _ described: MetadataDescription) -> String {
        trusted.root.usesConsistentSnapshots ? "\(described.version).\(role).json" : "\(role).json"
    }

    /// Tries something with a file of the store. False, and nothing changed, for a file that is not trusted (any more).
    private mutating func accepts(_ change: (inout TrustedMetadata) throws -> Bool) throws -> Bool {
        var changed = trusted
        do {
            guard try change(&changed) else { return false }
            trusted = changed
            return true
        } catch is UpdateError {
            return false
        }
    }

    private mutating func restores(_ change: (inout TrustedMetadata) throws -> Void) throws -> Bool {
        try accepts {
            try change(&$0)
            return true
        }
    }

    private static func missing(_ name: String, _ repository: any UpdateRepository) -> UpdateError {
        UpdateError(.unavailable, "The TUF repository \(repository.name) has no file \(name.forMessage)")
    }
}
