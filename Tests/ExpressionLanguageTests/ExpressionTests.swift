import ExpressionLanguage
import ManifestTree
import Testing

/// What expressions are worth.
struct ExpressionTests {
    static let document = """
        {"name":"app","size":3,"ratio":0.5,"on":true,"none":null,"empty":{},"tags":["a","b","b"],
         "labels":{"env":"prod","app.test/team":"core"},"nested":{"deep":{"list":[{"n":1},{"n":2},{"n":3}]}},
         "big":9007199254740993,"time":"2026-11-27T12:00:00Z","namespace":"x"}
        """

    /// Expressions that are true of the document `o`.
    static let truths: [String] = [
        // Literals
        "true", "!false", "!!true", "null == null", "1 == 1", "0x1F == 31", "-0x10 == -16", "1e3 == 1000.0",
        ".5 == 0.5",
        "-9223372036854775808 < 0", "'a' == \"a\"", "'''x''x''' == \"x''x\"", "\"\"\"a\nb\"\"\" == 'a\\nb'",
        "r'\\n' == '\\\\n'", "R\"a\\\" == 'a\\\\'", "'\\x41\\u0042\\U00000043\\104' == 'ABCD'", "'\\u00e9' == 'é'",
        "[1, 2,] == [1, 2]", "{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}", "[] == []", "{} == {}", "// said\n true",
        // Fields and elements
        "o.name == 'app'", "o['name'] == 'app'", "o.labels['app.test/team'] == 'core'", "o.tags[0] == 'a'",
        "o.nested.deep.list[2].n == 3", "o.tags[1.0] == 'b'", "o.none == null", "o.namespace == 'x'",
        "has(o.name)", "has(o.none)", "!has(o.other)", "has(o.nested.deep.list)", "!has(o.empty.x)",
        "{'a': {'b': 1}}.a.b == 1",
        // Equality and order
        "1 != 2", "1 == 1.0", "o.ratio == 0.5", "'1' != 1", "[1, 'a'] == [1.0, 'a']", "null != false", "[] != {}",
        "o.big != 9007199254740992.0", "9007199254740992.0 < o.big", "1 < 1.5", "-1.5 < -1", "1 <= 1", "2 > 1",
        "2.0 >= 2",
        "'B' < 'a'", "'é' > 'z'", "false < true", "0.0 == -0.0", "9223372036854775807 < 9223372036854775808.0",
        // In
        "'a' in o.tags", "!('c' in o.tags)", "'env' in o.labels", "!('x' in o.labels)", "1 in [1.0]",
        "!(1 in o.labels)",
        // Arithmetic
        "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 / 2 == 3", "-7 / 2 == -3", "7 % 3 == 1", "-7 % 3 == -1",
        "1.0 / 4.0 == 0.25",
        "10 - 3 - 2 == 5", "--1 == 1", "-o.size == -3", "'a' + 'b' == 'ab'", "[1] + [2] == [1, 2]", "o.size + 1 == 4",
        // Logic
        "true && true", "true || false", "!(false && true)", "1 < 2 && 2 < 3", "true || o.missing", "o.missing || true",
        "!(false && o.missing)", "!(o.missing && false)", "true ? true : o.missing", "false ? o.missing : true",
        "true ? (false ? false : true) : false", "false ? 1 : true ? true : 2", "!(true || true) || true",
        // Macros
        "o.tags.all(t, t < 'c')", "!o.tags.all(t, t == 'a')", "o.tags.exists(t, t == 'b')",
        "o.tags.exists_one(t, t == 'a')",
        "!o.tags.exists_one(t, t == 'b')", "o.tags.existsOne(t, t == 'a')", "[].all(x, false)", "![].exists(x, true)",
        "o.nested.deep.list.map(e, e.n) == [1, 2, 3]", "[1, 2, 3].map(n, n > 1, n * n) == [4, 9]",
        "o.tags.filter(t, t == 'b') == ['b', 'b']", "o.labels.all(k, k != 'x')",
        "o.labels.exists(k, o.labels[k] == 'prod')",
        "[[1], [2]].all(a, a.all(a, a > 0))", "[1, 2].exists(x, x / 0 == 1 || x == 2)", "![1, 'a'].all(x, x < 1)",
        "[{'a': 1}, {}].exists(x, has(x.a) && x.a == 1)", "[0, 1].exists(x, 1 / x == 1)",
        // Text
        "size('héllo') == 5", "'héllo'.size() == 5", "size([1, 2]) == 2", "size(o.labels) == 2",
        "'abc'.startsWith('ab')",
        "!'abc'.startsWith('bc')", "'abc'.endsWith('bc')", "'abc'.contains('b')", "'abc'.contains('')",
        "!'abc'.contains('abcd')",
        "'aaab'.contains('aab')", "'aBcÉ'.lowerAscii() == 'abcÉ'", "'aBcé'.upperAscii() == 'ABCé'",
        "'  a b '.trim() == 'a b'",
        "'a,b,,c'.split(',') == ['a', 'b', '', 'c']", "'a,b,c'.split(',', 2) == ['a', 'b,c']",
        "'a,b'.split(',', 0) == []",
        "'abc'.split('') == ['a', 'b', 'c']", "'abc'.split('', 2) == ['a', 'bc']", "'a'.split(',') == ['a']",
        "['a', 'b'].join('-') == 'a-b'", "['a', 'b'].join() == 'ab'", "[].join(',') == ''",
        "'aXbX'.replace('X', 'yy') == 'ayybyy'",
        "'aXbX'.replace('X', '', 1) == 'abX'", "'héllo'.substring(1) == 'éllo'", "'héllo'.substring(1, 2) == 'é'",
        "'héllo'.indexOf('l') == 2", "'héllo'.lastIndexOf('l') == 3", "'abc'.indexOf('x') == -1",
        "'abab'.indexOf('ab', 1) == 2",
        "'abab'.lastIndexOf('ab', 1) == 0", "'ababa'.lastIndexOf('aba') == 2", "'abc'.indexOf('') == 0",
        "'abc'.matches('^a.c$')",
        "'xabc'.matches('abc')", "!'ab'.matches('^b')", "matches('abc', 'b')", "'a.c'.matches(r'a\\.c')",
        // Conversions
        "int('42') == 42", "int(3.9) == 3", "int(-3.9) == -3", "double('1.5') == 1.5", "double(2) == 2.0",
        "string(1) == '1'",
        "string(1.0) == '1'", "string(1.5) == '1.5'", "string(true) == 'true'", "bool('true')", "dyn(1) == 1",
        "type(1) == int", "type('a') == string", "type(1.0) == double", "type(null) == null_type", "type(o) == map",
        "type(type(1)) == type", "type(o.tags) == list", "type(true) == bool",
        // Time
        "timestamp(o.time) < timestamp('2026-11-28T00:00:00+01:00')",
        "timestamp(o.time) + duration('1h') == timestamp('2026-11-27T13:00:00Z')",
        "timestamp('2026-11-28T00:00:00Z') - timestamp(o.time) == duration('12h')",
        "duration('90s') == duration('1m30s')",
        "duration('-1h') < duration('0s')", "int(timestamp('1970-01-01T00:01:00Z')) == 60",
        "string(duration('1m')) == '60s'",
        "timestamp(0) == timestamp('1970-01-01T00:00:00Z')", "string(timestamp(o.time)) == o.time",
    ]

