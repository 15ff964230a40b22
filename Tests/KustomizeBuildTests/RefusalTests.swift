import CoreModel
import KustomizeBuild
import ManifestTree
import Synchronization
import Testing

/// What is refused, and what the error names.
@Suite struct RefusalTests {
    struct Case: Sendable {
        let files: [String: String]
        let code: BuildError.Code
        let mentions: [String]
        let why: String
    }

    static let configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    /// What a stranger wrote may ask for any amount of work; the controller's threads are not theirs.
    @Test func aBuildEndsWhenItsTimeIsUp() throws {
        let calls = Mutex(0)
        var options = BuildOptions()
        options.isOverdue = {
            calls.withLock { calls in
                calls += 1
                return calls > 3
            }
        }
        let replacement = "{source: {kind: ConfigMap}, targets: [{select: {}, fieldPaths: [metadata.name]}]}"
        let files = MemoryFiles(texts: [
            "kustomization.yaml": "resources: [a.yaml]\nreplacements: [\(replacement), \(replacement)]\n",
            "a.yaml": Self.configMap,
        ])
        let error = #expect(throws: BuildError.self) { try KustomizeBuilder(files: files, options: options).build("") }
        #expect(error?.code == .overdue && error?.kind == .transient)
    }

    static let cases: [Case] = [
        Case(
            files: ["kustomization.yaml": "resources: ['https://example.com/a.yaml']\n"],
            code: .unsupported,
            mentions: ["kustomization.yaml", "resources[0]", "https://example.com/a.yaml"],
            why: "nothing is fetched from the network"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [../outside.yaml]\n"],
            code: .refused,
            mentions: ["resources[0]", "../outside.yaml"],
            why: "nothing outside of the tree is read"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [/etc/passwd]\n"],
            code: .refused,
            mentions: ["resources[0]", "/etc/passwd"],
            why: "absolute paths are outside by nature"
        ),
        Case(
            files: ["kustomization.yaml": "configMapGenerator: [{name: a, files: [../../x]}]\n"],
            code: .refused,
            mentions: ["configMapGenerator[0]", "../../x"],
            why: "generators could leak files into objects"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [.]\n"],
            code: .refused,
            mentions: ["cycle"],
            why: "a kustomization that holds itself never ends"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [a.yaml]\nhelmCharts: [{name: x}]\n", "a.yaml": configMap],
            code: .unsupported,
            mentions: ["kustomization.yaml", "helmCharts"],
            why: "an unsupported field is never ignored"
        ),
        Case(
            files: [
                "kustomization.yaml": "resources: [a.yaml]\npatches: [{patch: x, pfad: y}]\n", "a.yaml": configMap,
            ],
            code: .invalid,
            mentions: ["patches[0].pfad"],
            why: "a misspelt field inside an entry is named with its path"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: [\n"],
            code: .invalid,
            mentions: ["a.yaml"],
            why: "bad YAML names its file"
        ),
        Case(
            files: [
                "kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {name: '(a'}, patch: '[]'}]\n",
                "a.yaml": configMap,
            ],
            code: .invalid,
            mentions: ["patches[0].target.name", "(a"],
            why: "a pattern that does not compile is not an empty one"
        ),
        Case(
            files: ["kustomization.yaml": "resources: [a.yaml]\n", "kustomization.yml": "", "a.yaml": configMap],
            code: .conflict,
            mentions: ["kustomization.yaml", "kustomization.yml"],
            why: "which of two files counts is not guessed"
        ),
        Case(
            files: ["a.yaml": configMap],
            code: .unreadable,
            mentions: ["kustomization.yaml"],
            why: "a plain directory is built only where that is asked for"
        ),
    ]

    @Test(arguments: cases.indices) func isRefused(_ index: Int) throws {
        let test = Self.cases[index]
        let error = #expect(throws: BuildError.self) {
            try KustomizeBuilder(files: MemoryFiles(texts: test.files)).build("")
        }
        #expect(error?.code == test.code, "\(test.why): \(error?.description ?? "")")
        for text in test.mentions { #expect(error?.description.contains(text) == true, "\(error?.description ?? "")") }
        #expect(error?.kind == .terminal)
    }

    @Test func thePathStaysInside() {
        #expect(throws: BuildError.self) { try KustomizeBuilder(files: MemoryFiles([:])).build("../x") }
    }

    @Test func basesMayNotBeNestedWithoutEnd() {
        var files: [String: String] = [:]
        for level in 0..<80 { files["l\(level)/kustomization.yaml"] = "resources: [../l\(level + 1)]\n" }
        files["l80/kustomization.yaml"] = "namePrefix: a\n"
        let error = #expect(throws: BuildError.self) {
            try KustomizeBuilder(files: MemoryFiles(texts: files)).build("l0")
        }
        #expect(error?.code == .refused)
    }

    @Test func doublingBasesAreStopped() {
        var files: [String: String] = ["l0/kustomization.yaml": "namePrefix: a\n"]
        for level in 1..<40 {
            files["l\(level)/kustomization.yaml"] = "resources: [../l\(level - 1), ../m\(level - 1)]\n"
            files["m\(level)/kustomization.yaml"] = files["l\(level)/kustomization.yaml"]
        }
        files["m0/kustomization.yaml"] = "namePrefix: b\n"
        let error = #expect(throws: BuildError.self) {
            try KustomizeBuilder(files: MemoryFiles(texts: files)).build("l39")
        }
        #expect(error?.code == .refused)
    }
}
