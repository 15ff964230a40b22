import ManifestTree
import Testing

@testable import KustomizeBuild

@Suite struct SubstitutionTests {
    static let variables = [
        "A": "value", "E": "", "P": "a/b/c.tar.gz", "U": "grün", "N": "3", "S": "two words", "1A": "digit first",
        "ein_Ä": "ä",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let flux: String?
        let shell: String?
        let why: String

        init(_ text: String, _ flux: String?, shell: String?? = .none, _ why: String) {
            self.text = text
            self.flux = flux
            self.shell = shell ?? flux
            self.why = why
        }

        var testDescription: String { "\(text): \(why)" }
    }

    /// Nil is a refusal.
    static let cases: [Case] = [
        Case("a ${A} b", "a value b", "a plain reference"),
        Case("$A", "$A", "without braces it is text"),
        Case("$", "$", "a lone dollar is text"),
        Case("a$", "a$", "also at the end"),
        Case("$$", "$", "two become one, everywhere"),
        Case("$$A", "$A", "also before a name"),
        Case("$${A}", "${A}", "how a reference is kept"),
        Case("$$${A}", "$value", "the first two are one, the third begins a reference"),
        Case("$$$${A}", "$${A}", "two pairs"),
        Case("${1A}", "digit first", "a digit in front is legal in a reference"),
        Case("${ein_Ä}", "ä", "letters of any script are"),
        Case("${A.B}", nil, "a dot is not"),
        Case("${A B}", nil, "a space is not"),
        Case("${}", nil, "a name is needed"),
        Case("${A", nil, "a reference ends"),
        Case("${missing}", nil, "strict mode"),
        Case("${missing^^}", nil, "strict mode, whatever is done with it"),
        Case("${#A}", "5", "length"),
        Case("${#U}", "5", shell: "4", "Flux counts bytes"),
        Case("${A^}", "Value", "first upper"),
        Case("${A^^}", "VALUE", "all upper"),
        Case("${S,,}", "two words", "all lower"),
        Case("${E,}", "", "nothing to lower"),
        Case("${A:1}", "alue", "slice to the end"),
        Case("${A:1:3}", "alu", "slice"),
        Case("${A:9}", "", "beyond the end"),
        Case("${A:1:99}", "alue", "longer than there is"),
        Case("${A:x}", "value", "no number changes nothing"),
        Case("${A: -3}", "value", shell: "lue", "a negative offset, which Flux does not parse"),
        Case("${A:0:-1}", "valu", "a negative length counts from the end"),
        Case("${U:0:3}", "gr\u{FFFD}", shell: "grü", "Flux cuts through characters"),
        Case("${A:}", nil, "an offset is needed"),
        Case("${A::2}", nil, "also before a length"),
        Case("${P#*/}", "b/c.tar.gz", "shortest beginning"),
        Case("${P##*/}", "c.tar.gz", "longest beginning; the star takes slashes"),
        Case("${P%.*}", "a/b/c.tar", "shortest end"),
        Case("${P%%.*}", "a/b/c", "longest end"),
        Case("${P#z*}", "a/b/c.tar.gz", "nothing matches"),
        Case("${P#[a-c]?}", "b/c.tar.gz", "sets and single characters"),
        Case("${A#}", nil, "a pattern is needed"),
        Case("${missing:-d}", "d", "default"),
        Case("${E:-d}", "d", "default for an empty one"),
        Case("${missing:=d}", "d", "the same"),
        Case("${missing=d}", "d", "without the colon"),
        Case("${E=d}", "d", shell: "", "Flux makes no difference"),
        Case("${A:-d}", "value", "not needed"),
        Case("${missing:-}", "", "an empty default"),
        Case("${missing:-3}", "3", "a default and no negative offset"),
        Case("${missing:-a b: c}", "a b: c", "up to the brace"),
        Case("${missing:-${A}-${N}}", "value-3", "references in a default"),
        Case("${missing:-${other:-deep}}", "deep", "defaults in a default"),
        Case("${missing:-${other}}", nil, "strict in a default"),
        Case("${missing-d}", nil, shell: "d", "Flux does not know it"),
        Case("${A+d}", nil, shell: "d", "Flux does not know it"),
        Case("${missing:?needed}", "needed", shell: .some(nil), "Flux takes the message as a default"),
        Case("${A:?needed}", "value", "not needed"),
        Case("${A:+x}", "value", shell: "x", "Flux takes the alternative as a default"),
        Case("${missing:+x}", "x", shell: "", "the same the other way round"),
        Case("${A/l/L}", "vaLue", "first"),
        Case("${P//\\//-}", "a-b-c.tar.gz", "all, with an escaped slash"),
        Case("${P/#a/z}", "z/b/c.tar.gz", "beginning"),
        Case("${P/%gz/xz}", "a/b/c.tar.xz", "end"),
        Case("${A/l/}", "vaue", "by nothing"),
        Case("${P/*/x}", "a/b/c.tar.gz", "literally, no pattern"),
        Case("${A/l}", nil, "a replacement is needed"),
        Case("${A/${N}/x}", "value", "references in arguments"),
    ]

