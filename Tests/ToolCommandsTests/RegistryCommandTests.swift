import ArgumentParser
import CoreModel
import CurlTransport
import HTTPExchange
import ManifestTree
import OCIDistribution
import SafeFiles
import TestSupport
import Testing

@testable import ToolCommands

@Suite struct RegistryCommandTests {
    private static let files = [
        "app/deploy.yaml": "kind: Deployment\n", "app/run.sh": "#!/bin/sh\n", "logo.png": "x", ".git/HEAD": "x",
    ]
    private static let origin = ["--source", "https://example.com/app", "--revision", "main@sha1:0123"]
    private let transport: CurlTransport

    init() throws { transport = try CurlTransport(userAgent: "sluice-test") }

    private func push(_ registry: ScriptedRegistry, _ path: String, _ more: [String] = []) async -> ToolRun {
        let url = "oci://\(registry.host)/acme/app:v1"
        let arguments = ["push", "artifact", url, "--path", path, "--insecure-registry"]
        return await ToolRun.of(arguments + Self.origin + more, over: transport)
    }

    @Test func pushesAndPulls() async throws {
        let registry = try ScriptedRegistry()
        let source = try Scratch(Self.files)
        let pushed = await push(registry, source.path)
        #expect(pushed.status == 0, "\(pushed.errors)")
        #expect(pushed.output.isEmpty)
        let lines = pushed.errors.split(separator: "\n")
        #expect(lines.first == "► pushing artifact to oci://\(registry.host)/acme/app:v1")
        #expect(lines.last?.hasPrefix("✔ artifact successfully pushed to \(registry.host)/acme/app@sha256:") == true)

        let target = try Scratch()
        let pulled = await ToolRun.of(
            ["pull", "artifact", "oci://\(registry.host)/acme/app:v1", "-o", target.path, "--insecure-registry"],
            over: transport
        )
        #expect(pulled.status == 0, "\(pulled.errors)")
        #expect(try target.text("app/deploy.yaml") == "kind: Deployment\n")
        #expect(try target.directory.directory.status("logo.png") == nil)
        #expect(try target.directory.directory.status(".git") == nil)
        let digest = lines.last?.split(separator: "@").last.map(String.init) ?? ""
        #expect(
            pulled.errors == """
                ► pulling artifact from oci://\(registry.host)/acme/app:v1
                ✔ source https://example.com/app
                ✔ revision main@sha1:0123
                ✔ digest \(digest)
                ✔ artifact content extracted to \(target.path)

                """
        )
    }

    @Test func pushesTheSameBytesEverywhere() async throws {
        let registry = try ScriptedRegistry()
        let (first, second) = (try Scratch(Self.files), try Scratch(Self.files))
        try second.directory.directory.writeAtomically("app/deploy.yaml", Array("kind: Deployment\n".utf8), mode: 0o600)
        let json = ["--reproducible", "-o", "json"]
        let one = await push(registry, first.path, json)
        let two = await push(registry, second.path, json)
        #expect(one.status == 0 && one.output == two.output, "\(one.errors)")
        let document = try JSONReader.parse(Array(one.output.utf8))
        #expect(document["tag"]?.string == "v1")
        #expect(document["repository"]?.string == "\(registry.host)/acme/app")
        let digest = try #require(document["digest"]?.string)
        #expect(document["url"]?.string == "oci://\(registry.host)/acme/app@\(digest)")
        #expect(one.errors.isEmpty)
        let client = RegistryClient(transport: transport)
        let reference = try OCIReference("\(registry.host)/acme/app:v1")
        let fetched = try await client.manifest(reference, RegistryAccess(plainHTTP: true))
        #expect(fetched.document.annotations["org.opencontainers.image.created"] == "1970-01-01T00:00:00Z")
    }

    @Test func pushesStandardInputUnderAStableName() async throws {
        let registry = try ScriptedRegistry()
        let url = "oci://\(registry.host)/acme/app:v1"
        let pushed = await ToolRun.of(
            ["push", "artifact", url, "-f", "-", "--insecure-registry"] + Self.origin,
            over: transport
        ) { $0.standardInput = { Array("kind: ConfigMap\n\n".utf8) } }
        #expect(pushed.status == 0, "\(pushed.errors)")
        let target = try Scratch()
        await ToolRun.of(["pull", "artifact", url, "-o", target.path, "--insecure-registry"], over: transport)
        #expect(try target.text("stdin.yaml") == "kind: ConfigMap")
    }

    @Test func tagsAndLists() async throws {
        let registry = try ScriptedRegistry()
        let source = try Scratch(["a.yaml": "a: 1\n"])
        let pushed = await push(registry, source.path, ["--reproducible"])
        let digest = pushed.errors.split(separator: "@").last.map { String($0.dropLast()) } ?? ""
        let url = "oci://\(registry.host)/acme/app"
        let tagged = await ToolRun.of(
            ["tag", "artifact", "\(url):v1", "--tag", "1.2.0,latest", "--tag", "sha256-00.sig", "--insecure-registry"],
            over: transport
        )
        #expect(tagged.errors.contains("✔ artifact tagged as \(registry.host)/acme/app:1.2.0\n"), "\(tagged.errors)")

        let name = "\(registry.host)/acme/app"
        let asked = (head: registry.count(.head, "/manifests/"), get: registry.count(.get, "/manifests/"))
        let listed = await ToolRun.of(["list", "artifacts", url, "--insecure-registry"], over: transport)
        let widths = (name.count + 7, digest.count, "https://example.com/app".count)
        func cell(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: width - text.count) }
        func row(_ tag: String) -> String {
            "\(cell("\(name):\(tag)", widths.0))\t\(digest)\thttps://example.com/app\tmain@sha1:0123\t\n"
        }
        let header =
            "\(cell("ARTIFACT", widths.0))\t\(cell("DIGEST", widths.1))\t\(cell("SOURCE", widths.2))\tREVISION       \n"
        #expect(listed.output == header + row("1.2.0") + row("latest") + row("v1"), "\(listed.errors)")

        #expect(registry.count(.head, "/manifests/") == asked.head, "one request for each tag, and it is GET")
        #expect(registry.count(.get, "/manifests/") == asked.get + 3)

        let filtered = await ToolRun.of(
            ["list", "artifacts", url, "--filter-semver", ">=1.0.0", "-o", "json", "--insecure-registry"],
            over: transport
        )
        let entries = try JSONReader.parse(Array(filtered.output.utf8)).list ?? []
        #expect(entries.compactMap { $0["artifact"]?.string } == ["\(name):1.2.0"])
        let matched = await ToolRun.of(
            ["list", "artifacts", url, "--filter-regex", "^v", "-o", "yaml", "--insecure-registry"],
            over: transport
        )
        #expect(matched.output.hasPrefix("- artifact: \(name):v1\n"))
    }

    @Test func drawsProgressOnlyOnATerminal() async throws {
        let registry = try ScriptedRegistry()
        let source = try Scratch(["a.yaml": "a: 1\n"])
        let quiet = await push(registry, source.path)
        #expect(!quiet.errors.contains("\r"))
        let target = try Scratch()
        let url = "oci://\(registry.host)/acme/app:v1"
        let shown = await ToolRun.of(
            ["pull", "artifact", url, "-o", target.path, "--insecure-registry"],
            over: transport
        ) { $0.isTerminal = true }
        #expect(shown.errors.contains("\r\u{1B}[Kpulling ["))
    }

    @Test func staysQuietForScriptsAndTellsRequestsWhenAsked() async throws {
        let registry = try ScriptedRegistry()
        let source = try Scratch(["a.yaml": "a: 1\n"])
        let url = "oci://\(registry.host)/acme/app:v1"
        let flags = ["--path", source.path, "--insecure-registry", "-o", "json"] + Self.origin
        let script = await ToolRun.of(["push", "artifact", url] + flags, over: transport) { $0.isTerminal = true }
        #expect(script.status == 0 && script.errors.isEmpty, "\(script.errors)")
        let told = await ToolRun.of(["push", "artifact", url, "--debug"] + flags, over: transport)
        #expect(
            told.errors.contains("PUT http://\(registry.host)/v2/acme/app/manifests/v1: 201 after "),
            "\(told.errors)"
        )
        #expect(!told.errors.contains("?"), "queries can hold what signs somebody in")
    }

    @Test func aCommandEndsInTime() async throws {
        let registry = try ScriptedRegistry()
        registry.breakNext(.get, "/tags/list") { $0.delivered(.silent) }
        let run = await ToolRun.of(
            ["list", "artifacts", "oci://\(registry.host)/acme/app", "--insecure-registry", "--timeout", "300ms"],
            over: transport
        )
        #expect(run.status == 1)
        #expect(run.errors.contains("did not end within 300ms"), "what was waited for is named: \(run.errors)")

        let options = try RegistryOptions.parse(["--timeout", "10ms"])
        let error = try await #require(throws: ToolError.self) {
            // As many requests would be that take less than the limit each.
            try await options.withinTimeout { while true { try await Task.sleep(for: .milliseconds(1)) } }
        }
        #expect(error.message.contains("did not finish within 10ms; give it more with --timeout"))
    }

    @Test func aFailedPullLeavesTheOutputAlone() async throws {
        let registry = try ScriptedRegistry()
        let name = "oci://\(registry.host)/acme/app:v1"
        let source = try Scratch(["a.yaml": "new\n", "b/c.yaml": "new\n"])
        _ = await push(registry, source.path)
        let target = try Scratch(["a.yaml": "old\n", "b": "a file\n", "keep": "me\n"])
        let pull = ["pull", "artifact", name, "-o", target.path, "--insecure-registry"]
        let refused = await ToolRun.of(pull, over: transport)
        #expect(refused.status == 1 && refused.errors.contains("(nothing was changed)"), "\(refused.errors)")
        #expect(try texts(below: target.path) == ["a.yaml": "old\n", "b": "a file\n", "keep": "me\n"])
        try target.directory.directory.remove("b")
        #expect(await ToolRun.of(pull, over: transport).status == 0)
        #expect(try texts(below: target.path) == ["a.yaml": "new\n", "b/c.yaml": "new\n", "keep": "me\n"])
    }

    @Test func deletesATag() async throws {
        let registry = try ScriptedRegistry()
        let source = try Scratch(["a.yaml": "a: 1\n"])
        _ = await push(registry, source.path)
        let url = "oci://\(registry.host)/acme/app"
        let unnamed = await ToolRun.of(["delete", "artifact", url, "--insecure-registry"], over: transport)
        #expect(unnamed.status == 1 && unnamed.errors.contains("names no tag and no digest"))
        let deleted = await ToolRun.of(["delete", "artifact", "\(url):v1", "--insecure-registry"], over: transport)
        #expect(deleted.status == 0, "\(deleted.errors)")
        #expect(registry.digest("acme/app", "v1") == nil)
    }

    @Test func verifiesNothingThatIsUnsigned() async throws {
        let registry = try ScriptedRegistry()
        let key =
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
            + "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n"
        let source = try Scratch(["a.yaml": "a: 1\n", "cosign.pub": key])
        _ = await push(registry, source.path)
        let arguments = [
            "verify", "artifact", "oci://\(registry.host)/acme/app:v1", "--key", "\(source.path)/cosign.pub",
            "--insecure-registry",
        ]
        let refused = await ToolRun.of(arguments, over: transport)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("failed to verify the signature using provider 'cosign'"), "\(refused.errors)")
        let json = await ToolRun.of(arguments + ["--output", "json"], over: transport)
        #expect(json.status == 1)
        #expect(try JSONReader.parse(Array(json.output.utf8))["verified"]?.bool == false)
    }

    @Test func showsCredentialsToTheirRegistryOnly() async throws {
        let registry = try ScriptedRegistry(sign: .basic(users: ["me": "secret"]))
        let source = try Scratch(["a.yaml": "a: 1\n"])
        let refused = await push(registry, source.path)
        #expect(refused.status == 1)
        let accepted = await push(registry, source.path, ["--creds", "me:secret"])
        #expect(accepted.status == 0, "\(accepted.errors)")
        let auth = Base64.encode(Array("me:secret".utf8))
        let docker = try Scratch(["config.json": "{\"auths\":{\"\(registry.host)\":{\"auth\":\"\(auth)\"}}}"])
        let listed = await ToolRun.of(
            ["list", "artifacts", "oci://\(registry.host)/acme/app", "--insecure-registry"],
            over: transport,
            environment: ["DOCKER_CONFIG": docker.path]
        )
        #expect(listed.status == 0, "\(listed.errors)")
    }
}

