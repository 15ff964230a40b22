import KustomizeBuild
import ManifestTree
import Testing

/// What the Flux controller's way of building adds: plain directories and the overlay of a Kustomization.
@Suite struct ControllerBuildTests {
    private func build(
        _ files: [String: String],
        _ path: String = "",
        overlay: KustomizationOverlay? = nil
    ) throws -> [String] {
        let builder = KustomizeBuilder(files: MemoryFiles(texts: files), options: .controller(overlay: overlay))
        return try builder.build(path).objects.map { tree in
            "\(tree["kind"]?.string ?? "")/\(tree["metadata"]?["namespace"]?.string ?? "")/"
                + "\(tree["metadata"]?["name"]?.string ?? "")"
        }
    }

    private func configMap(_ name: String) -> String { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\n" }

    @Test func plainDirectoriesAreWalkedAndNestedKustomizationsAreBases() throws {
        let objects = try build(
            [
                "app/b.yaml": configMap("b"), "app/a.yml": configMap("a"), "app/notes.txt": "no manifest",
                "app/sub/deep/c.yaml": configMap("c"),
                "app/base/kustomization.yaml": "resources: [d.yaml]\nnamePrefix: p-\n",
                "app/base/d.yaml": configMap("d"), "app/base/ignored.yaml": configMap("x"),
                "other.yaml": configMap("o"),
            ],
            "app"
        )
        #expect(objects == ["ConfigMap//a", "ConfigMap//b", "ConfigMap//p-d", "ConfigMap//c"])
    }

    @Test func objectsKeepTheOrderInWhichTheyWereRead() throws {
        let objects = try build([
            "kustomization.yaml": "resources: [z.yaml, n.yaml]\n", "z.yaml": configMap("z"),
            "n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
        ])
        #expect(objects == ["ConfigMap//z", "Namespace//n"])
    }

    @Test func theOverlayReplacesNamesAndAppendsPatches() throws {
        var overlay = KustomizationOverlay(
            targetNamespace: "prod",
            patches: [
                [
                    "patch": "- {op: add, path: /data, value: {patched: 'yes'}}",
                    "target": ["kind": "ConfigMap", "name": "a"],
                ]
            ],
            images: [["name": "app", "digest": "sha256:aa"]]
        )
        overlay.namePrefix = "o-"
        let files = [
            "kustomization.yaml": "resources: [a.yaml]\nnamespace: own\nnamePrefix: k-\n"
                + "images: [{name: app, newName: mirror/app, newTag: v1}]\n",
            "a.yaml": configMap("a") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
                + "spec: {containers: [{name: c, image: 'app:v0'}]}\n",
        ]
        let builder = KustomizeBuilder(files: MemoryFiles(texts: files), options: .controller(overlay: overlay))
        let built = try builder.build("").objects
        #expect(built[0]["metadata"] == ["name": "o-a", "namespace": "prod"])
        #expect(built[0]["data"] == ["patched": "yes"])
        #expect(built[1]["spec"]?["containers"]?.list?.first?["image"] == "mirror/app@sha256:aa")
    }

    @Test func missingComponentsAreLeftOutOnlyOnRequest() throws {
        var overlay = KustomizationOverlay(components: ["nothing"])
        let files = ["kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": configMap("a")]
        #expect(throws: BuildError.self) { try build(files, overlay: overlay) }
        overlay.ignoresMissingComponents = true
        #expect(try build(files, overlay: overlay) == ["ConfigMap//a"])
    }

    @Test func filesReadAreReported() throws {
        let files = [
            "k/kustomization.yaml": "resources: [../a.yaml]\nconfigMapGenerator: [{name: c, files: [x.txt]}]\n",
            "k/x.txt": "x", "a.yaml": configMap("a"), "unused.yaml": configMap("u"),
        ]
        let builder = KustomizeBuilder(files: MemoryFiles(texts: files), options: .controller(overlay: nil))
        #expect(try builder.build("k").filesRead == ["a.yaml", "k/kustomization.yaml", "k/x.txt"])
    }
}
