import CoreModel
import HTTPExchange
import ManifestTree
import SafeFiles
import SignatureCrypto
import TestSupport
import Testing

@testable import ToolCommands

/// Signing with a certificate and a timestamp, and verifying by whom the certificate names.
@Suite struct KeylessCommandTests {
    private let scene: KeylessScene
    private let registry: ScriptedRegistry
    private var reference: String { "oci://\(registry.host)/acme/app:v1" }

    init() throws {
        scene = try KeylessScene()
        registry = try ScriptedRegistry()
        _ = try registry.addArtifact("acme/app", tag: "v1", layer: Array("a layer".utf8))
    }

    private func verify(_ more: [String]) async -> ToolRun { await scene.verify(reference, more) }

    private var root: [String] { ["--trusted-root", scene.path("root.json"), "--insecure-ignore-tlog"] }

    @Test(arguments: ["tag", "bundle"])
    func whoeverTheCertificateNamesIsFound(format: String) async throws {
        let signed = await scene.sign(reference, ["--signature-format", format])
        #expect(signed.status == 0, "\(signed.errors)")
        let verified = await verify(KeylessScene.identity + root + ["-o", "json"])
        #expect(verified.status == 0, "\(verified.errors)")
        let signer = try JSONReader.parse(verified.output)["signatures"]?.list?.first?["signer"]
        #expect(signer?["name"]?.string == SigstoreMill.Identity.subject)
        #expect(signer?["issuer"]?.string == SigstoreMill.Identity().issuer)
        #expect(signer?["signedAt"]?.string == "2023-11-14T22:13:20Z")
        // The same again is not said twice, and another certificate for the key is something else.
        #expect(await scene.sign(reference, ["--signature-format", format]).errors.contains("already signed"))
        let bare = await scene.run([
            "sign", "artifact", reference, "--key", scene.path("key.pem"), "--signature-format", format,
        ])
        #expect(format == "bundle" || bare.errors.contains("already signed"), "\(bare.errors)")
    }

    static let identities: [(String, [String], Int32, String)] = [
        ("exactly", KeylessScene.identity, 0, "verified signature"),
        (
            "by expressions",
            [
                "--certificate-identity-regexp", "https://github\\.com/acme/.*@refs/heads/main",
                "--certificate-oidc-issuer-regexp", "https://token\\.actions\\.githubusercontent\\.com",
            ], 0, "verified signature"
        ),
        (
            "expressions match the whole",
            [
                "--certificate-identity-regexp", "github\\.com/acme", "--certificate-oidc-issuer",
                SigstoreMill.Identity().issuer,
            ], 1, "matches only a part"
        ),
        (
            "another name", ["--certificate-identity", "me@acme.test"] + KeylessScene.identity.suffix(2), 1,
            "it was made by another signer"
        ),
        (
            "another issuer", KeylessScene.identity.prefix(2) + ["--certificate-oidc-issuer", "https://issuer.test"], 1,
            "its issuer is"
        ),
    ]

    @Test(arguments: identities)
    func theIdentityDecides(why: String, flags: [String], status: Int32, says: String) async throws {
        #expect(await scene.sign(reference).status == 0)
        let verified = await verify(flags + root)
        #expect(verified.status == status, "\(why): \(verified.errors)")
        #expect(verified.errors.contains(says), "\(why): \(verified.errors)")
    }

    @Test func whatTheRootDoesNotVouchForIsRefused() async throws {
        #expect(await scene.sign(reference).status == 0)
        let unlogged = await verify(KeylessScene.identity + ["--trusted-root", scene.path("root.json")])
        #expect(unlogged.status == 1)
        #expect(unlogged.errors.contains("log"), "\(unlogged.errors)")
        let stranger = try SigstoreMill("stranger").trustedRoot().jsonBytes()
        try scene.files.directory.directory.writeAtomically("root.json", stranger)
        let unknown = await verify(KeylessScene.identity + root)
        #expect(unknown.status == 1, "\(unknown.errors)")
    }

    @Test func aKeyIsHeldAgainstTheRootToo() async throws {
        #expect(await scene.sign(reference).status == 0)
        try scene.files.directory.directory.writeAtomically("key.pub", Array(scene.mill.signer.publicPEM.utf8))
        let key = ["--key", scene.path("key.pub")]
        #expect(await verify(key).status == 0)
        #expect(await verify(key + root + ["--use-signed-timestamps"]).status == 0)
        #expect(await verify(key + ["--trusted-root", scene.path("root.json")]).status == 1, "it is in no log")
    }