@Suite struct CommandLineTests {
    private static let push = ["push", "artifact", "oci://localhost:1/a/b:v1"]
    private static let origin = ["--source", "s", "--revision", "r"]
    private static let pull = ["pull", "artifact", "oci://a.io/b", "-o", "/"]

    static let refused: [([String], Int32, String, String)] = [
        (push + ["--path", "/"], 1, "✗ --source is missing", "git is not asked in this version"),
        (push + ["--path", "/", "--source", "s"], 1, "✗ --revision is missing", "git is not asked"),
        (push + origin, 1, "✗ --path is missing", "nothing to pack"),
        (push + origin + ["--path", "/nonexistent"], 1, "✗ The path '/nonexistent' does not exist", "nothing there"),
        (push + origin + ["--path", "/", "-a", "x"], 1, "✗ The annotation 'x'", "no value"),
        (["push", "artifact", "localhost/a"] + origin, 1, "does not begin with oci://", "no scheme"),
        (
            ["push", "artifact", "oci://a.io/b@sha256:" + String(repeating: "0", count: 64)] + origin, 1,
            "names the digest", "only the push decides"
        ),
        (push + ["--output", "xml"], 1, "xml", "no such format"),
        (push + ["--provider", "nimbus"], 1, "'nimbus' is not known", "no such cloud"),
        (push + origin + ["--path", "/etc/hostname", "--provider", "cosign"], 1, "'cosign' is not known", "no login"),
        (["pull", "artifact", "oci://a.io/b"], 1, "--output", "a directory is required"),
        (["pull", "artifact", "oci://a.io/b", "-o", "/nonexistent"], 1, "cannot be opened", "it has to exist"),
        (pull + ["--platform", "arm64"], 1, "--platform", "no platform"),
        (pull + ["--layer-index", "1", "--all-layers"], 1, "--layer-index names one layer", "not both"),
        (["build", "artifact"], 1, "--path is missing", "nothing to pack"),
        (["tag", "artifact", "oci://a.io/b"], 1, "--tag is missing", "no tag"),
        (["list", "artifacts", "oci://a.io/b", "--filter-semver", "one!"], 1, "version range 'one!'", "not a range"),
        (["list", "artifacts", "oci://a.io/b", "--filter-regex", "("], 1, "expression '('", "not an expression"),
        (["verify", "artifact", "oci://a.io/b"], 1, "give --key FILE", "nobody to trust"),
        (["verify", "artifact", "oci://a.io/b", "--key", "/dev/null"], 1, "/dev/null", "no key in it"),
        (
            ["verify", "artifact", "oci://a.io/b", "--provider", "notation"], 1, "--trust-policy is missing",
            "no policy"
        ),
        (["suspend", "kustomization"], 1, "--all", "no names"),
        (["suspend", "kustomization", "a", "--all"], 1, "--all", "names and all"),
        (["frobnicate"], 1, "frobnicate", "no such command"),
    ]

