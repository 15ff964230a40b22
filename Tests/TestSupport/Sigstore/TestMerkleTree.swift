import CoreModel
import SignatureCrypto

/// A log's tree as RFC 6962 section 2.1 defines it, computed from the definition.
package struct TestMerkleTree: Sendable {
    package var entries: [[UInt8]]

    package init(_ entries: [[UInt8]]) { self.entries = entries }

    package func root() throws -> [UInt8] { try Self.root(entries[...]) }

    /// The hashes that lead from an entry to the root, lowest first.
    package func proof(of index: Int) throws -> [[UInt8]] { try Self.proof(index, entries[...]) }

    private static func root(_ entries: ArraySlice<[UInt8]>) throws -> [UInt8] {
        guard entries.count > 1 else { return try sha256([0] + (entries.first ?? [])) }
        let split = entries.startIndex + half(entries.count)
        return try sha256([1] + root(entries[..<split]) + root(entries[split...]))
    }

    private static func proof(_ index: Int, _ entries: ArraySlice<[UInt8]>) throws -> [[UInt8]] {
        guard entries.count > 1 else { return [] }
        let half = half(entries.count)
        let split = entries.startIndex + half
        if index < half { return try proof(index, entries[..<split]) + [root(entries[split...])] }
        return try proof(index - half, entries[split...]) + [root(entries[..<split])]
    }

    /// The largest power of two below the count.
    private static func half(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }

    static func sha256(_ bytes: [UInt8]) throws -> [UInt8] { Hex.decode(try Digest.of(bytes).hex) ?? [] }
}
