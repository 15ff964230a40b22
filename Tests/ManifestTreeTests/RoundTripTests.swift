import ManifestTree
import Testing

/// Random documents survive every way out and back in.
@Suite struct RoundTripTests {
    static let seeds: [UInt64] = Array(1...300)

    @Test(arguments: seeds)
    func survives(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let tree: Tree = ["root": random.tree(depth: 5)]
        #expect(try JSONReader.parse(tree.jsonBytes()) == tree)
        #expect(try JSONReader.parse(tree.prettyJSONBytes(sortedKeys: true)) == tree)
        #expect(try JSONReader.parse(tree.jsonBytes(htmlEscaped: true)) == tree)
        for sorted in [true, false] {
            let yaml = tree.yamlBytes(sortedKeys: sorted)
            let read = try YAMLReader.document(yaml)
            #expect(read == tree, "\(String(decoding: yaml, as: UTF8.self))")
            #expect(read.yamlBytes() == tree.yamlBytes())
        }
    }

    @Test func singleStringsSurvive() throws {
        var random = SplitMix(state: 42)
        for _ in 0..<5_000 {
            let tree: Tree = ["k": .string(random.text())]
            let read = try YAMLReader.document(tree.yamlBytes())
            #expect(read == tree, "\(tree.yamlString().debugDescription) \(read["k"]?.string?.debugDescription ?? "")")
        }
    }
}

/// A small seeded generator, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private static let pieces: [String] = [
        "a", "word", " ", " ", "  ", "\n", "\n\n", ":", "#", "-", "'", "\"", "1", "0", "é", "\t", ",", "[", "]", "{",
        "yes", "null", "~", "e", ".", "\\", "?", "&", "*", "!", "|", ">", "%", "@", "`", "😀", "\u{1}", "\r", "\u{85}",
        "\u{2028}", "\u{FEFF}", "\u{A0}", "\u{7F}", "\0", "2020-01-01", "0x1", "lorem ipsum dolor sit amet ", "---",
    ]

    mutating func text() -> String {
        (0..<Int.random(in: 0...9, using: &self)).map { _ in Self.pieces.randomElement(using: &self) ?? "" }.joined()
    }

    mutating func tree(depth: Int) -> Tree {
        switch Int.random(in: 0...(depth == 0 ? 5 : 9), using: &self) {
        case 0: .null
        case 1: .bool(Bool.random(using: &self))
        case 2: .number(Tree.Number(Int.random(in: -1_000_000...1_000_000, using: &self)))
        case 3...5: .string(text())
        case 6...7: .list((0..<Int.random(in: 0...4, using: &self)).map { _ in tree(depth: depth - 1) })
        default:
            .map(TreeMap((0..<Int.random(in: 0...4, using: &self)).map { _ in (text(), tree(depth: depth - 1)) }))
        }
    }
}
