internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// What one metadata file says of another file, or of a target.
struct FileDescription: Sendable {
    /// Nil where none is given.
    let length: Int?
    /// Those of the algorithms that are known here.
    let hashes: [Digest]

    /// Reads `length` and `hashes`.
    /// - Parameter isTarget: both have to be there.
    /// - Throws: `UpdateError.malformed` also where hashes are given and none is of an algorithm that is known.
    init(_ fields: MetadataFields, isTarget: Bool) throws(UpdateError) {
        length =
            fields.entries["length"] != nil || isTarget ? Int(try fields.integer("length", 0...(1 << 40))) : nil
        guard fields.entries["hashes"] != nil || isTarget else {
            hashes = []
            return
        }
        let written = try fields.map("hashes")
        var hashes: [Digest] = []
        for algorithm in Digest.Algorithm.allCases where written.entries[algorithm.rawValue] != nil {
            guard let digest = Digest("\(algorithm.rawValue):\(try written.string(algorithm.rawValue))") else {
                throw fields.malformed("\(written.path(algorithm.rawValue)) is not a hash of that algorithm")
            }
            hashes.append(digest)
        }
        guard !hashes.isEmpty else { throw fields.malformed("\(written.place) holds no SHA-256, SHA-384 or SHA-512") }
        self.hashes = hashes
    }

    /// How many bytes are taken of a file.
    /// - Throws: `UpdateError.tooLarge` when more are announced.
    func limit(_ limit: Int, of name: String) throws(UpdateError) -> Int {
        guard let length else { return limit }
        guard length <= limit else {
            throw UpdateError(
                .tooLarge,
                "The file \(name) is announced with \(length) bytes, more than the \(limit) that are taken"
            )
        }
        return length
    }

    /// - Throws: `UpdateError.mismatch` for other bytes than these.
    func check(_ bytes: [UInt8], of name: String) throws {
        guard length == nil || length == bytes.count else {
            throw UpdateError(
                .mismatch,
                "The file \(name) has \(bytes.count) bytes, and its signed description says \(length ?? 0)"
            )
        }
        for hash in hashes where try Digest.of(bytes, hash.algorithm) != hash {
            throw UpdateError(
                .mismatch,
                "The file \(name) does not have the \(hash.algorithm.rawValue) of its signed description"
            )
        }
    }
}

/// What the timestamp says of the snapshot, and the snapshot of targets' metadata.
struct MetadataDescription: Sendable {
    let version: Int64
    let file: FileDescription

    init(_ fields: MetadataFields) throws(UpdateError) {
        version = try fields.integer("version", 1...(1 << 53))
        file = try FileDescription(fields, isTarget: false)
    }
}
