import CoreModel
package import ManifestTree
package import SignatureCrypto

/// A key that signs TUF metadata in tests.
package struct UpdateMillKey: Sendable {
    /// SHA-256 of the canonical form, unless a test gives another.
    package var identifier: String
    /// `keytype`, `scheme` and `keyval`.
    package var fields: Tree
    package let signing: SigningKey
    /// How it signs.
    package var scheme: SignatureScheme

    /// An Ed25519 key that is the same for the same number.
    package init(_ number: UInt8) throws {
        let seed = [UInt8](repeating: number, count: 31) + [7]
        var der = Hex.decode("302e020100300506032b657004220420").map { $0 + seed } ?? []
        signing = try SigningKey(der: SecretBytes(taking: &der))
        scheme = .ed25519
        let raw = signing.publicKey.encoded().suffix(32)
        fields = ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(Hex.encode(raw))]]
        identifier = try Digest.of(UpdateMill.canonical(fields)).hex
    }

    /// A key in PEM form.
    package init(_ signing: SigningKey, publicPEM: String, type: String, scheme: (String, SignatureScheme)) throws {
        self.signing = signing
        self.scheme = scheme.1
        fields = [
            "keytype": .string(type), "scheme": .string(scheme.0), "keyval": ["public": .string(publicPEM)],
        ]
        identifier = try Digest.of(UpdateMill.canonical(fields)).hex
    }

    /// The same key under another identifier.
    package func renamed(_ identifier: String) -> UpdateMillKey {
        var key = self
        key.identifier = identifier
        return key
    }
}

