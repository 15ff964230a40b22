import ManifestTree
import Testing

@testable import ToolCommands

/// What `sluice build kustomization` prints: what the controller would apply.
@Suite struct BuildKustomizationTests {
    private static let configMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: a
        data:
          colour: ${COLOUR:=none}

        """

    private static func kustomization(_ spec: String, name: String = "web") -> String {
        """
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: \(name)
          namespace: apps
        spec:
          interval: 1m
          prune: true
          sourceRef: {kind: OCIRepository, name: web}
        \(spec)

        """
    }

    private func build(_ files: [String: String], _ arguments: [String]) async throws -> ToolRun {
        let scratch = try Scratch(files)
        let expanded = arguments.map { $0.hasPrefix("@") ? "\(scratch.path)/\($0.dropFirst())" : $0 }
        return await ToolRun.of(["build", "kustomization"] + expanded)
    }

    private func dryRun(_ files: [String: String], _ more: [String] = []) async throws -> ToolRun {
        try await build(files, ["web", "--path", "@deploy", "--kustomization-file", "@ks.yaml", "--dry-run"] + more)
    }

    @Test func printsWhatWouldBeApplied() async throws {
        let spec = """
              targetNamespace: prod
              namePrefix: x-
              commonMetadata: {labels: {team: red}}
              postBuild: {substitute: {COLOUR: blue}, substituteFrom: [{kind: Secret, name: left-out}]}
            """
        let run = try await dryRun(["deploy/a.yaml": Self.configMap, "ks.yaml": Self.kustomization(spec)])
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            run.output == """
                apiVersion: v1
                data:
                  colour: blue
                kind: ConfigMap
                metadata:
                  labels:
                    kustomize.toolkit.fluxcd.io/name: web
                    kustomize.toolkit.fluxcd.io/namespace: apps
                    team: red
                  name: x-a
                  namespace: prod

                """
        )
    }

    @Test func basesBesideTheDirectoryAreFound() async throws {
        let files = [
            "base/a.yaml": Self.configMap, "base/kustomization.yaml": "resources: [a.yaml]\n",
            "deploy/kustomization.yaml": "resources: [../base]\nnameSuffix: -z\n", "ks.yaml": Self.kustomization(""),
        ]
        let run = try await dryRun(files)
        #expect(run.output.contains("name: a-z"), "\(run.errors)")
    }

    @Test func ignoredFilesAreLeftOut() async throws {
        let files = [
            "deploy/a.yaml": Self.configMap, "deploy/no/b.yaml": "not: {a manifest", "ks.yaml": Self.kustomization(""),
        ]
        #expect(try await dryRun(files).status != 0)
        let run = try await dryRun(files, ["--ignore-paths", "no/"])
        #expect(run.status == 0 && run.output.contains("name: a"), "\(run.errors)")
    }

    @Test func strictSubstitutionNamesTheVariable() async throws {
        let files = [
            "deploy/a.yaml": Self.configMap.replacing("${COLOUR:=none}", with: "${COLOUR}"),
            "ks.yaml": Self.kustomization("  postBuild: {substitute: {OTHER: x}}"),
        ]
        #expect(try await dryRun(files).status == 0)
        let run = try await dryRun(files, ["--strict-substitute"])
        #expect(run.status != 0 && run.errors.contains("COLOUR"), "\(run.errors)")
    }

    @Test func nestedOnesAreBuiltWhereTheirSourceIs() async throws {
        let files = [
            "deploy/ks.yaml": Self.kustomization("  path: ./inner", name: "inner"), "src/inner/a.yaml": Self.configMap,
            "ks.yaml": Self.kustomization(""),
        ]
        let scratch = try Scratch(files)
        let run = await ToolRun.of([
            "build", "ks", "web", "--path", "\(scratch.path)/deploy", "--kustomization-file", "\(scratch.path)/ks.yaml",
            "--dry-run", "-r", "--local-sources", "OCIRepository/apps/web=\(scratch.path)/src",
        ])
        #expect(run.output.contains("kind: Kustomization") && run.output.contains("kind: ConfigMap"), "\(run.errors)")
        #expect(run.output.contains("kustomize.toolkit.fluxcd.io/name: inner"))
    }

    static let refused: [(arguments: [String], message: String)] = [
        (["web", "--dry-run"], "--path is missing"),
        (["web", "--path", "@deploy", "--dry-run"], "needs --kustomization-file"),
        (
            ["other", "--path", "@deploy", "--kustomization-file", "@ks.yaml", "--dry-run"],
            "has no Kustomization 'other'"
        ),
        (
            ["web", "-n", "else", "--path", "@deploy", "--kustomization-file", "@ks.yaml", "--dry-run"],
            "has no Kustomization 'web'"
        ),
        (["web", "--path", "@gone", "--kustomization-file", "@ks.yaml", "--dry-run"], "cannot be opened"),
        (
            [
                "web", "--path", "@deploy", "--kustomization-file", "@ks.yaml", "--dry-run", "-r", "--local-sources",
                "x",
            ],
            "write KIND/NAMESPACE/NAME=PATH"
        ),
    ]

    @Test(arguments: refused.indices) func mistakesAreTold(_ index: Int) async throws {
        let files = ["deploy/a.yaml": Self.configMap, "ks.yaml": Self.kustomization("")]
        let run = try await build(files, Self.refused[index].arguments)
        #expect(run.status != 0 && run.errors.contains(Self.refused[index].message), "\(run.errors)")
    }
}
