import ManifestTree
import Testing

@Suite struct JSONPatchTests {
    static let changes: [(String, String, String, String)] = [
        ("{a: 1}", "[{op: add, path: /b, value: 2}]", "{a: 1, b: 2}", "new key"),
        ("{a: 1}", "[{op: add, path: /a, value: 2}]", "{a: 2}", "add replaces a key"),
        ("{a: [1, 3]}", "[{op: add, path: /a/1, value: 2}]", "{a: [1, 2, 3]}", "insert"),
        ("{a: [1]}", "[{op: add, path: /a/-, value: 2}]", "{a: [1, 2]}", "append"),
        ("{a: [1]}", "[{op: add, path: /a/1, value: 2}]", "{a: [1, 2]}", "insert at the end"),
        ("{a: [1, 2]}", "[{op: add, path: /a/-1, value: 3}]", "{a: [1, 2, 3]}", "negative index"),
        ("{a: [1, 2]}", "[{op: remove, path: /a/-1}]", "{a: [1]}", "negative index"),
        ("{a: {b: 1}}", "[{op: remove, path: /a/b}]", "{a: {}}", "remove"),
        ("{a: [1, 2]}", "[{op: remove, path: /a/0}]", "{a: [2]}", "remove an element"),
        ("{a: [1, 2]}", "[{op: replace, path: /a/0, value: {x: 1}}]", "{a: [{x: 1}, 2]}", "replace"),
        ("{a: 1}", "[{op: replace, path: '', value: 2}]", "2", "the whole document"),
        ("{a: 1}", "[{op: add, path: /b, value: null}]", "{a: 1, b: null}", "null"),
        ("{a: {x/y~z: 1}}", "[{op: replace, path: /a/x~1y~0z, value: 2}]", "{a: {x/y~z: 2}}", "escapes"),
        ("{a: {b: 1}}", "[{op: move, from: /a/b, path: /c}]", "{a: {}, c: 1}", "move"),
        ("{a: [1, 2, 3]}", "[{op: move, from: /a/0, path: /a/2}]", "{a: [2, 3, 1]}", "move in a list"),
        ("{a: {b: 1}}", "[{op: copy, from: /a, path: /c}]", "{a: {b: 1}, c: {b: 1}}", "copy"),
        ("{a: [1.0, x]}", "[{op: test, path: /a, value: [1, x]}, {op: remove, path: /a}]", "{}", "test"),
        ("{a: 1}", "[{op: test, path: /b, value: null}]", "{a: 1}", "a missing value is null"),
        ("{'': 1}", "[{op: replace, path: /, value: 2}]", "{'': 2}", "empty key"),
    ]

    @Test(arguments: changes)
    func applies(_ document: String, _ patch: String, _ result: String, why: String) throws {
        var tree = try YAMLReader.document(Array(document.utf8))
        try JSONPatch(YAMLReader.document(Array(patch.utf8))).apply(to: &tree)
        #expect(tree == (try YAMLReader.document(Array(result.utf8))), "\(why)")
    }