/// Makes TUF repositories, sound ones and, since everything can be set, every kind of unsound one.
package struct UpdateMill: Sendable {
    /// Who signs, by role; delegated roles have theirs here too.
    package var keys: [String: [UpdateMillKey]]
    /// Those who sign the next files instead of the role's own keys.
    package var signers: [String: [UpdateMillKey]] = [:]
    package var thresholds: [String: Int] = [:]
    /// The version of the next file.
    package var versions: [String: Int] = [:]
    /// What `expires` says; otherwise ten days after the clock's beginning.
    package var expires: [String: String] = [:]
    package var isConsistent = true
    /// Whether snapshot and timestamp say hashes and lengths.
    package var describesFiles = true
    /// By path.
    package var targets: [String: [UInt8]] = [:]
    /// The targets of delegated roles, by role and path.
    package var delegated: [String: [String: [UInt8]]] = [:]
    /// The `delegations` of a role's file.
    package var delegations: [String: Tree] = [:]
    /// Changes what is about to be signed.
    package var edit: @Sendable (_ role: String, _ signed: inout Tree) -> Void = { _, _ in }
    /// What was published: metadata by name, targets below `targets/`.
    package var files: [String: [UInt8]] = [:]

    /// A repository with one key for each role, not published yet.
    package init() throws {
        keys = [
            "root": [try UpdateMillKey(1)], "timestamp": [try UpdateMillKey(2)], "snapshot": [try UpdateMillKey(3)],
            "targets": [try UpdateMillKey(4)],
        ]
        for role in keys.keys { versions[role] = 1 }
    }

    /// The same, with a target, published.
    package init(targets: [String: [UInt8]]) throws {
        try self.init()
        self.targets = targets
        try publishRoot()
        try publish()
    }

    /// Gives every role a key of its own, numbered from this one on.
    package mutating func renewKeys(from number: UInt8) throws {
        for (index, role) in ["root", "timestamp", "snapshot", "targets"].enumerated() {
            keys[role] = [try UpdateMillKey(number + UInt8(index))]
        }
    }

    /// Publishes the root's next version, signed by the keys of this one and of the one before.
    /// - Parameter former: the keys of the version before.
    @discardableResult
    package mutating func publishRoot(signedAlsoBy former: [UpdateMillKey] = []) throws -> [UInt8] {
        var roles: Tree = [:]
        var declared: Tree = [:]
        for role in ["root", "timestamp", "snapshot", "targets"] {
            let own = keys[role] ?? []
            roles[role] = [
                "keyids": .list(own.map { .string($0.identifier) }),
                "threshold": .number(Tree.Number(thresholds[role] ?? 1)),
            ]
            for key in own { declared[key.identifier] = key.fields }
        }
        let signed: Tree = ["consistent_snapshot": .bool(isConsistent), "keys": declared, "roles": roles]
        let version = versions["root"] ?? 1
        let bytes = try document(signed, role: "root", type: "root", alsoBy: former)
        files["\(version).root.json"] = bytes
        return bytes
    }

    /// Publishes the next version of targets, snapshot and timestamp.
    package mutating func publish() throws {
        var meta: Tree = [:]
        for role in ["targets"] + delegated.keys.sorted() {
            meta["\(role).json"] = try publishTargets(role, role == "targets" ? targets : delegated[role] ?? [:])
        }
        try publishSnapshot(meta)
    }

    /// Publishes the next version of snapshot and timestamp.
    package mutating func publishSnapshot(_ meta: Tree) throws {
        let described = try publishMetadata(["meta": meta], role: "snapshot", type: "snapshot")
        let timestamp = try document(["meta": ["snapshot.json": described]], role: "timestamp", type: "timestamp")
        files["timestamp.json"] = timestamp
    }

    private mutating func publishTargets(_ role: String, _ targets: [String: [UInt8]]) throws -> Tree {
        var listed: Tree = [:]
        for (path, bytes) in targets {
            let hash = try Digest.of(bytes).hex
            listed[path] = [
                "length": .number(Tree.Number(bytes.count)), "hashes": ["sha256": .string(hash)],
            ]
            let folder = path.split(separator: "/").dropLast().map { "\($0)/" }.joined()
            let name = path.dropFirst(folder.count)
            files[isConsistent ? "targets/\(folder)\(hash).\(name)" : "targets/\(path)"] = bytes
        }
        var signed: Tree = ["targets": listed]
        signed["delegations"] = delegations[role]
        return try publishMetadata(signed, role: role, type: "targets")
    }

    /// Publishes a file, and describes it as others refer to it.
    private mutating func publishMetadata(_ signed: Tree, role: String, type: String) throws -> Tree {
        let version = versions[role] ?? 1
        let bytes = try document(signed, role: role, type: type)
        files[isConsistent ? "\(version).\(role).json" : "\(role).json"] = bytes
        var described: Tree = ["version": .number(Tree.Number(version))]
        if describesFiles {
            described["length"] = .number(Tree.Number(bytes.count))
            described["hashes"] = ["sha256": .string(try Digest.of(bytes).hex)]
        }
        return described
    }

    /// Signs, and counts the role's version on.
    private mutating func document(
        _ content: Tree,
        role: String,
        type: String,
        alsoBy others: [UpdateMillKey] = []
    ) throws -> [UInt8] {
        let version = versions[role] ?? 1
        versions[role] = version + 1
        var signed = content
        signed["_type"] = .string(type)
        signed["spec_version"] = "1.0.31"
        signed["version"] = .number(Tree.Number(version))
        signed["expires"] = .string(expires[role] ?? "2026-01-11T00:00:00Z")
        edit(role, &signed)
        return try Self.signed(signed, by: (signers[role] ?? keys[role] ?? []) + others)
    }

    /// A metadata file.
    package static func signed(_ signed: Tree, by keys: [UpdateMillKey]) throws -> [UInt8] {
        var names: Set<String> = []
        let signatures: [Tree] = try keys.compactMap { key in
            guard names.insert(key.identifier).inserted else { return nil }
            let signature = try key.signing.sign(canonical(signed), scheme: key.scheme)
            return ["keyid": .string(key.identifier), "sig": .string(Hex.encode(signature))]
        }
        let document: Tree = ["signatures": .list(signatures), "signed": signed]
        return document.prettyJSONBytes()
    }

    /// Canonical JSON of what tests hold, in which only line feeds need care.
    package static func canonical(_ tree: Tree) -> [UInt8] {
        let text = tree.jsonString(sortedKeys: true)
        return Array(text.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n").utf8)
    }
}
