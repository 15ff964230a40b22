internal import CoreModel
internal import SignatureCrypto

/// The hashes of a log's tree (RFC 6962 section 2.1; RFC 9162 section 2.1.3.2), with SHA-256.
enum MerkleTree {
    static let hashSize = 32

    /// The hash of an entry.
    static func leaf(_ entry: [UInt8]) throws -> [UInt8] { try hash([[0], entry]) }

    /// The root that a proof leads to from the entry at an index in a tree of a size; nil where the proof has not the
    /// one length that it can have there.
    static func root(leaf: [UInt8], index: UInt64, size: UInt64, proof: [[UInt8]]) throws -> [UInt8]? {
        guard index < size else { return nil }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0, sibling.count == hashSize else { return nil }
            if node & 1 == 1 || node == last {
                hash = try Self.hash([[1], sibling, hash])
                // A node without a right sibling moves up until it is one itself.
                while node & 1 == 0, node > 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = try Self.hash([[1], hash, sibling])
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 ? hash : nil
    }

    private static func hash(_ parts: [[UInt8]]) throws -> [UInt8] {
        let stream = try DigestStream(.sha256)
        for part in parts { stream.update(part) }
        return try stream.finish().bytes
    }
}

extension Digest {
    /// The digest as raw bytes.
    var bytes: [UInt8] { Hex.decode(hex) ?? [] }
}