    static let refusals: [(String, String)] = [
        ("[{op: add, path: /x/y, value: 1}]", #"operation 0 (add /x/y) failed: there is no field "x""#),
        ("[{op: remove, path: /x}]", #"operation 0 (remove /x) failed: there is no field "x""#),
        ("[{op: replace, path: /x, value: 1}]", #"operation 0 (replace /x) failed: there is no field "x""#),
        ("[{op: remove, path: /l/2}]", "operation 0 (remove /l/2) failed: index 2 is outside of the list"),
        ("[{op: add, path: /l/3, value: 1}]", "operation 0 (add /l/3) failed: index 3 is outside of the list"),
        ("[{op: add, path: /l/x, value: 1}]", #"operation 0 (add /l/x) failed: "x" is not an index of a list"#),
        ("[{op: add, path: /a/b, value: 1}]", #"operation 0 (add /a/b) failed: a number has no field "b""#),
        ("[{op: remove, path: ''}]", "operation 0 (remove ) failed: the whole document cannot be removed"),
        (
            "[{op: remove, path: /a}, {op: test, path: /l, value: 1}]",
            "operation 1 (test /l) failed: the value there is a list that differs from the expected one"
        ),
        ("[{op: move, from: /m, path: /m/n}]", "operation 0 (move /m/n) failed: a value cannot move into itself"),
        ("[{op: copy, from: /z, path: /b}]", "operation 0 (copy /b) failed: there is no value at /z"),
        ("[{path: /a}]", "operation 0 of the JSON patch is malformed: op is missing"),
        ("[{op: add, path: /a}]", "operation 0 of the JSON patch is malformed: value is missing"),
        ("[{op: copy, path: /a}]", "operation 0 of the JSON patch is malformed: from is missing"),
        ("[1]", "operation 0 of the JSON patch is malformed: it is a number, not a map"),
        ("{}", "a JSON patch must be a list of operations, not a map"),
        (
            "[{op: put, path: /a}]",
            "operation 0 of the JSON patch is malformed: op \"put\" is unknown; "
                + "use add, remove, replace, move, copy or test"
        ),
        (
            "[{op: remove, path: a}]",
            #"operation 0 of the JSON patch is malformed: the path "a" is not a JSON pointer; start it with a slash"#
        ),
    ]

    @Test(arguments: refusals)
    func refuses(_ patch: String, _ message: String) throws {
        let original: Tree = ["a": 1, "l": [1, 2], "m": [:]]
        var tree = original
        let error = #expect(throws: ManifestError.self) {
            try JSONPatch(YAMLReader.document(Array(patch.utf8))).apply(to: &tree)
        }
        #expect(error?.message == message)
        #expect(tree == original, "a patch is applied as a whole or not at all")
    }

    static let merges: [(String, String, String)] = [
        ("{a: b}", "{a: c}", "{a: c}"), ("{a: b}", "{b: c}", "{a: b, b: c}"), ("{a: b}", "{a: null}", "{}"),
        ("{a: b, b: c}", "{a: null}", "{b: c}"), ("{a: [b]}", "{a: c}", "{a: c}"), ("{a: c}", "{a: [b]}", "{a: [b]}"),
        ("{a: {b: c}}", "{a: {b: d, c: null}}", "{a: {b: d}}"), ("{a: [{b: c}]}", "{a: [1]}", "{a: [1]}"),
        ("[a, b]", "[c, d]", "[c, d]"), ("{a: b}", "[c]", "[c]"), ("{e: null}", "{a: 1}", "{e: null, a: 1}"),
        ("[1, 2]", "{a: b, c: null}", "{a: b}"), ("{}", "{a: {bb: {ccc: null}}}", "{a: {bb: {}}}"),
    ]

    @Test(arguments: merges)
    func mergesAsRFC7386Shows(_ document: String, _ patch: String, _ result: String) throws {
        var tree = try YAMLReader.document(Array(document.utf8))
        tree.mergePatch(try YAMLReader.document(Array(patch.utf8)))
        #expect(tree == (try YAMLReader.document(Array(result.utf8))))
    }

    @Test func pathsReadWell() throws {
        let path = FieldPath(keys: "spec", "containers").appending(0).appending("image")
        #expect(path.description == "spec.containers[0].image")
        #expect(FieldPath(keys: "metadata", "a.b/c").description == #"metadata["a.b/c"]"#)
        #expect((["spec": ["containers": [["image": "x"]]]] as Tree)[path] == "x")
        #expect(try JSONPointer("/a~1b/~0").tokens == ["a/b", "~"])
        #expect(JSONPointer(tokens: ["a/b", "~"]).description == "/a~1b/~0")
        #expect(throws: ManifestError.self) { try JSONPointer("/a~2") }
    }
}