    // MARK: - TUF

    private func mirror() throws -> UpdateMill {
        try UpdateMill(targets: ["trusted_root.json": scene.mill.trustedRoot().jsonBytes()])
    }

    @Test func theRootComesFromATUFMirror() async throws {
        #expect(await scene.sign(reference).status == 0)
        let files = try mirror().files
        let server = try LoopbackServer { request in
            files[String(request.path.dropFirst("/tuf/".count))].map { ScriptedReply(200, body: $0) } ?? .text(404, "")
        }
        try scene.files.directory.directory.writeAtomically("tuf-root.json", files["1.root.json"] ?? [])
        let flags =
            KeylessScene.identity + [
                "--insecure-ignore-tlog", "--tuf-mirror", "\(server.url("/tuf"))", "--tuf-root",
                scene.path("tuf-root.json"),
            ]
        let offlineBefore = await verify(flags + ["--offline"])
        #expect(offlineBefore.status == 1, "nothing is known yet")
        let online = await verify(flags)
        #expect(online.status == 0, "\(online.errors)")
        let asked = server.requests.count
        #expect(await verify(flags + ["--offline"]).status == 0)
        #expect(server.requests.count == asked)
        server.stop()
        let held = await verify(flags)
        #expect(held.status == 0, "\(held.errors)")
        #expect(held.errors.contains("warning: the trusted root of before is used"))
        let elsewhere = await verify(flags + ["--tuf-cache", scene.path("other")])
        #expect(elsewhere.status == 1, "another cache knows nothing")
    }

    @Test func theRootComesFromAMountedRepository() async throws {
        #expect(await scene.sign(reference).status == 0)
        let folder = try Scratch()
        for (name, bytes) in try mirror().files {
            if name.hasPrefix("targets/") { _ = try folder.directory.directory.directory("targets", creating: true) }
            try folder.directory.directory.writeAtomically(name, bytes)
        }
        let flags = KeylessScene.identity + ["--insecure-ignore-tlog", "--tuf-mirror", folder.path]
        let good = await verify(flags)
        #expect(good.status == 0, "\(good.errors)")
        try folder.directory.directory.writeAtomically("timestamp.json", Array("{}".utf8))
        let bad = await verify(flags)
        #expect(bad.status == 1)
        #expect(bad.errors.contains("The metadata file timestamp.json is not valid"), "\(bad.errors)")
    }

    // MARK: - Flags

    static let misuses: [(String, [String], String)] = [
        ("nothing at all", [], "Nothing says whom to trust"),
        ("two ways", ["--key", "k", "--certificate-identity", "x"], "--certificate-identity does not go with --key"),
        ("a policy and a key", ["--policy", "p", "--key", "k"], "--key does not go with --policy"),
        ("no issuer", ["--certificate-identity", "x", "--trusted-root", "r"], "--certificate-oidc-issuer is missing"),
        ("no name", ["--certificate-oidc-issuer", "x", "--trusted-root", "r"], "--certificate-identity is missing"),
        ("a name twice", KeylessScene.identity + ["--certificate-identity-regexp", "x"], "say the same twice"),
        ("no root", KeylessScene.identity, "A trusted root is missing"),
        ("no notation policy", ["--provider", "notation"], "--trust-policy is missing"),
        ("a key for notation", ["--provider", "notation", "--key", "k"], "--key does not go with notation"),
        ("a root for notation", ["--provider", "notation", "--trusted-root", "r"], "does not go with notation"),
        ("two providers", ["--provider", "notation", "--provider", "cosign"], "names two ways of signing"),
        ("no mirror", KeylessScene.identity + ["--offline"], "need --tuf-mirror"),
        ("a mirror and a root", KeylessScene.identity + ["--trusted-root", "r", "--tuf-mirror", "m"], "leave out"),
        ("a mirror alone", KeylessScene.identity + ["--tuf-mirror", "https://tuf.test"], "--tuf-root is missing"),
        ("times without a root", ["--key", "KEY", "--use-signed-timestamps"], "name a --trusted-root"),
    ]

