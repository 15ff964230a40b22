import ManifestTree
import Synchronization
import Testing

@testable import KustomizeBuild

/// KRM functions: when they run, what they get, and what becomes of what they return.
@Suite struct FunctionTests {
    /// Answers with what a closure makes of the items.
    private struct Scripted: FunctionRunner {
        let change: @Sendable (Tree) -> Tree

        func run(_ program: String, in directory: String, input: [UInt8]) throws -> [UInt8] {
            change(try YAMLReader.document(input)).yamlBytes()
        }
    }

    private static let configMap =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
        + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"

    private func plugin(_ spec: String) -> String {
        "apiVersion: example.com/v1\nkind: Fn\nmetadata:\n  name: f\n  annotations:\n"
            + "    config.kubernetes.io/function: '\(spec)'\nspec: {value: x}\n"
    }

    private func build(
        _ field: String,
        spec: String = "exec: {path: ./fn}",
        allowed: Bool = true,
        runner: (any FunctionRunner)?
    ) throws -> [Tree] {
        var options = BuildOptions(order: .none)
        options.permissions.allowsPlugins = allowed
        options.permissions.functions = runner
        let files = [
            "kustomization.yaml": "resources: [a.yaml]\n\(field): [f.yaml]\nnamePrefix: p-\n", "a.yaml": Self.configMap,
            "f.yaml": plugin(spec),
        ]
        return try KustomizeBuilder(files: MemoryFiles(texts: files), options: options).build("").objects
    }

    private func names(_ objects: [Tree]) -> [String] { objects.map { $0["metadata"]?["name"]?.string ?? "" } }

    @Test func transformersGetAllObjectsAndReturnThem() throws {
        let runner = Scripted { list in
            guard list["kind"] == "ResourceList", list["functionConfig"]?["spec"]?["value"] == "x" else { return [:] }
            var list = list
            var items = list["items"]?.list ?? []
            items[0]["data"] = ["changed": "yes"]
            items.remove(at: 1)
            items.append(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "new"]])
            list["items"] = .list(items)
            return list
        }
        let objects = try build("transformers", runner: runner)
        #expect(names(objects) == ["p-a", "new"])
        #expect(objects[0]["data"] == ["changed": "yes"])
        #expect(objects[0]["metadata"] == ["name": "p-a"], "the mark by which objects are known is taken off")
    }

    @Test func generatorsMayAskForAHash() throws {
        let runner = Scripted { list in
            var list = list
            list["items"] = [
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "data": ["a": "b"],
                    "metadata": [
                        "name": "g", "annotations": ["kustomize.config.k8s.io/needs-hash": "true"],
                    ],
                ]
            ]
            return list
        }
        #expect(names(try build("generators", runner: runner)) == ["p-a", "p-b", "p-g-4h2mbtbbt6"])
    }

    struct Refused: Sendable {
        let why: String
        let spec: String
        let allowed: Bool
        let hasRunner: Bool
        let mentions: String
    }

    static let refused = [
        Refused(
            why: "plugins are off by default",
            spec: "exec: {path: ./fn}",
            allowed: false,
            hasRunner: true,
            mentions: "external plugins disabled; unable to load external plugin 'Fn'"
        ),
        Refused(
            why: "programs need a flag of their own",
            spec: "exec: {path: ./fn}",
            allowed: true,
            hasRunner: false,
            mentions: "--enable-exec"
        ),
        Refused(
            why: "containers are never run",
            spec: "container: {image: example.com/fn}",
            allowed: true,
            hasRunner: true,
            mentions: "example.com/fn"
        ),
        Refused(
            why: "a function has to say what runs",
            spec: "{}",
            allowed: true,
            hasRunner: true,
            mentions: "exec.path"
        ),
    ]

    @Test(arguments: refused.indices) func isRefused(_ index: Int) {
        let test = Self.refused[index]
        let runner = test.hasRunner ? Scripted { $0 } : nil
        let error = #expect(throws: BuildError.self) {
            try build("transformers", spec: test.spec, allowed: test.allowed, runner: runner)
        }
        #expect(error?.message.contains(test.mentions) == true, "\(test.why): \(error?.message ?? "")")
    }

    @Test func anErrorAmongTheResultsFailsTheBuild() {
        let runner = Scripted { list in
            var list = list
            list["results"] = [["severity": "error", "message": "no replicas"]]
            return list
        }
        let error = #expect(throws: BuildError.self) { try build("validators", runner: runner) }
        #expect(error?.message.contains("no replicas") == true)
    }

    @Test func validatorsChangeNothing() {
        let runner = Scripted { list in
            var list = list
            list["items"] = []
            return list
        }
        let error = #expect(throws: BuildError.self) { try build("validators", runner: runner) }
        #expect(error?.message.contains("validator shouldn't modify the resource map") == true)
    }
}
