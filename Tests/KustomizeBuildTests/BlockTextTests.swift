import ManifestTree
import Testing

@testable import KustomizeBuild

/// YAML that is edited line by line: what is understood, and what is left to others.
@Suite struct BlockTextTests {
    private func edited(_ text: String, _ path: FieldPath, _ value: Tree) -> String? {
        guard var lines = BlockText(text), lines.set(value, at: path) else { return nil }
        return lines.text
    }

    @Test func quotesAndCommentsStay() {
        let text = "# top\na:\n    b: 'x'   # why\n    c: \"y\"\n\nlist:\n  - z\n  - k: v\n"
        #expect(
            edited(text, FieldPath(keys: "a", "b"), "it's")
                == "# top\na:\n  b: 'it''s' # why\n  c: \"y\"\nlist:\n- z\n- k: v"
        )
        #expect(edited(text, FieldPath(keys: "a", "c"), "q\"")?.contains("c: \"q\\\"\"\n") == true)
        let item = FieldPath([.key("list"), .index(1), .key("k")])
        #expect(edited(text, item, 5)?.hasSuffix("- k: 5") == true)
        #expect(
            edited(text, item, "5")?.hasSuffix("- k: \"5\"") == true,
            "text that looks like a number is quoted"
        )
    }

    /// Read as a whole by the caller instead.
    static let others = [
        ("a: &x 1\nb: *x\n", "anchors"), ("a: !!str 1\n", "tags"),
        ("a: one\n  two\n", "a scalar over two lines"),
        ("a: 'one\n  two'\n", "quotes over two lines"),
        ("a: {b: c,\n  d: e}\n", "a flow map over two lines"),
        ("--- \na: 1\n", "documents"), ("\ta: 1\n", "tabs"), ("? a\n: b\n", "explicit keys"),
        ("a: >\n  folded\n", "folded text"),
        ("just text\n", "no map and no list"), ("", "nothing"),
    ]

    @Test(arguments: others.indices) func isNotRead(_ index: Int) {
        #expect(BlockText(Self.others[index].0) == nil, "\(Self.others[index].1)")
    }

    @Test func whatIsReadIsTheSameDocument() throws {
        let text = """
            server:
                host: a # b
                "quoted: key": 'v # no comment'
                text: |
                    one
                      two

                    three
            list:
                - - nested
                  - again
                - name: x
                  deep:
                    - 1
            url: http://x:80/#y
            """
        let written = try #require(BlockText(text)).text
        #expect(try YAMLReader.document(Array(written.utf8)) == YAMLReader.document(Array(text.utf8)))
    }
}