    @Test(arguments: misuses)
    func flagsThatDoNotBelongTogetherAreTold(why: String, flags: [String], says: String) async throws {
        let run = await verify(
            flags.map { $0 == "KEY" ? scene.path("key.pem") : $0 == "r" ? scene.path("root.json") : $0 }
        )
        #expect(run.status != 0, "\(why)")
        #expect(run.errors.contains(says), "\(why): \(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func anExpressionThatIsNoneIsTold() async throws {
        let flags = ["--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "x"]
        let run = await verify(flags + root)
        #expect(run.errors.contains("The expression '(' of --certificate-identity-regexp"), "\(run.errors)")
    }

    // MARK: - Signing

    static let refusals: [(String, [String], String)] = [
        ("a chain alone", ["--certificate-chain", "chain.pem"], "--certificate-chain needs the signer's own"),
        ("another key's certificate", ["--certificate", "chain.pem"], "does not belong to the certificate"),
        ("no certificate in it", ["--certificate", "ctlog.pub"], "holds no usable certificates"),
        ("no authority there", ["--timestamp-server-url", "STAMPER/nowhere"], "answers with status 404"),
        ("no address", ["--timestamp-server-url", "tsa"], "is no http(s) address"),
        ("a root without an authority", ["--timestamp-root-cert", "tsa-root.pem"], "needs an authority"),
        (
            "an authority below another root",
            ["--timestamp-server-url", "STAMPER/tsa", "--timestamp-root-cert", "chain.pem"],
            "cannot be used"
        ),
        ("notation's format", ["--signature-format", "jws"], "go with --provider notation"),
        ("an expiry", ["--expiry", "24h"], "goes with --provider notation"),
    ]

    @Test(arguments: refusals)
    func nothingIsSignedByHalf(why: String, flags: [String], says: String) async throws {
        let flags = flags.map { flag in
            if flag.hasPrefix("STAMPER") { return "\(scene.stamper.url(String(flag.dropFirst("STAMPER".count))))" }
            return flag.hasSuffix(".pem") || flag.hasSuffix(".pub") ? scene.path(flag) : flag
        }
        let run = await scene.run(["sign", "artifact", reference, "--key", scene.path("key.pem")] + flags)
        #expect(run.status == 1, "\(why)")
        #expect(run.errors.contains(says), "\(why): \(run.errors)")
        #expect(registry.count(.put) == 0)
    }

    @Test func aTimestampOfAnotherSignatureIsNotStored() async throws {
        let authority = scene.mill.timestamper
        let stale = try TimestampRequest(of: [1, 2, 3], nonce: TimestampServer.nonce())
        let answer = try authority.answer(stale.encoded, at: SigstoreMill.time)
        let server = try LoopbackServer { _ in ScriptedReply(200, body: answer) }
        let run = await scene.run([
            "sign", "artifact", reference, "--key", scene.path("key.pem"), "--timestamp-server-url", "\(server.url())",
        ])
        #expect(run.status == 1)
        #expect(run.errors.contains("the timestamp is of another signature"), "\(run.errors)")
    }
}

/// What we sign with a certificate is what the real cosign takes.
@Suite(.enabled(if: Command.peers != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct KeylessPeerTests {
    @Test func cosignVerifiesCertificateAndTimestamp() async throws {
        let scene = try KeylessScene()
        let registry = try PeerRegistry()
        var oras = Command(peer: "oras")
        oras.directory = scene.files.path
        oras.environment = ["HOME": scene.files.path]
        for tag in ["tag", "bundle"] {
            try oras.succeed(["push", "--plain-http", "\(registry.host)/acme/\(tag):v1", "root.json"])
            let signed = await scene.sign("oci://\(registry.host)/acme/\(tag):v1", ["--signature-format", tag])
            #expect(signed.status == 0, "\(signed.errors)")
        }
        let environment = [
            "HOME": scene.files.path, "SIGSTORE_NO_CACHE": "true", "SIGSTORE_ROOT_FILE": scene.path("chain.pem"),
            "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": scene.path("ctlog.pub"),
        ]
        var cosign = Command(peer: "cosign")
        cosign.environment = environment
        let common = ["verify", "--insecure-ignore-tlog", "--allow-http-registry"] + KeylessScene.identity
        let chain = ["--timestamp-certificate-chain", scene.path("tsa.pem")]
        try cosign.succeed(common + chain + ["\(registry.host)/acme/tag:v1"])
        var newer = Command(peer: "cosign-new")
        newer.environment = environment
        let root = ["--trusted-root", scene.path("root.json"), "--use-signed-timestamps"]
        try newer.succeed(common + root + ["\(registry.host)/acme/bundle:v1"])
        #expect(throws: Command.Failure.self) {
            var other = KeylessScene.identity
            other[1] = "https://github.com/acme/other"
            try newer.succeed(
                ["verify", "--insecure-ignore-tlog", "--allow-http-registry"] + other + root
                    + ["\(registry.host)/acme/bundle:v1"]
            )
        }
    }
}
