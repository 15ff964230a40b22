import ManifestTree
import Testing

@Suite struct JSONReaderTests {
    static let values: [(String, Tree, String)] = [
        ("null", .null, "word"),
        (" true\n", true, "space around"),
        ("false", false, "word"),
        ("0", 0, "zero"),
        ("-12", -12, "sign"),
        ("1.50", .number(Tree.Number(validated: "1.50")), "digits are kept"),
        ("1E+2", .number(Tree.Number(validated: "1E+2")), "exponent is kept"),
        ("123456789012345678901234567890", .number(Tree.Number(validated: "123456789012345678901234567890")), "large"),
        (#""""#, "", "empty"),
        (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz", "every short escape"),
        (#""\u00e9\u20AC""#, "é€", "hexadecimal in both cases"),
        (#""\ud83d\ude00""#, "😀", "surrogate pair"),
        (#""😀é""#, "😀é", "plain UTF-8"),
        (#""\u0000""#, "\0", "an escaped zero is text"),
        ("[]", [], "empty list"),
        ("[ ]", [], "space in an empty list"),
        ("[1, [true] ,{}]", [1, [true], [:]], "nesting"),
        ("{ }", [:], "empty map"),
        (#"{"a" : 1,"b":{"c":null}}"#, ["a": 1, "b": ["c": .null]], "maps"),
    ]

    @Test(arguments: values)
    func reads(_ text: String, _ tree: Tree, why: String) throws {
        #expect(try JSONReader.parse(text) == tree, "\(why)")
    }

    static let refusals: [(String, String, String)] = [
        ("", "1:1: the document is empty", "nothing"),
        ("  \n", "2:1: the document is empty", "space only"),
        ("\u{FEFF}{}", "1:1: a value is missing here", "byte order mark"),
        ("{} x", "1:4: there is text after the end of the document", "trailing text"),
        ("{}{}", "1:3: there is text after the end of the document", "second document"),
        ("[1,]", "1:4: a value is missing here", "trailing comma"),
        (#"{"a":1,}"#, "1:8: a key in quotes is missing here", "trailing comma"),
        ("{a:1}", "1:2: a key in quotes is missing here", "bare key"),
        (#"{"a" 1}"#, #"1:6: a colon is missing after key "a""#, "no colon"),
        (#"{"a":1 "b":2}"#, "1:8: a comma or } is missing here", "no comma"),
        ("[1 2]", "1:4: a comma or ] is missing here", "no comma"),
        ("[1", "1:3: the document ends too early: a comma or ] is missing here", "cut off"),
        ("01", "1:1: a number must not start with a zero", "octal"),
        ("-", "1:2: the document ends too early: a number needs a digit here", "sign alone"),
        ("+1", "1:1: a value is missing here", "plus"),
        ("1.", "1:3: the document ends too early: a number needs a digit after its point", "no fraction"),
        (".5", "1:1: a value is missing here", "no integer"),
        ("1e", "1:3: the document ends too early: a number needs a digit in its exponent", "no exponent"),
        ("NaN", "1:1: a value is missing here", "not a number"),
        ("tru", "1:1: this is not a JSON value", "half a word"),
        ("\"a\nb\"", "1:3: a control character in a string must be escaped", "raw line feed"),
        ("\"\\n\tb\"", "1:4: a control character in a string must be escaped", "raw tab after an escape"),
        (#""\x""#, "1:3: this escape is unknown to JSON", "unknown escape"),
        (#""\u12g4""#, "1:6: an escape needs four hexadecimal digits", "bad digits"),
        (#""\ud83d""#, "1:2: a surrogate escape stands alone", "lone leading surrogate"),
        (#""\ude00\ud83d""#, "1:2: a surrogate escape stands alone", "lone trailing surrogate"),
        (#""\ud83d\u0041""#, "1:2: a surrogate escape stands alone", "leading surrogate and a letter"),
        (#""abc"#, "1:5: the document ends too early: a string is not closed", "open string"),
        (#""abc\"#, "1:6: the document ends too early: this escape is unknown to JSON", "open escape"),
        (
            "{\"a\":1,\n \"a\":2}", #"2:2: key "a" is set twice in one object (byte 9); keep one of them"#,
            "duplicate key"
        ),
        ("{\"a\":1,\"\\u0061\":2}", #"1:8: key "a" is set twice in one object (byte 7); keep one of them"#, "escaped"),
    ]

    @Test(arguments: refusals)
    func refuses(_ text: String, _ message: String, why: String) {
        let error = #expect(throws: ManifestError.self, "\(why)") { try JSONReader.parse(text, source: "f.json") }
        #expect(error?.message == "f.json:" + message, "\(why)")
    }

    @Test func refusesInvalidUTF8UnlessLenient() throws {
        let bytes: [UInt8] = [0x22, 0x61, 0xFF, 0x22]
        #expect(throws: ManifestError.self) { try JSONReader.parse(bytes) }
        #expect(try JSONReader.parse(bytes, text: .lenient) == "a\u{FFFD}")
        #expect(try JSONReader.parse(Array(#""\ud83dx\udc00""#.utf8), text: .lenient) == "\u{FFFD}x\u{FFFD}")
        #expect(try JSONReader.parse(Array(#""\ud83d\ud83d\ude00""#.utf8), text: .lenient) == "\u{FFFD}😀")
    }

    @Test func keysAreComparedByBytes() throws {
        let tree = try JSONReader.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(tree.map?.count == 2)
        #expect(tree["\u{E9}"] == 1)
        #expect(Tree.string("\u{E9}") != Tree.string("e\u{301}"))
    }

    @Test func stopsAtTheLimits() throws {
        let deep = Array(String(repeating: "[", count: 1_000_000).utf8)
        let error = #expect(throws: ManifestError.self) { try JSONReader.parse(deep) }
        #expect(error?.code == .limit)
        let allowed = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        _ = try JSONReader.parse(allowed)
        #expect(throws: ManifestError.self) { try JSONReader.parse("[\(allowed)]") }
        let few = DocumentLimits(bytes: 10, nodes: 3)
        #expect(throws: ManifestError.self) { try JSONReader.parse(Array("[1,2,3]".utf8), limits: few) }
        #expect(throws: ManifestError.self) { try JSONReader.parse(Array("[1,2       ]".utf8), limits: few) }
        _ = try JSONReader.parse(Array("[1,2]".utf8), limits: few)
    }
}
