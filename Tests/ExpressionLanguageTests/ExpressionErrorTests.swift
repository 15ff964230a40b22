import ExpressionLanguage
import ManifestTree
import Testing

/// What is no expression, and what has no value.
struct ExpressionErrorTests {
    static let syntax: [(String, String)] = [
        ("", "1:1: a value belongs where the end is"), ("1 +", "1:4: a value belongs"),
        ("(1", "1:3: ')' belongs where the end is"),
        ("1 2", "1:3: an operator or the end belongs where the number 2 is"), ("a b", "where the name \"b\" is"),
        ("a.", "a name belongs"), ("a.1", "an operator or the end belongs where the number .1"), ("a[1", "']' belongs"),
        ("[1 2]", "']' belongs where the number 2"), ("{1}", "':' belongs"), ("a ? b", "':' belongs where the end"),
        ("a ? b ? c : d : e", "':' belongs where '?'"), ("'a", "1:1: a text does not end"),
        ("'a\nb'", "a text does not end"),
        ("'''a", "a text does not end"), ("'\\q'", "an escape in a text has no meaning"),
        ("'\\ud800'", "names no character"),
        ("'\\u12'", "names no character"), ("'\\777'", "an escape in a text has no meaning"),
        ("'\\377' + '\\400'", "no meaning"),
        ("99999999999999999999", "does not fit into 64 bits"), ("9223372036854775808", "does not fit"),
        ("1e999", "out of range"),
        ("1u", "unsigned numbers are not known"), ("1x", "a number ends in a letter"), ("0x", "has no digits"),
        ("1e", "an exponent"),
        ("b'a'", "bytes are not known"), ("a & b", "\"&\" has no meaning"), ("a = b", "\"=\" has no meaning"),
        ("a @ b", "has no meaning"),
        ("f(1)", "the function \"f\" is not known"), ("a.f()", "the function \"f\" is not known"),
        ("'a'.int()", "is not known"),
        ("startsWith('a', 'b')", "is not known"), ("size()", "does not take so many values"),
        ("size(1, 2)", "so many values"),
        ("'a'.startsWith()", "so many values"), ("has(a)", "'has' takes a field"), ("has(a[0])", "'has' takes a field"),
        ("has(a.b.c())", "not known"), ("[].all(1, true)", "the name of an element belongs"),
        ("[].all(x)", "',' belongs"),
        ("[].all(x, true, true)", "so many values"), ("[].map(x, 1, 2, 3)", "so many values"),
        ("[].all(in, true)", "the name of"),
        ("for", "'for' is a reserved word"), ("a.in", "a name belongs"), ("T{a: 1}", "messages are not known"),
        ("a.B{}", "messages"),
        ("'a'.matches(b)", "takes a literal pattern"), ("'a'.matches('(')", "the pattern \"(\""),
        ("!", "a value belongs"),
        ("a.b.c.", "a name belongs"), (")", "a value belongs where ')'"), ("1 == ", "a value belongs"),
        ("a\n\n  && é", "3:6: "),
        ("\"é\" + $", "1:7: "), (".a", "a value belongs where '.'"), ("{'a': 1 'b': 2}", "'}' belongs"),
    ]

    @Test(arguments: syntax)
    func isNoExpression(text: String, says: String) throws {
        let error = try #require(throws: ExpressionError.self, "\(text)") { try Expression(parsing: text) }
        #expect(error.code == .syntax)
        #expect(error.message.contains(says), "\(text): \(error)")
    }

