import KustomizeBuild
import ManifestTree
import Testing

/// Errors name file, line and field, and come together where they do not depend on each other.
@Suite struct ErrorPlaceTests {
    private static let configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    private func error(_ kustomization: String) throws -> BuildError {
        let files = ["k/kustomization.yaml": kustomization, "k/a.yaml": Self.configMap]
        return try #require(throws: BuildError.self) {
            try KustomizeBuilder(files: MemoryFiles(texts: files)).build("k")
        }
    }

    @Test func theLineOfTheFieldIsNamed() throws {
        let error = try error(
            """
            # a comment
            resources:
            - a.yaml
            Patches:
            - patch: |
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a}
            - patch: '[]'
              target:
                kind: ConfigMap
                name: '(a'

            """
        )
        #expect(error.line == 12)
        #expect(error.field == "patches[1].target.name")
        #expect(error.message.hasPrefix("k/kustomization.yaml:12: patches[1].target.name: "))
    }

    @Test func entriesThatAreWrongAreNamedTogether() throws {
        let error = try error("resources:\n- none.yaml\n- a.yaml\n- b/../../../out.yaml\n- gone\n")
        #expect(error.others.count == 2)
        #expect(([error] + error.others).map(\.line) == [2, 4, 5])
        for name in ["none.yaml", "out.yaml", "gone"] {
            #expect(error.message.contains(name), "\(error.message)")
        }
    }

    @Test func partsThatDoNotDependOnEachOtherAreNamedTogether() throws {
        let error = try error(
            """
            resources: [gone.yaml, lost.yaml, a.yaml]
            configMapGenerator: [{name: c, files: [nothing.txt]}]
            patches: [{path: absent.yaml}]
            replacements: [{path: away.yaml}]
            images: [{name: '(a'}]

            """
        )
        let fields = ([error] + error.others).map(\.field)
        #expect(
            fields == [
                "resources[0]", "resources[1]", "configMapGenerator[0]", "patches[0].path", "images[0]",
                "replacements[0].path",
            ]
        )
        #expect(error.message.split(separator: "\n").count == 6, "\(error.message)")
    }

    /// What scripts look for in kustomize's messages.
    static let wordings = [
        ("resources: [gone.yaml]\n", "no such file or directory"),
        (
            "resources: [a.yaml, a.yaml]\n",
            "may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]"
        ),
        ("resources: [a.yaml, ../k]\n", "cycle detected: candidate root"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\n", "kustomization.yaml is empty"),
        ("nonsense: 1\n", "unknown field \"nonsense\""),
        (
            "configMapGenerator: [{name: a, files: [../x]}]\n", "security; file '../x' is not in or below"
        ),
        (
            "resources: [a.yaml]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}'}]\n",
            "no matches for Id ConfigMap.v1.[noGrp]/b.[noNs]; failed to find unique target for patch"
        ),
        ("resources: [a.yaml]\npatches: [{patch: '[]'}]\n", "must specify a target for JSON patch"),
        ("configMapGenerator: [{name: a, literals: [x=1, x=2]}]\n", "illegally repeats the key `x`"),
        (
            "resources: [a.yaml]\nreplacements: [{source: {kind: Foo, name: x}, targets: [{select: {kind: Foo}}]}]\n",
            "nothing selected by Foo.[noVer].[noGrp]/x.[noNs]"
        ),
        (
            "resources: [a.yaml]\ntransformers: ['{apiVersion: x/v1, kind: Fn, metadata: {name: f}}']\n",
            "external plugins disabled"
        ),
    ]

    @Test(arguments: wordings.indices) func kustomizesWordsAreKept(_ index: Int) throws {
        let (kustomization, words) = Self.wordings[index]
        let error = try error(kustomization)
        #expect(error.message.contains(words), "\(error.message)")
    }
}
