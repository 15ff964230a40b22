import ManifestTree
import Testing

/// Numbers are what they mean, and keep how they were written until somebody drops it.
@Suite struct NumberTests {
    @Test(arguments: [("1.10", "1.1"), ("0644", "420"), ("0x1F", "31"), ("1_000", "1000"), ("+5", "5"), ("7", "7")])
    func theSpellingIsKept(_ written: String, _ text: String) throws {
        let tree = try YAMLReader.document(Array("a: [{b: \(written)}]".utf8))
        let plain = try YAMLReader.document(Array("a: [{b: \(text)}]".utf8))
        let number = try #require(Self.number(in: tree))
        #expect(number.written == written)
        #expect(number.text == text)
        #expect(tree == plain)
        #expect(Set([tree, plain]).count == 1)
        #expect(tree.yamlString() == "a:\n- b: \(text)\n")
        #expect(tree.yamlStringAsWritten() == "a:\n- b: \(written)\n")
        #expect(tree.jsonString() == #"{"a":[{"b":\#(text)}]}"#)
    }

    @Test func theSpellingIsDropped() throws {
        var tree = try YAMLReader.document(Array("a: [{b: 0644}]".utf8))
        let copy = tree
        tree.dropSpellings()
        #expect(Self.number(in: tree)?.written == "420")
        #expect(Self.number(in: copy)?.written == "0644")
        #expect(tree == copy)
        var read = try JSONReader.parse(Array(#"{"a": [{"b": 1.50}]}"#.utf8))
        #expect(Self.number(in: read)?.text == "1.50")
        read.dropSpellings()
        #expect(Self.number(in: read)?.text == "1.5")
    }

    private static func number(in tree: Tree) -> Tree.Number? {
        if case .number(let number)? = tree["a"]?.list?.first?["b"] { number } else { nil }
    }
}
