import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// The Sigstore instance of the tests, judged by the real cosign: what the other tests hold against us is what cosign
/// itself takes, offline and with nothing ignored.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct MillPeerTests {
    static let identity = [
        "--certificate-identity", SigstoreMill.Identity.subject, "--certificate-oidc-issuer",
        SigstoreMill.Identity().issuer,
    ]

    /// cosign 3.1 takes no `dsse` entry of Rekor 2: it logs envelopes as `hashedrekord` there.
    static let bundles: [(SigstoreMill.Logging, stamped: Bool)] = [
        (.envelope, false), (.envelope, true), (.statement, false), (.tiledRecord, true),
    ]

    @Test(arguments: bundles.indices)
    func cosignTakesItsBundles(index: Int) async throws {
        let (logging, stamped) = Self.bundles[index]
        try await SignedScene.withArtifact { scene in
            let mill = try SigstoreMill()
            var bundle = try mill.bundle(Self.statement(of: try await scene.resolved().digest), logging: logging)
            if stamped { bundle.timestamps = [try mill.stamp(bundle.signature)] }
            try scene.tools.write(bundle.bytes(), to: "bundle.json")
            try scene.tools.write(mill.trustedRoot().jsonBytes(), to: "root.json")
            try scene.attachBundle()
            var arguments = ["verify", "--trusted-root", "root.json", "--allow-http-registry", "\(scene.reference)"]
            if stamped { arguments.insert("--use-signed-timestamps", at: 1) }
            try scene.tools.run("cosign-new", arguments + Self.identity)
            let other = Self.identity.dropLast() + ["https://issuer.test"]
            #expect(throws: PeerTools.Failure.self) { try scene.tools.run("cosign-new", arguments + other) }
            let stranger = try SigstoreMill("stranger").trustedRoot()
            try scene.tools.write(stranger.jsonBytes(), to: "root.json")
            #expect(throws: PeerTools.Failure.self) { try scene.tools.run("cosign-new", arguments + Self.identity) }
        }
    }

    /// The format of cosign 2: everything in annotations beside the signature, the roots in files.
    @Test(arguments: [true, false])
    func cosignTakesItsAnnotations(isLogged: Bool) async throws {
        try await SignedScene.withArtifact { scene in
            let mill = try SigstoreMill()
            let tools = scene.tools
            let payload = """
                {"critical":{"identity":{"docker-reference":"\(scene.reference.repository)"},"image":\
                {"docker-manifest-digest":"\(try await scene.resolved().digest)"},\
                "type":"cosign container image signature"},"optional":null}
                """
            let bytes = Array(payload.utf8)
            let signature = try mill.signer.signing.sign(bytes, scheme: mill.signer.scheme)
            let pem = TestKeyPair.pem("CERTIFICATE", try mill.certificate())
            let body = TestLogBody.hashedRecord(try Digest.of(bytes), signature: signature, pem: pem)
            let entry = try mill.log.entry(body, kind: "hashedrekord", version: "0.0.1", at: SigstoreMill.time)
            try tools.write(payload, to: "payload")
            try tools.write(Base64.encode(signature), to: "signature")
            try tools.write(pem, to: "leaf.pem")
            try tools.write(mill.authority.pem + mill.root.pem, to: "chain.pem")
            try tools.write("{\"rekorBundle\":\(entry.annotation)}", to: "entry.json")
            try tools.write(mill.stamp(signature), to: "stamp")
            let stamper = mill.timestamper
            try tools.write(TestKeyPair.pem("CERTIFICATE", stamper.certificate) + stamper.issuer.pem, to: "tsa.pem")
            try tools.write(mill.log.key.publicPEM, to: "rekor.pub")
            try tools.write(mill.certificateLog.publicPEM, to: "ctlog.pub")
            let material = isLogged ? ["--rekor-response", "entry.json"] : ["--tsr", "stamp"]
            let target = ["--allow-http-registry", "\(scene.reference)"]
            try tools.run(
                "cosign",
                [
                    "attach", "signature", "--payload", "payload", "--signature", "signature", "--certificate",
                    "leaf.pem",
                ]
                    + ["--certificate-chain", "chain.pem"] + material + target
            )
            let environment = [
                "SIGSTORE_ROOT_FILE": tools.path("chain.pem"), "SIGSTORE_REKOR_PUBLIC_KEY": tools.path("rekor.pub"),
                "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": tools.path("ctlog.pub"),
            ]
            let time = isLogged ? [] : ["--timestamp-certificate-chain", "tsa.pem", "--insecure-ignore-tlog"]
            try tools.run(
                "cosign",
                ["verify", "--offline"] + time + Self.identity + target,
                environment: environment
            )
            #expect(throws: PeerTools.Failure.self, "the certificate's log is another one") {
                try tools.run(
                    "cosign",
                    ["verify", "--offline"] + time + Self.identity + target,
                    environment: environment.merging(["SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": tools.path("rekor.pub")]) {
                        $1
                    }
                )
            }
        }
    }

    static func statement(of digest: Digest) -> String {
        """
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"\(digest.hex)"}}],\
        "predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}
        """
    }
}

extension SignedScene {
    /// Puts `bundle.json` beside the artifact as cosign 3 does.
    func attachBundle() throws {
        let type = "application/vnd.dev.sigstore.bundle.v0.3+json"
        try tools.run(
            "oras",
            [
                "attach", "--plain-http", "--artifact-type", type, "--annotation",
                "dev.sigstore.bundle.content=dsse-envelope", "--annotation",
                "dev.sigstore.bundle.predicateType=https://sigstore.dev/cosign/sign/v1", "\(reference)",
                "bundle.json:\(type)",
            ]
        )
    }
}
