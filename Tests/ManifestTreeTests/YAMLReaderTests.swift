import ManifestTree
import Testing

@Suite struct YAMLReaderTests {
    static let streams: [(String, [String], String)] = [
        ("", [], "nothing"),
        ("# only a comment\n", [], "comment"),
        ("---\n---\n# x\n---\n", [], "empty documents"),
        ("---\na: 1\n---\n---\nb: 2\n...\n", [#"{"a":1}"#, #"{"b":2}"#], "documents"),
        ("--- # first\na: 1\n--- {b: 2}\n", [#"{"a":1}"#, #"{"b":2}"#], "content on the marker's line"),
        ("a: |\n  x\n  ---\n  y\n", [#"{"a":"x\n---\ny\n"}"#], "marker in a block scalar"),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", [#"{"a":1,"b":"x\ny\n"}"#], "CRLF"),
        ("\u{FEFF}a: 1\n", [#"{"a":1}"#], "byte order mark"),
        (#"{"a": [1, "x\/y", null]}"#, [#"{"a":[1,"x/y",null]}"#], "JSON"),
        ("{\n\t\"a\": 1\n}", [#"{"a":1}"#], "JSON with tabs"),
        ("a:\n- 1\n- - 2\n  - 3\nb: {}\nc: []\n", [#"{"a":[1,[2,3]],"b":{},"c":[]}"#], "sequences"),
        (
            "1: a\ntrue: b\n1.50: c\n0x11: d\n\"1e3\": e\n", [#"{"1":"a","true":"b","1.5":"c","17":"d","1e3":"e"}"#],
            "keys"
        ),
        ("? a\n: 1\n? |\n  b\n: 2\n", [#"{"a":1,"b\n":2}"#], "explicit keys"),
        ("a: &x [1, 2]\nb: *x\nc: &y z\n*y : 1\n", [#"{"a":[1,2],"b":[1,2],"c":"z","z":1}"#], "aliases"),
        ("- &x 1\n- &x 2\n- *x\n", ["[1,2,2]"], "an anchor set again"),
        ("a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x\n", [#"{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}"#], "merge"),
        ("d:\n  <<: {b: 1}\n  b: 3\n", [#"{"d":{"b":3}}"#], "a key after the merge wins"),
        ("a: &x {b: 1}\nd:\n  <<: [*x, {b: 2, c: 3}]\n", [#"{"a":{"b":1},"d":{"b":1,"c":3}}"#], "first merged wins"),
        ("\"<<\": 1\n", [#"{"<<":1}"#], "quoted is no merge"),
        ("just text\n", [#""just text""#], "a scalar"),
    ]

    @Test(arguments: streams)
    func reads(_ text: String, _ documents: [String], why: String) throws {
        #expect(try YAMLReader.documents(text).map { $0.tree.jsonString() } == documents, "\(why)")
    }

    @Test func namesTheLineOfEachDocument() throws {
        let documents = try YAMLReader.documents("# x\n\na: 1\n---\n# y\nb: 1\n--- {c: 1}\n")
        #expect(documents.map(\.line) == [3, 6, 7])
    }

    @Test func readsUTF16() throws {
        let units = [UInt8]([0xFF, 0xFE]) + "a: é\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try YAMLReader.documents(units).map(\.tree) == [["a": "é"]])
    }

    static let refusals: [(String, String, String)] = [
        ("a: 1\nb: 2\na: 3\n", #"3:1: key "a" is already set at line 1"#, "duplicate"),
        ("x:\n  k: 1\n  'k': 2\n", #"3:3: key "k" is already set at line 2"#, "duplicate in quotes"),
        ("x:\n  1: a\n  \"1\": b\n", #"3:3: key "1" is already set at line 2"#, "equal once they are text"),
        ("{a: {z: 1},\n b: 1,\n b: 2}", #"3:2: key "b" is already set at line 2"#, "after a nested map"),
        ("a: 1\n<<: {b: 1}\n<<: {c: 1}\n", #"3:1: key "<<" is already set"#, "two merges"),
        ("<<: 1\n", "1:1: a merge key (<<) needs a map or a list of maps as its value", "merge"),
        ("a: b: c\n", "1:5: mapping values are not allowed in this context", "syntax"),
        ("a:\n\t- b\n", "2:1: found character that cannot start any token while scanning for the next token", "tab"),
        (
            "a: [1, 2\nb: 3\n",
            "2:2: did not find expected ',' or ']' while parsing a flow sequence that starts at line 1", "open list"
        ),
        ("a: \"x\n", "2:1: found unexpected end of stream while scanning a quoted scalar", "open quote"),
        ("a: *x\n", #"1:4: there is no anchor "x" before this alias"#, "alias"),
        ("a: &x [1]\n---\nb: *x\n", #"3:4: there is no anchor "x" before this alias"#, "anchors end with a document"),
        ("a: &x {b: *x}\n", #"1:11: anchor "x" contains an alias to itself"#, "cycle"),
        ("~: 1\n", "1:1: a key is null; put it in quotes if it is text", "null key"),
        ("? [a]\n: 1\n", "1:3: a key is a map or a list; only text can be a key", "list as key"),
        ("a: b\u{0}c\n", "1:5: control characters are not allowed", "NUL"),
        ("\n a: b\u{1}c\n", "2:6: control characters are not allowed", "control character"),
    ]

    @Test(arguments: refusals)
    func refuses(_ text: String, _ message: String, why: String) {
        let error = #expect(throws: ManifestError.self, "\(why)") { try YAMLReader.documents(text, source: "f.yaml") }
        #expect(error?.message.hasPrefix("f.yaml:" + message) == true, "\(why): \(error?.message ?? "")")
    }

    @Test func refusesInvalidUTF8() {
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]
        let error = #expect(throws: ManifestError.self) { try YAMLReader.documents(bytes, source: "f.yaml") }
        #expect(error?.position == ManifestError.Position(line: 2, column: 4))
    }

    @Test func expectsOneDocument() throws {
        #expect(try YAMLReader.document(Array("a: 1".utf8)) == ["a": 1])
        #expect(try YAMLReader.document([]) == .null)
        #expect(throws: ManifestError.self) { try YAMLReader.document(Array("a: 1\n---\nb: 1".utf8)) }
    }
}

@Suite struct YAMLLimitTests {
    private func code(_ text: String, _ limits: DocumentLimits = .standard) -> ManifestError.Code? {
        do {
            _ = try YAMLReader.documents(Array(text.utf8), limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func refusesDepth() {
        #expect(code(String(repeating: "[", count: 100_000)) == .limit)
        #expect(code(String(repeating: "{a: ", count: 100_000)) == .limit)
        #expect(code(String(repeating: "- ", count: 100_000)) == .limit)
        let allowed = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        #expect(code(allowed) == nil)
        #expect(code("[\(allowed)]") == .limit)
    }

    @Test func refusesDepthThroughAliases() {
        var text = "a0: &a0 [x]\n"
        for level in 1...300 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(code(text) == .limit)
    }

    @Test func refusesExpansion() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(code(bomb) == .limit)
        let text = "a: &a \(String(repeating: "x", count: 1 << 20))\nb: [\(String(repeating: "*a, ", count: 1000))]\n"
        #expect(code(text) == .limit, "long text counts by its length")
    }

    @Test func refusesSizeAndNumber() {
        #expect(code("a: 12345678", DocumentLimits(bytes: 10)) == .limit)
        #expect(code("[1, 2, 3]", DocumentLimits(nodes: 3)) == .limit)
        #expect(code("[1, 2]", DocumentLimits(nodes: 3)) == nil)
    }
}