    static let values: [(String, ExpressionError.Code, String)] = [
        ("missing", .value, "1:1: the variable \"missing\" is not known; there are: o"),
        ("o.other", .value, "there is no field \"other\""),
        ("o.name.first", .type, "string has no fields"), ("o.none.x", .type, "null_type has no fields"),
        ("has(o.name.x)", .type, "has no fields"),
        ("has(o.other.x)", .value, "no field \"other\""), ("o['other']", .value, "no key"),
        ("o[1]", .type, "the keys of a map are text"),
        ("o.tags[3]", .value, "there is no element 3"), ("o.tags[-1]", .value, "no element -1"),
        ("o.tags['a']", .type, "give an int"),
        ("o.tags[0.5]", .type, "give an int"), ("1[0]", .type, "int has no elements"),
        ("1 + 1.0", .type, "'+' does not take int and double"),
        ("1 + '1'", .type, "does not take int and string"), ("'a' - 'b'", .type, "'-' does not take"),
        ("1.0 % 2.0", .type, "'%' does not take"),
        ("1 / 0", .value, "divided by zero"), ("1 % 0", .value, "divided by zero"),
        ("9223372036854775807 + 1", .value, "out of range"),
        ("-9223372036854775808 - 1", .value, "out of range"), ("-(-9223372036854775808)", .value, "out of range"),
        ("-9223372036854775808 / -1", .value, "out of range"), ("3037000500 * 3037000500", .value, "out of range"),
        ("-'a'", .type, "takes a number"),
        ("!1", .type, "a bool belongs where int is"), ("1 && true", .type, "a bool belongs"),
        ("true && 1", .type, "a bool belongs"),
        ("false || 'a'", .type, "a bool belongs"), ("1 ? 2 : 3", .type, "a bool belongs"),
        ("'true' ? 2 : 3", .type, "a bool belongs"),
        ("'a' < 1", .type, "have no order"), ("null < null", .type, "have no order"),
        ("[] < []", .type, "have no order"),
        ("true && o.other", .value, "no field"), ("o.other || false", .value, "no field"),
        ("1 in 'abc'", .type, "'in' looks into"),
        ("1.all(x, true)", .type, "takes a list or a map"), ("'abc'.all(x, true)", .type, "takes a list"),
        ("[1].all(x, x)", .type, "a bool belongs"),
        ("[1, 2].map(x, x / 0)", .value, "by zero"), ("[0, 1].filter(x, 1 / x == 1)", .value, "by zero"),
        ("[0, 1].exists_one(x, 1 / x == 1)", .value, "by zero"), ("[0, 1].all(x, 1 / x == 1)", .value, "by zero"),
        ("size(1)", .type, "'size' takes"), ("1.startsWith('a')", .type, "takes text"),
        ("'a'.startsWith(1)", .type, "takes text"),
        ("'a'.matches('a') && 1.matches('a')", .type, "takes text"), ("int('a')", .value, "\"a\" is no int"),
        ("int('+1')", .value, "is no int"),
        ("int(1e19)", .value, "is no int"), ("int(true)", .type, "does not take bool"),
        ("double('x')", .value, "is no double"),
        ("double('inf')", .value, "is no double"), ("bool('yes')", .value, "is no bool"),
        ("bool(1)", .type, "does not take int"),
        ("string([])", .type, "does not take list"), ("timestamp('yesterday')", .value, "is no timestamp"),
        ("duration('1 day')", .value, "is no duration"),
        ("timestamp(99999999999999)", .value, "is no timestamp"), ("{'a': 1, 'a': 2}", .value, "is there twice"),
        ("{1: 2}", .type, "the keys of a map are text"),
        ("'abc'.substring(2, 1)", .value, "no characters"), ("'abc'.substring(4)", .value, "no characters"),
        ("'abc'.indexOf('a', 4)", .value, "no character"),
        ("['a', 1].join()", .type, "a list of text"), ("'a'.replace('', 'b')", .value, "a text to replace"),
        ("'a'.split(',', 'x')", .type, "takes an int"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", .value, "out of range"),
        ("1.0 / 0.0", .type, "no form in a document"),
        ("[1].map(x, x)[1]", .value, "no element 1"),
    ]

    @Test(arguments: values)
    func hasNoValue(text: String, code: ExpressionError.Code, says: String) throws {
        let expression = try Expression(parsing: text)
        let error = try #require(throws: ExpressionError.self, "\(text)") {
            try expression.evaluate(variables: ExpressionTests.variables())
        }
        #expect(error.code == code, "\(text): \(error)")
        #expect(error.message.contains(says), "\(text): \(error)")
    }

    @Test(arguments: ["1", "'true'", "null", "[true]", "o"])
    func isNeitherTrueNorFalse(text: String) throws {
        let expression = try Expression(parsing: text)
        let error = try #require(throws: ExpressionError.self) {
            try expression.holds(variables: ExpressionTests.variables())
        }
        #expect(error.message.contains("neither true nor false"))
    }
}

