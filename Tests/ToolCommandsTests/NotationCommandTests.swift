import CoreModel
import CurlTransport
import HTTPExchange
import ManifestTree
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import ToolCommands

/// Signing and verifying by notation's rules, with the real notation as judge.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct NotationCommandTests {
    private let transport: CurlTransport
    private let files: Scratch
    private let registry: PeerRegistry
    private let stamper: LoopbackServer
    private var reference: String { "\(registry.host)/acme/app:v1" }
    private static let configuration = "config/notation"

    init() throws {
        transport = try CurlTransport(userAgent: "sluice-test")
        registry = try PeerRegistry()
        let root = try SigningAuthority.root("Sluice command root")
        let middle = try root.intermediate("Sluice command intermediate")
        let key = try TestKeyPair("notation command signer")
        let leaf = TestKeyPair.pem("CERTIFICATE", try middle.issue(.leaf(TestName(common: "acme"), key: key)))
        let stampRoot = try SigningAuthority.root("Sluice command timestamps")
        let authority = try TestTimestamper(below: stampRoot)
        stamper = try LoopbackServer { request in
            guard let answer = try? authority.answer(request.body, at: Timestamp.now().seconds) else {
                return .text(400, "not a query")
            }
            return ScriptedReply(200, headers: ["Content-Type": "application/timestamp-reply"], body: answer)
        }
        files = try Scratch([
            "key.pem": key.privatePEM, "leaf.pem": leaf, "chain.pem": middle.pem + root.pem,
            "whole.pem": leaf + middle.pem + root.pem, "ca.acme.crt": root.pem, "tsa.acme.crt": stampRoot.pem,
            "\(Self.configuration)/truststore/x509/ca/acme/root.crt": root.pem,
            "\(Self.configuration)/truststore/x509/tsa/acme/root.crt": stampRoot.pem,
            "\(Self.configuration)/trustpolicy.json": Self.policy(["level": "strict"]).jsonString(),
            "audit.json": Self.policy(["level": "audit"]).jsonString(),
            "skip.json": Self.policy(["level": "skip"]).jsonString(), "content.txt": "content\n",
        ])
        let keys: Tree = [
            "default": "acme",
            "keys": [
                [
                    "name": "acme", "keyPath": .string("\(files.path)/key.pem"),
                    "certPath": .string("\(files.path)/whole.pem"),
                ]
            ],
        ]
        let place = "\(Self.configuration)/signingkeys.json"
        try files.directory.directory.writeAtomically(place, keys.jsonBytes(), mode: 0o644)
        try peer("oras").succeed(["push", "--plain-http", reference, "content.txt"])
    }

    private static func policy(_ level: Tree) -> Tree {
        let isSkipped = level["level"]?.string == "skip"
        var statement: Tree = ["name": "acme", "registryScopes": ["*"], "signatureVerification": level]
        if !isSkipped {
            statement["trustStores"] = ["ca:acme", "tsa:acme"]
            statement["trustedIdentities"] = ["*"]
        }
        return ["version": "1.0", "trustPolicies": [statement]]
    }

    private func peer(_ name: String) -> Command {
        var command = Command(peer: name)
        command.directory = files.path
        command.environment = [
            "HOME": files.path, "XDG_CONFIG_HOME": "\(files.path)/config", "XDG_CACHE_HOME": "\(files.path)/cache",
        ]
        return command
    }

    private func run(_ arguments: [String]) async -> ToolRun {
        await ToolRun.of(
            arguments + ["--insecure-registry", "--provider", "notation"],
            over: transport,
            environment: ["HOME": files.path]
        ) { $0.clock = SystemWallClock() }
    }

    private func sign(_ more: [String]) async -> ToolRun {
        await run(
            ["sign", "artifact", "oci://\(reference)", "--key", "\(files.path)/key.pem"]
                + ["--certificate", "\(files.path)/leaf.pem", "--certificate-chain", "\(files.path)/chain.pem"] + more
        )
    }

    private func verify(policy: String = "config/notation/trustpolicy.json", _ more: [String] = []) async -> ToolRun {
        await run(
            ["verify", "artifact", "oci://\(reference)", "--trust-policy", "\(files.path)/\(policy)"]
                + ["--ca-cert", "\(files.path)/ca.acme.crt", "--ca-cert", "\(files.path)/tsa.acme.crt"] + more
        )
    }

    @Test(arguments: ["jws", "cose"])
    func notationTakesWhatWeSign(format: String) async throws {
        let stamped = [
            "--timestamp-server-url", "\(stamper.url())", "--timestamp-root-cert", "\(files.path)/tsa.acme.crt",
        ]
        let signed = await sign(["--signature-format", format, "-a", "env=prod", "--expiry", "24h"] + stamped)
        #expect(signed.status == 0, "\(signed.errors)")
        try peer("notation").succeed(["verify", "--insecure-registry", "-m", "env=prod", reference])
        let verified = await verify(["-o", "json"])
        #expect(verified.status == 0, "\(verified.errors)")
        let signer = try JSONReader.parse(verified.output)["signatures"]?.list?.first?["signer"]
        #expect(signer?["kind"]?.string == "notation")
        #expect(signer?["signedAt"]?.string != nil, "the timestamp proves it")
        #expect(await verify(["-a", "env=prod"]).status == 0)
        #expect(await verify(["-a", "env=dev"]).status == 1)
    }

    @Test(arguments: ["jws", "cose"])
    func whatNotationSignsIsVerified(format: String) async throws {
        #expect(await verify().status == 1, "nobody signed yet")
        // The policy names a store for timestamps, so it asks for one.
        try peer("notation").succeed(
            ["sign", "--insecure-registry", "--signature-format", format, "--timestamp-url", "\(stamper.url())"]
                + ["--timestamp-root-cert", "\(files.path)/tsa.acme.crt", reference]
        )
        let verified = await verify()
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test func whatIsNotEnforcedIsNotVerified() async throws {
        let skipped = await verify(policy: "skip.json", ["-o", "json"])
        #expect(skipped.status == 1, "\(skipped.output)")
        #expect(try JSONReader.parse(skipped.output)["verified"]?.bool == false)
        try files.directory.directory.writeAtomically(
            "ca.acme.crt",
            Array(try SigningAuthority.root("another root").pem.utf8)
        )
        #expect(await sign([]).status == 0)
        let audited = await verify(policy: "audit.json")
        #expect(audited.status == 1, "\(audited.errors)")
    }

    static let refusals: [(String, [String], String)] = [
        ("cosign's format", ["--signature-format", "bundle"], "write jws or cose"),
        ("no root for the timestamp", ["--timestamp-server-url", "http://127.0.0.1:1"], "--timestamp-root-cert is"),
        ("a repository's name", ["--sign-container-identity", "x"], "goes with cosign"),
    ]

    @Test(arguments: refusals)
    func nothingIsSignedByHalf(why: String, flags: [String], says: String) async throws {
        let refused = await sign(flags)
        #expect(refused.status == 1, "\(why)")
        #expect(refused.errors.contains(says), "\(why): \(refused.errors)")
        let bare = await run(["sign", "artifact", "oci://\(reference)", "--key", "\(files.path)/key.pem"])
        #expect(bare.errors.contains("--certificate is missing"), "\(bare.errors)")
    }
}
