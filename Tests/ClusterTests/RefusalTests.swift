import Foundation
import Testing

extension WholeInstallation {
    /// Objects and artifacts that cannot be right.
    @Suite struct RefusalTests {
        static let invalid: [(name: String, spec: String, field: String)] = [
            ("bad-url", "  url: oci://UPPER/Case\n", "spec.url"),
            ("url-with-tag", "  url: oci://127.0.0.1:1/app:v1\n", "spec.url"),
            ("bad-semver", "  url: oci://127.0.0.1:1/app\n  ref:\n    semver: not a range\n", "spec.ref.semver"),
            ("bad-digest", "  url: oci://127.0.0.1:1/app\n  ref:\n    digest: sha256:abc\n", "spec.ref.digest"),
            (
                "bad-filter", "  url: oci://127.0.0.1:1/app\n  ref:\n    semver: '*'\n    semverFilter: '('\n",
                "spec.ref.semverFilter"
            ),
            ("notation", "  url: oci://127.0.0.1:1/app\n  verify:\n    provider: notation\n", "spec.verify.secretRef"),
        ]

        @Test func invalidSpecsStallAtOnceAndNameTheField() async throws {
            try await Environment.with { environment in
                let kubectl = environment.kubectl
                for (name, spec, _) in Self.invalid {
                    try kubectl.apply(
                        """
                        apiVersion: source.toolkit.fluxcd.io/v1
                        kind: OCIRepository
                        metadata: {name: \(name), namespace: default}
                        spec:
                          interval: 1m
                        \(spec)
                        """
                    )
                }
                for (name, _, field) in Self.invalid {
                    let source = ["ocirepository", name, "-n", "default"]
                    try await eventually(within: 20, "\(name) stalls") {
                        try kubectl.condition(source, "Stalled") == "True"
                    }
                    #expect(try kubectl.explanation(source, "Ready").contains(field), "\(name)")
                    #expect(try kubectl.condition(source, "Reconciling").isEmpty)
                }
                // The API server itself refuses a bad interval.
                let refused = try kubectl.tool.run(
                    kubectl.prefix + ["apply", "--validate=false", "-f", "-"],
                    input: Manifests.source(environment, "bad-interval").replacing(
                        "interval: 2s",
                        with: "interval: soon"
                    )
                )
                #expect(refused.status != 0 && refused.errors.contains("spec.interval"))
            }
        }

        @Test func hostileArchivesAreRefusedByName() async throws {
            try await Environment.with { environment in
                let artifacts = Artifacts(environment: environment)
                let kubectl = environment.kubectl
                for (name, entry, script) in Self.hostile {
                    let tarball = environment.folder.appendingPathComponent("\(name).tar.gz")
                    try Tool(path: "/usr/bin/env").succeed(["python3", "-c", Self.prelude + script, tarball.path])
                    var oras = try Tool.peer("oras")
                    oras.directory = environment.folder
                    try oras.succeed([
                        "push", "--plain-http", artifacts.reference(name, "latest"),
                        "\(name).tar.gz:application/vnd.cncf.flux.content.v1.tar+gzip",
                    ])
                    try kubectl.apply(Manifests.source(environment, name))
                    let source = ["ocirepository", name, "-n", "default"]
                    try await eventually(within: 30, "\(name) is refused") {
                        try kubectl.condition(source, "Ready") == "False"
                    }
                    #expect(try kubectl.explanation(source, "Ready").contains(entry), "\(name)")
                    #expect(try kubectl.read(source, ".status.artifact").isEmpty)
                }
                #expect(!FileManager.default.fileExists(atPath: environment.folder.appendingPathComponent("evil").path))
                #expect(!FileManager.default.fileExists(atPath: "/tmp/sluice-evil"))
            }
        }

        static let prelude = """
            import sys, tarfile, io
            t = tarfile.open(sys.argv[1], "w:gz")
            def add(name, kind=tarfile.REGTYPE, link="", data=b"x"):
                i = tarfile.TarInfo(name); i.type = kind; i.linkname = link
                i.size = len(data) if kind == tarfile.REGTYPE else 0
                t.addfile(i, io.BytesIO(data))

            """

        static let hostile: [(name: String, entry: String, script: String)] = [
            ("dotdot", "../evil", "add('../evil'); t.close()"),
            ("absolute", "/tmp/sluice-evil", "add('/tmp/sluice-evil'); t.close()"),
            ("link-out", "way-out", "add('way-out', tarfile.SYMTYPE, '../../..'); add('way-out/evil'); t.close()"),
            ("hard-link-out", "hard", "add('hard', tarfile.LNKTYPE, '/etc/passwd'); t.close()"),
            ("device", "null", "add('null', tarfile.CHRTYPE); t.close()"),
            ("bomb", "zeros", "add('zeros', data=b'0' * (400 << 20)); t.close()"),
        ]
    }
}