    @Test(arguments: refused)
    func saysWhatIsWrong(arguments: [String], status: Int32, text: String, why: String) async {
        let run = await ToolRun.of(arguments)
        #expect(run.status == status, "\(why): \(run.errors)")
        #expect(run.errors.contains(text), "\(why): \(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func printsTheVersion() async {
        #expect(await ToolRun.of(["version"]).output == "sluice: v\(SluiceCommands.version)\n")
        #expect(await ToolRun.of(["version", "-o", "yaml"]).output == "sluice: v\(SluiceCommands.version)\n")
    }

    @Test func buildsAKustomization() async throws {
        let tree = try Scratch([
            "base/kustomization.yaml": "resources:\n- config.yaml\n",
            "base/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n",
            "overlay/kustomization.yaml": "resources:\n- ../base\nnamePrefix: x-\n",
        ])
        let expected = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x-a\n"
        let printed = await ToolRun.of(["kustomize", "\(tree.path)/overlay"])
        #expect(printed.output == expected, "\(printed.errors)")
        let written = await ToolRun.of(["kustomize", "\(tree.path)/overlay", "-o", "\(tree.path)/out.yaml"])
        #expect(written.status == 0 && written.output.isEmpty)
        #expect(try tree.text("out.yaml") == expected)
        #expect(await ToolRun.of(["kustomize", "\(tree.path)/nothing"]).status == 1)
    }

