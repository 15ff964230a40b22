import CoreModel
import TestSupport
import Testing

@testable import SigstoreTrust

/// Inclusion proofs against trees that are built from the definition.
struct MerkleTreeTests {
    static let entries = (0..<18).map { Array("entry \($0)".utf8) }

    @Test(arguments: 1...18)
    func leadsFromEveryEntryToTheRoot(size: Int) throws {
        let tree = TestMerkleTree(Array(Self.entries.prefix(size)))
        let root = try tree.root()
        for index in 0..<size {
            let leaf = try MerkleTree.leaf(tree.entries[index])
            let proof = try tree.proof(of: index)
            #expect(try MerkleTree.root(leaf: leaf, index: UInt64(index), size: UInt64(size), proof: proof) == root)
            for other in 0..<size where other != index {
                let found = try MerkleTree.root(leaf: leaf, index: UInt64(other), size: UInt64(size), proof: proof)
                #expect(found != root, "entry \(index) is not at \(other)")
            }
            let longer = proof + [root]
            #expect(try MerkleTree.root(leaf: leaf, index: UInt64(index), size: UInt64(size), proof: longer) == nil)
            guard !proof.isEmpty else { continue }
            let shorter = Array(proof.dropLast())
            #expect(try MerkleTree.root(leaf: leaf, index: UInt64(index), size: UInt64(size), proof: shorter) == nil)
        }
    }

    static let impossible: [(String, UInt64, UInt64, [[UInt8]])] = [
        ("an empty tree", 0, 0, []), ("an index behind the end", 4, 4, [[UInt8]](repeating: [0], count: 2)),
        ("the largest index", .max, .max, []),
        ("a hash of another length", 0, 2, [[UInt8](repeating: 0, count: 31)]),
    ]

    @Test(arguments: impossible)
    func refusesWhatNoTreeHas(why: String, index: UInt64, size: UInt64, proof: [[UInt8]]) throws {
        let leaf = try MerkleTree.leaf([1])
        #expect(try MerkleTree.root(leaf: leaf, index: index, size: size, proof: proof) == nil, "\(why)")
    }

    /// A node's hash must not pass for an entry's.
    @Test func entriesAndNodesAreToldApart() throws {
        let tree = TestMerkleTree(Array(Self.entries.prefix(2)))
        let children = try tree.entries.flatMap { try MerkleTree.leaf($0) }
        #expect(try MerkleTree.leaf(children) != tree.root())
    }
}
