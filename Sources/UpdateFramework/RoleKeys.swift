internal import ManifestTree

/// Who may sign for a role, and how many of them have to.
struct RoleKeys: Sendable {
    /// The role's name, for messages.
    let role: String
    let threshold: Int
    /// By their identifiers.
    let keys: [String: FrameworkKey]

    /// Reads `keyids` and `threshold`, with the keys that the same file declares.
    /// - Throws: `UpdateError.malformed` also for an identifier that is there twice, as clients have to.
    init(_ role: String, _ fields: MetadataFields, declared: [String: FrameworkKey]) throws(UpdateError) {
        self.role = role
        threshold = Int(try fields.integer("threshold", 1...1_000))
        var keys: [String: FrameworkKey] = [:]
        var named: Set<String> = []
        for identifier in try fields.strings("keyids") {
            guard named.insert(identifier).inserted else {
                throw fields.malformed("\(fields.place) names the key \(identifier.forMessage) twice")
            }
            // A key that is not declared signs nothing.
            keys[identifier] = declared[identifier]
        }
        self.keys = keys
    }

    /// The declared keys of a file, by their identifiers.
    static func declared(_ fields: MetadataFields) throws(UpdateError) -> [String: FrameworkKey] {
        var keys: [String: FrameworkKey] = [:]
        for (identifier, value) in fields.entries {
            keys[identifier] = try FrameworkKey(MetadataFields(value, fields.path(identifier), in: fields.file))
        }
        return keys
    }

    /// Whether the same keys sign: what was trusted under other ones may come from someone who no longer is.
    func hasSameKeys(as other: RoleKeys) -> Bool { keys == other.keys }

    /// How many different keys of this role signed the document. Two identifiers of one key are one key.
    func signers(of document: SignedDocument) throws -> Int {
        var signers: Set<String> = []
        for (identifier, key) in keys {
            guard let fingerprint = key.fingerprint, !signers.contains(fingerprint),
                let signature = document.signatures[identifier],
                try key.verify(signature, of: document.signedBytes)
            else { continue }
            signers.insert(fingerprint)
        }
        return signers.count
    }
}