    private func result(_ text: String, _ dialect: SubstitutionDialect, strict: Bool = true) -> String? {
        let evaluation = SubstitutionEvaluation(variables: Self.variables, dialect: dialect, isStrict: strict)
        return try? evaluation.text(of: SubstitutionTemplate(text, dialect: dialect).parts)
    }

    @Test(arguments: cases) func followsFlux(_ test: Case) { #expect(result(test.text, .flux) == test.flux) }
    @Test(arguments: cases) func followsTheShell(_ test: Case) { #expect(result(test.text, .shell) == test.shell) }

    @Test func withoutStrictnessWhatIsMissingIsEmpty() {
        #expect(result("a${missing}b${missing^^}${#missing}", .flux, strict: false) == "ab0")
    }

    @Test func hostileTextEnds() {
        let deep = String(repeating: "${A:-", count: 10_000)
        #expect(result(deep, .flux) == nil)
        let stars = String(repeating: "*a", count: 200) + "b"
        #expect(result("${A:-x}${S#\(stars)}", .flux) == "valuetwo words")
    }

    // MARK: - Objects

    private let map: Tree = [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m", "namespace": "web"],
        "data": ["plain": "${N}", "quoted": "'${N}'", "text": "x ${A}"],
    ]

    @Test func valuesGetTheTypeThatTheirTextHas() throws {
        let replicas: Tree = [
            "kind": "D", "metadata": ["name": "d"], "spec": ["replicas": "${N}", "on": "${B:=true}"],
        ]
        let built = try VariableSubstitution(Self.named).apply(to: [replicas])
        #expect(built == [["kind": "D", "metadata": ["name": "d"], "spec": ["replicas": 3, "on": true]]])
    }

    @Test(arguments: ["labels", "annotations"]) func objectsOptOut(_ place: String) throws {
        var object = map
        object["metadata"] = ["name": "m", .init(place): [.init(VariableSubstitution.optOut): "disabled"]]
        #expect(try VariableSubstitution(Self.named).apply(to: [object]) == [object])
    }

    @Test func errorsNameObjectLineAndVariable() throws {
        var object = map
        object["data"] = ["a": "1", "b": "${TAG}"]
        let error = try #require(throws: BuildError.self) { try VariableSubstitution(Self.named).apply(to: [object]) }
        #expect(error.object == "ConfigMap/web/m")
        #expect(error.line == 4)
        #expect(error.message.contains("variable not set (strict mode): \"TAG\""))
    }

    @Test func valuesAreNotQuotedInErrors() throws {
        let object: Tree = ["kind": "ConfigMap", "metadata": ["name": "m"], "data": ["a": "${S}"]]
        let substitution = try VariableSubstitution(["S": "canary: {"])
        let error = try #require(throws: BuildError.self) { try substitution.apply(to: [object]) }
        #expect(!"\(error)".contains("canary"))
    }

    @Test func lineBreaksAreTakenOutOfValues() throws {
        let built = try VariableSubstitution(["A": "two\nlines\n"]).apply(to: [["kind": "C", "text": "${A}"]])
        #expect(built == [["kind": "C", "text": "twolines"]])
    }

    @Test(arguments: ["1A", "A-B", "", "ä"]) func namesAreChecked(_ name: String) {
        #expect(throws: BuildError.self) { try VariableSubstitution([name: "x"]) }
    }

    private static let named = ["N": "3", "A": "value"]
}
