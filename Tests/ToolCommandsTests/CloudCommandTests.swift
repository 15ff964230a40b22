import CoreModel
import CurlTransport
import HTTPExchange
import SafeFiles
import TestSupport
import Testing

@testable import ToolCommands

/// `--provider`, `--creds` and Docker's helpers on the command line.
@Suite struct CloudCommandTests {
    private static let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    private static let url = "oci://\(host)/acme/app"
    private static let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "aws-secret-canary"]

    private let aws: FakeAWS
    private let registry: ScriptedRegistry
    private let transport: HostMap

    init() throws {
        aws = try FakeAWS(clock: ToolRun.Clock())
        registry = try ScriptedRegistry(sign: .basic(users: ["AWS": "ecr-password-canary", "me": "p"]))
        aws.with { $0.keys = [FakeAWS.Keys("A", "aws-secret-canary")] }
        let hosts = aws.hosts.merging([Self.host: registry.server, "ghcr.io": registry.server]) { $1 }
        transport = HostMap(try CurlTransport(userAgent: "sluice-test"), hosts)
    }

    @Test func everyCommandLogsIn() async throws {
        let (source, target) = (try Scratch(["a.yaml": "a: 1\n"]), try Scratch())
        let commands = [
            ["push", "artifact", Self.url + ":v1", "--path", source.path, "--source", "s", "--revision", "r"],
            ["tag", "artifact", Self.url + ":v1", "--tag", "v2"],
            ["list", "artifacts", Self.url],
            ["pull", "artifact", Self.url + ":v2", "-o", target.path],
        ]
        for command in commands {
            let run = await ToolRun.of(command + ["--provider", "aws"], over: transport, environment: Self.keys)
            #expect(run.status == 0, "\(command.first ?? ""): \(run.errors)")
            #expect(!(run.errors + run.output).contains("canary"))
        }
        #expect(try target.text("a.yaml") == "a: 1\n")
        // One login for each command, however many requests it makes.
        #expect(aws.with { $0.grants }.count == commands.count)
    }

    @Test func verificationSharesTheFlagWithTheLogin() async throws {
        _ = try registry.addArtifact("acme/app", tag: "v1", layer: Array("x".utf8))
        let key = """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEr5hDwaCcooqvLDW8QvdG1KBqQEFi
            vkfIkG7IoGHDvWZGqycbFKMsbLJYtzrZpTKcLWjPvrYJlI8pFwCKOpcVow==
            -----END PUBLIC KEY-----

            """
        let keys = try Scratch(["key.pub": key])
        let verify = ["verify", "artifact", Self.url + ":v1", "--key", "\(keys.path)/key.pub"]
        let both = ["--provider", "cosign", "--provider", "aws"]
        let run = await ToolRun.of(verify + both, over: transport, environment: Self.keys)
        #expect(run.status == 1)
        #expect(aws.with { $0.grants }.count == 1)
        #expect(run.errors.contains("using provider 'cosign'"), "it got as far as the signatures: \(run.errors)")
    }

    @Test func theUsersWordComesFirst() async throws {
        _ = try registry.addArtifact("acme/app", tag: "v1", layer: Array("x".utf8))
        let flags = ["list", "artifacts", Self.url, "--provider", "aws", "--creds", "me:p"]
        let run = await ToolRun.of(flags, over: transport, environment: Self.keys)
        #expect(run.status == 0, "\(run.errors)")
        #expect(aws.server.requests.isEmpty)
    }

    @Test func showsNoLoginToWhoeverAnswers() async throws {
        let flags = ["list", "artifacts", Self.url, "--provider", "aws", "--insecure-registry"]
        let run = await ToolRun.of(flags, over: transport, environment: Self.keys)
        #expect(run.status == 1 && run.errors.contains("--insecure-registry"), "\(run.errors)")
        #expect(registry.count() == 0 && aws.server.requests.isEmpty)
    }

    @Test func anotherRegistryGetsNothing() async throws {
        let flags = ["list", "artifacts", "oci://ghcr.io/acme/app", "--provider", "aws"]
        let run = await ToolRun.of(flags, over: transport, environment: Self.keys)
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("✗ The registry 'ghcr.io' is none of the provider aws"), "\(run.errors)")
        #expect(registry.count() == 0 && aws.server.requests.isEmpty)
    }

    @Test func aCopyLogsInToEachSideOnItsOwn() async throws {
        _ = try registry.addArtifact("acme/app", tag: "v1", layer: Array("x".utf8))
        let places = ["oci://\(Self.host)/acme/app:v1", "oci://ghcr.io/other/app:v1"]
        let sides = ["--src-provider", "aws", "--dst-creds", "me:p"]
        let run = await ToolRun.of(["copy"] + places + sides, over: transport, environment: Self.keys)
        #expect(run.status == 0, "\(run.errors)")
        #expect(registry.digest("other/app", "v1") != nil)
    }

    @Test func asksDockersHelper() async throws {
        _ = try registry.addArtifact("acme/app", tag: "v1", layer: Array("x".utf8))
        let docker = try Scratch(["config.json": #"{"credHelpers":{"ghcr.io":"test"}}"#])
        try docker.directory.directory.writeAtomically(
            "docker-credential-test",
            Array("#!/bin/sh\ncat >/dev/null\necho '{\"Username\":\"me\",\"Secret\":\"p\"}'\n".utf8),
            mode: 0o755
        )
        let run = await ToolRun.of(
            ["list", "artifacts", "oci://ghcr.io/acme/app"],
            over: transport,
            environment: ["DOCKER_CONFIG": docker.path, "PATH": "\(docker.path):/usr/bin:/bin"]
        )
        #expect(run.status == 0, "\(run.errors)")
    }
}
