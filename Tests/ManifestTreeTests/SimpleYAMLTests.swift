import ManifestTree
import Testing

/// Plain manifests are read without libyaml. Whatever is read so has to be what libyaml makes of it.
@Suite struct SimpleYAMLTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let why: String
        let text: String
        let json: String
        var testDescription: String { why }
    }

    static let cases = [
        Case(
            why: "the dashes of a list stand in the column of its key",
            text: "a:\n- b\n- c: 1\n  d: 2\ne: f\n",
            json: #"{"a":["b",{"c":1,"d":2}],"e":"f"}"#
        ),
        Case(
            why: "a key without a value is null, at the end too",
            text: "a:\nb:\n  c:\nd:\n",
            json: #"{"a":null,"b":{"c":null},"d":null}"#
        ),
        Case(why: "lists may stand in lists", text: "- - a\n  - b\n-\n  - c\n-\n", json: #"[["a","b"],["c"],null]"#),
        Case(
            why: "a # without a space in front is text",
            text: "a: b#c # d\nb: 'x'   # y\n",
            json: #"{"a":"b#c","b":"x"}"#
        ),
        Case(
            why: "a colon without a space behind it is text",
            text: "a: b:c\nd: http://e/:f\n",
            json: #"{"a":"b:c","d":"http://e/:f"}"#
        ),
        Case(
            why: "quotes keep their spaces, and a doubled quote is one",
            text: "a: ' it''s '\nb: \"\\\"\\n\\\\\"\n'c d': e\n",
            json: #"{"a":" it's ","b":"\"\n\\","c d":"e"}"#
        ),
        Case(
            why: "a literal block keeps the lines between, not those behind",
            text: "a: |\n  x\n\n    y\n\nb: c\n",
            json: #"{"a":"x\n\n  y\n","b":"c"}"#
        ),
        Case(
            why: "chomping indicators",
            text: "a: |-\n  x\n\nb: |+\n  y\n\nc: d\n",
            json: #"{"a":"x","b":"y\n\n","c":"d"}"#
        ),
        Case(
            why: "a literal block begins with its empty lines and holds what looks like a comment",
            text: "a: |\n\n  # x\n  y\n# z\n",
            json: #"{"a":"\n# x\ny\n"}"#
        ),
        Case(why: "a literal block of a list ends at its dash", text: "- |\n  x\n- y\n", json: #"["x\n","y"]"#),
        Case(
            why: "collections in brackets and braces",
            text: "a: [b, \"c, d\", [1, 2], {e: f}]\ng: {h: {}, i: []}\n",
            json: #"{"a":["b","c, d",[1,2],{"e":"f"}],"g":{"h":{},"i":[]}}"#
        ),
        Case(
            why: "plain text continues in a line further right",
            text: "a: b\n  c\nd: e\n",
            json: #"{"a":"b c","d":"e"}"#
        ),
        Case(
            why: "numbers and booleans of YAML",
            text: "a: 0x10\nb: 010\nc: true\nd: yes\ne: 1.50\nf: -1\n",
            json: #"{"a":16,"b":8,"c":true,"d":"yes","e":1.5,"f":-1}"#
        ),
        Case(why: "the last line needs no line break", text: "a: b\nc: |\n  d", json: #"{"a":"b","c":"d"}"#),
    ]

    @Test(arguments: cases)
    func reads(_ sample: Case) throws {
        let text = sample.text
        #expect(try YAMLReader.document(Array(text.utf8)).jsonString() == sample.json)
    }

    static let refused = [
        "a: b: c\n", "a: b\n c: d\n", "a:\n  b: c\n d: e\n", "a: [b\n", "a: 'b\n", "a: {b: c\n", "a: b\na: c\n",
        "- a\nb: c\n",
        "a: \"b\" c\n", "a:\n\tb: c\n", "a: @b\n", "a: |x\n  b\n", "a: - b\n", "a: *b\n", "a: [b]c\n", "'a'b: c\n",
        "a: .inf\n",
    ]

    @Test(arguments: refused)
    func refuses(_ text: String) {
        #expect(throws: ManifestError.self) { try YAMLReader.document(Array(text.utf8)) }
    }

    @Test func numbersLinesOfDocuments() throws {
        let documents = try YAMLReader.documents("# a\n\n---\nb: |\n  c\n\n  d\n---\n# e\n- f\n---\n")
        #expect(documents.map(\.line) == [4, 10])
    }

    static let seeds: [UInt64] = Array(1...40)

    /// Pieces of manifests put together and spoiled at random.
    @Test(arguments: seeds)
    func agreesWithTheFullReader(_ seed: UInt64) {
        var random = Pieces(state: seed)
        for _ in 0..<100 {
            let text = random.text()
            for rules in Self.rules {
                #expect(Self.read(text, rules) == Self.readInFull(text, rules), "\(text.debugDescription)")
            }
        }
    }

    private static let rules: [YAMLReader.Rules] = [
        .init(), .init(annotations: .text), .init(annotations: .textOrNull), .settings,
    ]

    private static func read(_ text: String, _ rules: YAMLReader.Rules) -> [String]? {
        (try? YAMLReader.documents(Array(text.utf8), rules: rules))?.map { "\($0.line) \($0.tree.jsonString())" }
    }

    /// A carriage return is for libyaml alone, wherever it stands.
    private static func readInFull(_ text: String, _ rules: YAMLReader.Rules) -> [String]? {
        read(text + "#\r\n", rules)
    }
}

private struct Pieces: RandomNumberGenerator {
    var state: UInt64

    private static let lines = [
        "apiVersion: v1", "kind: List", "items:", "metadata:", "  annotations:", "    a: 1.50", "    b: ~",
        "  name: x # y", "- a: b", "  c: |", "    d", "  - e", "-", "- - f", "g: [h, 1]", "i: {j: \"k\"}", "", "  # l",
        "---", "m: 'n''o'",
        "p: \"q\\tr\"",
        "  s: |+", "t: >", "  u", "5: v", "w: null", "x: 2020-01-01", "y: *z", "'aa': bb", "cc: é", "- kind: dd",
        "  metadata:",
        "    annotations: {ee: 1.0}", "    annotations:", "      ff: yes", "  data: {}", "gg: []", "hh: - ii", "jj: -1",
        "kk: a: b", "---ll: mm", "on: yes", "nn: off", "'---': oo",
    ]
    private static let spoilers = [
        ":", " ", "#", "-", "\n", "  ", "'", "\"", "|", "[", "}", ",", "\t", "&a ", "<<", "?", "\\", "!",
    ]

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// Ends with a line break.
    mutating func text() -> String {
        var characters: [Character] = []
        for _ in 0..<Int.random(in: 1...8, using: &self) {
            characters += (Self.lines.randomElement(using: &self) ?? "") + "\n"
        }
        for _ in 0..<Int.random(in: 0...2, using: &self) {
            let place = Int.random(in: 0..<characters.count, using: &self)
            characters.insert(contentsOf: Self.spoilers.randomElement(using: &self) ?? "", at: place)
        }
        return String(characters) + "\n"
    }
}