    @Test func generatesWhatTheRepositoryKeeps() async throws {
        let tree = try Scratch()
        let run = await ToolRun.of(["generate", tree.path])
        #expect(run.status == 0, "\(run.errors)")
        let crd = try tree.text("config/crd/ocirepositories.source.toolkit.fluxcd.io.yaml")
        #expect(crd.contains("kind: CustomResourceDefinition"))
        #expect(
            try tree.text("config/crd/kustomization.yaml").contains("- kustomizations.kustomize.toolkit.fluxcd.io.yaml")
        )
        #expect(try tree.text("api/kustomize/kustomization.md").hasPrefix("# Kustomization\n"))
        #expect(try tree.text("api/source/ocirepository.md").hasPrefix("# OCIRepository\n"))
    }
}

@Suite struct TerminalTests {
    static let runs: [(String, String, String)] = [
        ("v1@sha256:" + String(repeating: "a", count: 64), "v1@sha256:aaaaaaaa", "a digest"),
        ("main@sha1:" + String(repeating: "0", count: 40), "main@sha1:00000000", "a commit"),
        (String(repeating: "a", count: 39), String(repeating: "a", count: 39), "too short"),
        ("x" + String(repeating: "f", count: 64) + "'y", "xffffffff'y", "within text"),
    ]

    @Test(arguments: runs)
    func shortensDigests(text: String, expected: String, why: String) {
        #expect(TextTable.shorteningDigests(text) == expected, "\(why)")
    }

    @Test func showsControlCharactersInsteadOfObeyingThem() {
        var table = TextTable(["a"], showsHeader: false)
        table.add(["red\u{1B}[31m\r\ttext\n\u{202E}"])
        #expect(table.text == "red\\u{1b}[31m\\u{d} text \\u{202e}\t\n")
    }

    @Test func drawsTheBar() {
        let line = TransferProgress.line("pulling", 5_000_000, of: 10_000_000, after: .seconds(2))
        #expect(line == "pulling [████████████            ] 50% 5.0 MB of 10.0 MB, 2.5 MB/s, 2s left")
        #expect(TransferProgress.line("pulling", 0, of: 0, after: .zero).contains("100%"))
    }
}
