import ManifestTree
import Testing

/// Every expectation was taken from what kustomize 5 makes of the same text.
@Suite struct YAMLScalarTests {
    static let scalars: [(String, String, String)] = [
        ("true", "true", "boolean"), ("True", "true", "boolean"), ("TRUE", "true", "boolean"),
        ("false", "false", "boolean"), ("tRUE", #""tRUE""#, "not a boolean"),
        ("yes", #""yes""#, "YAML 1.1 boolean is text"), ("on", #""on""#, "same"), ("y", #""y""#, "same"),
        ("Off", #""Off""#, "same"), ("NO", #""NO""#, "same"),
        ("~", "null", "null"), ("null", "null", "null"), ("Null", "null", "null"), ("NULL", "null", "null"),
        ("", "null", "nothing is null"), ("nULL", #""nULL""#, "not null"),
        ("0", "0", "zero"), ("12", "12", "integer"), ("+12", "12", "sign"), ("-12", "-12", "sign"),
        ("-0", "0", "no negative zero"),
        ("0777", "511", "YAML 1.1 octal"), ("00", "0", "octal zero"), ("-0777", "-511", "negative octal"),
        ("08", "8", "not octal, so a float"), ("0o17", "15", "YAML 1.2 octal"), ("0o8", #""0o8""#, "not octal"),
        ("0o-7", "-7", "go-yaml reads a sign after the prefix"), ("0b-1", "-1", "same"),
        ("0x1F", "31", "hexadecimal"), ("-0x1f", "-31", "negative"), ("+0x1F", "31", "sign"), ("0X1f", "31", "big X"),
        ("0b101", "5", "binary"), ("0B1", "1", "big B"), ("-0b11", "-3", "negative"), ("0b12", #""0b12""#, "no binary"),
        ("1_000", "1000", "underscore"), ("1__0", "10", "two underscores"), ("1_", "1", "at the end"),
        ("0_7", "7", "octal"), ("_1", #""_1""#, "in front is text"), ("1__2.5", "12.5", "in a float"),
        ("123456789012345678", "123456789012345678", "18 digits"),
        ("-9223372036854775808", "-9223372036854775808", "smallest"),
        ("-9223372036854775809", "-9223372036854776000", "beyond: the nearest double, as Go writes it"),
        ("18446744073709551615", "18446744073709551615", "unsigned"),
        ("+18446744073709551615", "18446744073709552000", "a sign makes it a float"),
        ("18446744073709551616", "18446744073709552000", "beyond 64 bits is a float"),
        ("0x10000000000000000", #""0x10000000000000000""#, "too large for hexadecimal is text"),
        (".5", "0.5", "no integer part"), ("-.5", "-0.5", "sign"), ("+.5", "0.5", "sign"), ("5.", "5", "no fraction"),
        ("1.0", "1", "Go drops the fraction"), ("1.10", "1.1", "and zeros"), ("1e3", "1000", "exponent"),
        ("12e03", "12000", "zeros in the exponent"), ("1e", #""1e""#, "no exponent"),
        ("1e21", "1e+21", "large"), ("1e20", "100000000000000000000", "not large enough"), ("1e-7", "1e-7", "small"),
        ("0.000001", "0.000001", "not small enough"), ("1e400", #""1e400""#, "overflow is text"),
        ("1e-400", "0", "underflow is zero"), ("0.1", "0.1", "shortest"), ("1.5e300", "1.5e+300", "exponent"),
        ("12345678901234567890123", "1.2345678901234568e+22", "many digits"),
        (".5_0", "0.5", "underscore between digits"), ("._5", #""._5""#, "not between"),
        (".5_", #"".5_""#, "not between"),
        (".", #"".""#, "text"), ("+", #""+""#, "text"), ("..", #""..""#, "text"), ("1.2.3", #""1.2.3""#, "version"),
        ("190:20:30", #""190:20:30""#, "base 60 is text"), ("=", #""=""#, "text"), ("<<", #""<<""#, "text as a value"),
        ("2020-01-02", #""2020-01-02T00:00:00Z""#, "date"), ("2020-1-2", #""2020-01-02T00:00:00Z""#, "short date"),
        ("2020-01-02 3:4:5.120", #""2020-01-02T03:04:05.12Z""#, "space"),
        ("2020-01-02T03:04:05+00:00", #""2020-01-02T03:04:05Z""#, "zero offset"),
        ("2001-12-14t21:59:43.10-05:00", #""2001-12-14T21:59:43.1-05:00""#, "offset"),
        ("2020-01-02T03:04:05,5Z", #""2020-01-02T03:04:05.5Z""#, "comma"),
        ("2020-01-02T03:04:05.1234567899Z", #""2020-01-02T03:04:05.123456789Z""#, "nanoseconds"),
        ("2020-02-30", #""2020-02-30""#, "no such day"), ("1900-02-29", #""1900-02-29""#, "no leap year"),
        ("2000-02-29", #""2000-02-29T00:00:00Z""#, "leap year"),
        ("2020-01-02 03:04:05Z", #""2020-01-02 03:04:05Z""#, "space and zone"),
        ("2020-01-02T03:04:60Z", #""2020-01-02T03:04:60Z""#, "leap second"),
        ("2020-01-02T03:04:05+0100", #""2020-01-02T03:04:05+0100""#, "offset without colon"),
        ("2020-01-02T03:04:05", #""2020-01-02T03:04:05""#, "T without zone"),
        (#""12""#, #""12""#, "quotes"), ("'true'", #""true""#, "quotes"), (#""\x41\u00e9\n""#, #""Aé\n""#, "escapes"),
        ("!!str 12", #""12""#, "tag"), ("!!str", #""""#, "tag of nothing"), ("!!str null", #""null""#, "tag"),
        ("!!int \"3\"", "3", "tag beats quotes"), ("!!float 3", "3", "tag"), ("!!float \"0x10\"", "16", "tag"),
        ("!!bool \"true\"", "true", "tag beats quotes"), ("!!null \"\"", "null", "tag"),
        ("!!timestamp \"2020-01-02\"", #""2020-01-02T00:00:00Z""#, "tag"),
        ("!!binary aGVsbG8=", #""hello""#, "base64"), ("!foo 12", #""12""#, "own tags make text"),
        ("! 12", "12", "no tag"),
        ("|\n  a\n  b\n", #""a\nb\n""#, "literal"), (">-\n  a\n  b\n", #""a b""#, "folded"),
        ("|+\n  a\n", #""a\n\n""#, "keep"), ("a\n  b", #""a b""#, "plain over two lines"),
    ]

    @Test(arguments: scalars)
    func resolves(_ text: String, _ json: String, why: String) throws {
        let documents = try YAMLReader.documents("v: \(text)\n")
        #expect(documents.first?.tree["v"]?.jsonString() == json, "\(why)")
    }

    static let refusals: [(String, String, String)] = [
        ("v: .inf", "1:4: .inf is a number that JSON has no form for; put it in quotes if it is text", "infinite"),
        ("v: -.INF", "1:4: -.INF is a number that JSON has no form for; put it in quotes if it is text", "infinite"),
        ("v: .nan", "1:4: .nan is a number that JSON has no form for; put it in quotes if it is text", "not a number"),
        ("v: !!int abc", #"1:4: "abc" is not a value of type !!int"#, "tag"),
        ("v: !!bool yes", #"1:4: "yes" is not a value of type !!bool"#, "tag"),
        ("v: !!int 1.5", #"1:4: "1.5" is not a value of type !!int"#, "tag"),
        ("v: !!binary '*'", "1:4: !!binary is not valid base64", "tag"),
        ("v: !!binary /w==", "1:4: !!binary does not hold UTF-8 text; use binaryData with plain base64 instead", "tag"),
    ]

    @Test(arguments: refusals)
    func refuses(_ text: String, _ message: String, why: String) {
        let error = #expect(throws: ManifestError.self, "\(why)") { try YAMLReader.documents(text, source: "f.yaml") }
        #expect(error?.message == "f.yaml:" + message, "\(why)")
    }
}