/// Whoever writes an expression must not be able to stop whoever evaluates it.
struct ExpressionLimitTests {
    static let parsed: [(String, String)] = [
        ("too long", "'" + String(repeating: "a", count: 20_000) + "'"),
        ("brackets", String(repeating: "(", count: 5_000)),
        ("lists", String(repeating: "[", count: 5_000)), ("fields", "a" + String(repeating: ".b", count: 5_000)),
        ("sums", "1" + String(repeating: "+1", count: 5_000)),
        ("conditions", String(repeating: "a?b:", count: 4_000) + "c"),
        ("elements", "[" + String(repeating: "1,", count: 8_000) + "1]"),
        ("calls", String(repeating: "size(", count: 3_000)),
        ("a pattern", "'a'.matches('" + String(repeating: "(a{1000})", count: 20) + "')"),
    ]

    @Test(arguments: parsed)
    func isRefusedWhenItIsParsed(why: String, text: String) {
        #expect(throws: ExpressionError.self, "\(why)") { try Expression(parsing: text) }
    }

    static func nested(_ depth: Int, _ body: String) -> String {
        (0..<depth).map { "[0,1,2,3,4,5,6,7,8,9].all(x\($0), " }.joined() + body + String(repeating: ")", count: depth)
    }

    static let evaluated: [(String, String)] = [
        ("loops in loops", nested(12, "true")), ("loops in loops that fail", nested(12, "1/0 == 1")),
        ("text that doubles", "['x'].map(a, a+a)" + String(repeating: ".map(a, a+a)", count: 60)),
        ("lists that double", "[['x']].map(a, a+a)" + String(repeating: ".map(a, a+a)", count: 60)),
        ("a result that doubles", "['x']" + String(repeating: ".map(a, [a,a])", count: 60)),
        (
            "comparing what doubles",
            "['x']" + String(repeating: ".map(a, [a,a])", count: 40) + " == ['x']"
                + String(repeating: ".map(a, [a,a])", count: 40)
        ),
        ("a text that grows by its parts", "o.map(a, o.join(',')).join(o.join(','))"),
        ("a pattern over a long text", "o.all(a, o.join('').matches('(a|b|c|d|e|f|g|h|i|j){1,100}$'))"),
        ("a spent budget behind an or", nested(12, "true") + " || true"),
        (
            "a spent budget in front of an and",
            "false && " + nested(12, "true") + " || " + nested(12, "false || 1/0 == 1")
        ),
    ]

    @Test(arguments: evaluated)
    func isStoppedWhenItIsEvaluated(why: String, text: String) throws {
        let expression = try Expression(parsing: text)
        let long = Tree.list((0..<2_000).map { .string("element \($0)") })
        let error = try #require(throws: ExpressionError.self, "\(why)") {
            try expression.evaluate(variables: ["o": long], budget: 100_000)
        }
        #expect(error.code == .limit, "\(why): \(error)")
    }

    @Test func longChainsAreTaken() throws {
        let either = Array(repeating: "false", count: 1_000).joined(separator: " || ") + " || true"
        #expect(try Expression(parsing: either).holds(variables: [:]))
        let sum = Array(repeating: "1", count: 80).joined(separator: " + ") + " == 80"
        #expect(try Expression(parsing: sum).holds(variables: [:]))
    }

    @Test func theBudgetIsTheCallers() throws {
        let expression = try Expression(parsing: "[1, 2, 3].all(x, x > 0)")
        #expect(try expression.holds(variables: [:], budget: 100))
        #expect(throws: ExpressionError.self) { try expression.holds(variables: [:], budget: 5) }
    }

    /// Bytes that are no expression must not stop the parser.
    @Test func anyPrefixAndAnyByteEnds() {
        let text = "o.a['b'].all(x, x.matches(r'^a.*$') && -1.5e3 < size(x) ? {'k': [\"\\u00e9\"]} : !has(x.y)) // end"
        for end in 0..<text.utf8.count {
            let prefix = String(decoding: text.utf8.prefix(end), as: UTF8.self)
            _ = try? Expression(parsing: prefix)
            for byte in [UInt8(ascii: "("), 0x22, 0x00, 0xC3, UInt8(ascii: "\\")] {
                _ = try? Expression(
                    parsing: String(
                        decoding: Array(text.utf8.prefix(end)) + [byte] + text.utf8.dropFirst(end + 1),
                        as: UTF8.self
                    )
                )
            }
        }
    }
}
