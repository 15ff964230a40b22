internal import CoreModel
internal import ManifestTree

/// A metadata file that was parsed, and is trusted only once a role's keys have been asked.
struct SignedDocument: Sendable {
    /// The file's name, for messages: `3.root.json`.
    let name: String
    /// As the repository holds it.
    let bytes: [UInt8]
    /// The canonical form of what is signed.
    let signedBytes: [UInt8]
    /// By key identifier; those who have not signed yet have an empty one in Sigstore's files, and are left out.
    let signatures: [String: [UInt8]]
    let signed: MetadataFields
    let version: Int64
    let expires: Timestamp

    private static let signatureLimit = 256

    /// - Parameter type: what the file has to be: `root`, `timestamp`, `snapshot` or `targets`.
    /// - Throws: `UpdateError.malformed`.
    init(parsing bytes: [UInt8], name: String, type: String) throws(UpdateError) {
        let tree: Tree
        do {
            tree = try JSONReader.parse(bytes, source: name, limits: DocumentLimits(depth: 32, nodes: 400_000))
        } catch {
            throw MetadataFields.malformed(name, error.message.forMessage)
        }
        let file = try MetadataFields(tree, "the document", in: name)
        signed = try MetadataFields(file.entries["signed"], "signed", in: name)
        signatures = try Self.signatures(file)
        guard let signedBytes = CanonicalJSON.encode(.map(signed.entries)) else {
            throw MetadataFields.malformed(name, "it holds a number that is no integer, which has no canonical form")
        }
        self.signedBytes = signedBytes
        self.name = name
        self.bytes = bytes
        let said = try signed.string("_type")
        guard said == type else { throw MetadataFields.malformed(name, "it is of the type '\(said.forMessage)'") }
        let specification = try signed.string("spec_version")
        guard specification == "1" || specification.hasPrefix("1.") else {
            throw MetadataFields.malformed(
                name,
                "it is written by version '\(specification.forMessage)' of the TUF specification, and 1.x is known"
            )
        }
        // As far as every JSON reader counts; one more must not overflow.
        version = try signed.integer("version", 1...(1 << 53))
        guard let expires = Timestamp(try signed.string("expires")) else {
            throw MetadataFields.malformed(name, "signed.expires is not a time like 2030-01-31T00:00:00Z")
        }
        self.expires = expires
    }

    /// - Throws: `UpdateError.unsigned` when fewer keys than the role's threshold signed.
    func verify(_ role: RoleKeys) throws {
        let count = try role.signers(of: self)
        guard count >= role.threshold else {
            throw UpdateError(
                .unsigned,
                "The metadata file \(name) is signed by \(count) of the keys of the role '\(role.role.forMessage)', "
                    + "which needs \(role.threshold)"
            )
        }
    }

    /// - Throws: `UpdateError.expired`.
    func checkExpiry(_ time: Timestamp) throws(UpdateError) {
        guard expires > time else {
            throw UpdateError(
                .expired,
                "The metadata file \(name) expired at \(expires), and it is \(time): the repository is not kept up, "
                    + "or an old state of it is shown; ask who runs it, and look at the clock"
            )
        }
    }

    private static func signatures(_ file: MetadataFields) throws(UpdateError) -> [String: [UInt8]] {
        let name = file.file
        guard let list = file.entries["signatures"]?.list, list.count <= signatureLimit else {
            throw MetadataFields.malformed(name, "signatures is not a list of at most \(signatureLimit)")
        }
        var signatures: [String: [UInt8]] = [:]
        var signers: Set<String> = []
        for element in list {
            let fields = try MetadataFields(element, "signatures", in: name)
            let identifier = try fields.string("keyid")
            guard signers.insert(identifier).inserted else {
                throw MetadataFields.malformed(name, "the key \(identifier.forMessage) signed it twice")
            }
            let signature = Hex.decode(try fields.string("sig"))
            if let signature, !signature.isEmpty { signatures[identifier] = signature }
        }
        return signatures
    }
}
