import ManifestTree
import Testing

@Suite struct JSONWriterTests {
    static let texts: [(Tree, String, String)] = [
        (.null, "null", "word"),
        (["b": 1, "a": [true, "x"], "c": [:]], #"{"b":1,"a":[true,"x"],"c":{}}"#, "order is kept"),
        ("\u{1}\u{8}\u{9}\n\u{C}\r\u{1F}\u{7F}", #""\u0001\b\t\n\f\r\u001f"# + "\u{7F}\"", "control characters as Go"),
        ("\"\\/", #""\"\\/""#, "quote and backslash"),
        ("<a>&\u{2028}é😀", "\"<a>&\u{2028}é😀\"", "nothing else is escaped"),
    ]

    @Test(arguments: texts)
    func writes(_ tree: Tree, _ text: String, why: String) {
        #expect(tree.jsonString() == text, "\(why)")
    }

    @Test func escapesForHTMLAsGoDoes() {
        let tree: Tree = "<a>&\u{2028}\u{2029}\u{2027}(©"
        #expect(
            tree.jsonString(htmlEscaped: true) == #""\u003ca\u003e\u0026\u2028\u2029"# + "\u{2027}(©\""
        )
    }

    @Test func sortsKeysByBytes() {
        let tree: Tree = ["b": ["z": 1, "y": 2], "a": 1, "B": 2, "é": 3, "": 4]
        #expect(tree.jsonString(sortedKeys: true) == #"{"":4,"B":2,"a":1,"b":{"y":2,"z":1},"é":3}"#)
    }

    @Test func indents() {
        let tree: Tree = ["a": [1, ["b": .null]], "c": [], "d": [:]]
        let text = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": [],
              "d": {}
            }

            """
        #expect(String(decoding: tree.prettyJSONBytes(), as: UTF8.self) == text)
    }
}