    static func variables() throws -> [String: Tree] { ["o": try JSONReader.parse(Array(document.utf8))] }

    @Test(arguments: truths)
    func holds(text: String) throws { #expect(try Expression(parsing: text).holds(variables: Self.variables())) }

    static let results: [(String, String)] = [
        ("o.tags.filter(t, t != 'a')", "[\"b\",\"b\"]"),
        ("{'n': o.size * 2, 't': timestamp(o.time)}", "{\"n\":6,\"t\":\"2026-11-27T12:00:00Z\"}"),
        ("1.5 + 1.5", "3.0"), ("o.empty", "{}"), ("null", "null"), ("[true, 'x', 1]", "[true,\"x\",1]"),
        ("type(1)", "\"int\""),
        ("duration('90s')", "\"1m30s\""),
    ]

    @Test(arguments: results)
    func isADocument(text: String, json: String) throws {
        #expect(try Expression(parsing: text).evaluate(variables: Self.variables()).jsonString() == json)
    }

    @Test func knowsWhatItTakesFromOutside() throws {
        let expression = try Expression(parsing: "a.b && [c].all(x, x == d || has(x.e)) && size(f) > 0")
        #expect(expression.variables == ["a", "c", "d", "f"])
        #expect(try Expression(parsing: "[1].all(x, true) && x").variables == ["x"])
        #expect(try Expression(parsing: "type(a) == int || type(a) == map").variables == ["a"])
    }
}
