import ArtifactTrust
import CoreModel
import HTTPExchange
import ManifestTree
import NotationTrust
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// Signatures by the real notation in a real registry, verified by us, and ours verified by it.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct NotationPeerTests {
    static let kinds: [TestKeyPair.Kind] = [.p256, .p384, .p521, .rsa]

    @Test(arguments: kinds, EnvelopeFormat.allCases)
    func takesWhatNotationSigns(kind: TestKeyPair.Kind, format: EnvelopeFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let signer = try NotationTestSigner("acme", kind)
            let notation = try NotationPeer(scene, signer)
            let policy = try signer.policy()
            #expect(try await !notation.verdict(policy).isVerified, "not signed yet")
            try notation.sign(format, ["--expiry", "24h", "--user-metadata", "build=7"])
            let verdict = try await notation.verdict(policy)
            #expect(verdict.isVerified, "\(verdict)")
            let asking = try signer.policy(
                NotationTestSigner.document(
                    scope: "\(scene.reference.repository)",
                    identity: "x509.subject: C=US, ST=WA, O=Sluice test, CN=acme"
                ),
                TrustRequirements(annotations: ["build": "7"])
            )
            #expect(try await notation.verdict(asking).isVerified)
            let later = TrustContext(now: Timestamp.now() + .seconds(25 * 3600))
            let expired = try await notation.verdict(policy, at: later)
            #expect(expired.description.contains("(expiry)"), "\(expired)")
            let mallory = try NotationTestSigner("mallory")
            #expect(try await !notation.verdict(mallory.policy()).isVerified)
            let other = NotationTestSigner.document(identity: "x509.subject: C=US, ST=WA, O=Other")
            #expect(try await !notation.verdict(signer.policy(other)).isVerified)
        }
    }

    @Test(arguments: kinds, EnvelopeFormat.allCases)
    func notationTakesWhatWeSign(kind: TestKeyPair.Kind, format: EnvelopeFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let signer = try NotationTestSigner("acme", kind)
            let notation = try NotationPeer(scene, signer)
            #expect(throws: PeerTools.Failure.self) { try notation.verify() }
            let times = SigningTimes(signed: .now(), expiry: .now() + .seconds(3600))
            let statement = NotationSigner.Statement(annotations: ["build": "7"], format: format, times: times)
            let repository = scene.repository
            let fetched = try await repository.manifest(.tag("v1"))
            _ = try await NotationSigner(repository: repository, identity: signer.identity)
                .sign(fetched.descriptor, statement)
            try notation.verify(["--user-metadata", "build=7"])
            #expect(throws: PeerTools.Failure.self) { try notation.verify(["--user-metadata", "build=8"]) }
            #expect(try await notation.verdict(signer.policy()).isVerified)
            let text = try scene.tools.run("notation", ["inspect"] + notation.target, environment: notation.environment)
            #expect(text.contains(format.rawValue), "\(text)")
        }
    }

    @Test func agreesWithNotationOnCertificatesOfItsOwn() async throws {
        try await SignedScene.withArtifact { scene in
            let signer = try NotationTestSigner()
            let notation = try NotationPeer(scene, signer)
            try scene.tools.run(
                "notation",
                ["cert", "generate-test", "--default", "wabbit-networks.io"],
                environment: notation.environment
            )
            try scene.tools.run("notation", ["sign"] + notation.target, environment: notation.environment)
            let store = "config/notation/truststore/x509/ca/wabbit-networks.io/wabbit-networks.io.crt"
            let document = NotationTestSigner.document(stores: ["ca:wabbit-networks.io"])
            let data = ["trustpolicy.json": document.jsonBytes(), "wabbit.crt": try scene.tools.bytes(store)]
            let method = try NotationMethod(secret: "notation", data: data)
            let authority = TrustAuthority(name: "notation", method: .notation(method))
            let policy = try TrustPolicy(TrustRule(name: "spec.verify", authorities: [authority]))
            let verdict = try await notation.verdict(policy)
            #expect(verdict.isVerified, "\(verdict)")
        }
    }

    /// Sizes of RSA have algorithms of their own; the certificates are openssl's.
    @Test(arguments: ["3072", "4096"], EnvelopeFormat.allCases)
    func agreesOnLargeKeysAndCertificatesOfOpenSSL(bits: String, format: EnvelopeFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let made = [
                "req", "-x509", "-newkey", "rsa:\(bits)", "-nodes", "-keyout", "signer.key", "-out", "signer.crt",
                "-days", "30", "-subj", "/C=US/ST=WA/O=acme", "-addext", "keyUsage=critical,digitalSignature",
                "-addext", "extendedKeyUsage=codeSigning", "-addext", "basicConstraints=critical,CA:FALSE",
                "-config", "/dev/null",
            ]
            try scene.tools.write("[req]\ndistinguished_name=dn\n[dn]\n", to: "openssl.cnf")
            try scene.tools.run("openssl", made.map { $0 == "/dev/null" ? "openssl.cnf" : $0 })
            let pem = try scene.tools.bytes("signer.crt")
            let notation = try NotationPeer(scene, root: String(decoding: pem, as: UTF8.self))
            let data = ["trustpolicy.json": NotationTestSigner.document().jsonBytes(), "ca.acme.crt": pem]
            let method = TrustMethod.notation(try NotationMethod(secret: "notation", data: data))
            let authority = TrustAuthority(name: "notation", method: method)
            let policy = try TrustPolicy(TrustRule(name: "spec.verify", authorities: [authority]))
            try notation.sign(format)
            let verdict = try await notation.verdict(policy)
            #expect(verdict.isVerified, "\(verdict)")

            try scene.push("changed")
            let key = try SigningKey(pem: Redacted(String(decoding: scene.tools.bytes("signer.key"), as: UTF8.self)))
            let identity = try SigningIdentity(key: key, certificates: Certificate.list(pem: pem))
            let repository = scene.repository
            let statement = NotationSigner.Statement(format: format, times: SigningTimes(signed: .now()))
            _ = try await NotationSigner(repository: repository, identity: identity)
                .sign(repository.manifest(.tag("v1")).descriptor, statement)
            try notation.verify()
        }
    }

    @Test(arguments: EnvelopeFormat.allCases)
    func takesTheTimestampsThatNotationAsksFor(format: EnvelopeFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let signer = try NotationTestSigner()
            let root = try SigningAuthority.root("Sluice test timestamp root")
            let authority = try TestTimestamper(below: root)
            let server = try LoopbackServer { request in
                let type: HTTPHeaders = ["Content-Type": "application/timestamp-reply"]
                guard let answer = try? authority.answer(request.body, at: Timestamp.now().seconds) else {
                    return .text(400, "not a query")
                }
                return ScriptedReply(200, headers: type, body: answer)
            }
            let notation = try NotationPeer(scene, signer, timestamps: root)
            let file = "config/notation/truststore/x509/tsa/acme/root.crt"
            try notation.sign(
                format,
                ["--timestamp-url", "\(server.url())", "--timestamp-root-cert", scene.tools.path(file)]
            )
            let document = NotationTestSigner.document(stores: ["ca:acme", "tsa:acme"])
            var data = signer.secret(document)
            data["tsa.acme.crt"] = Array(root.pem.utf8)
            let method = TrustMethod.notation(try NotationMethod(secret: "notation", data: data))
            let rule = try TrustRule(
                name: "spec.verify",
                authorities: [TrustAuthority(name: "notation", method: method)]
            )
            // Long after the signer's certificate: the timestamp is all that counts.
            let late = TrustContext(now: Timestamp(seconds: TestCertificate.end + 86_400))
            for context in [nil, late] {
                let verdict = try await notation.verdict(TrustPolicy(rule), at: context)
                #expect(verdict.isVerified, "\(verdict)")
            }
        }
    }

    @Test(arguments: EnvelopeFormat.allCases)
    func notationTakesOurTimestamps(format: EnvelopeFormat) async throws {
        try await SignedScene.withArtifact { scene in
            let signer = try NotationTestSigner()
            let root = try SigningAuthority.root("Sluice test timestamp root")
            let authority = try TestTimestamper(below: root)
            let notation = try NotationPeer(scene, signer, timestamps: root)
            let timestamps = TimestampAuthority(
                roots: [try root.certificate()],
                nonce: [1, 2, 3, 4, 5, 6, 7, 8],
                exchange: { try authority.answer($0, at: Timestamp.now().seconds) }
            )
            let repository = scene.repository
            let fetched = try await repository.manifest(.tag("v1"))
            let statement = NotationSigner.Statement(format: format, times: SigningTimes(signed: .now()))
            let stale = try authority.response(of: [1], TestTimestamp(time: Timestamp.now().seconds))
            let liar = TimestampAuthority(
                roots: [try root.certificate()],
                nonce: [1, 2, 3, 4, 5, 6, 7, 8],
                exchange: { _ in stale }
            )
            let error = await #expect(throws: TrustError.self) {
                try await NotationSigner(repository: repository, identity: signer.identity, timestamps: liar)
                    .sign(fetched.descriptor, statement)
            }
            #expect(error?.code == .timestamp)
            #expect(try await repository.referrers(of: fetched.digest, artifactType: nil).isEmpty, "nothing is stored")
            _ = try await NotationSigner(repository: repository, identity: signer.identity, timestamps: timestamps)
                .sign(fetched.descriptor, statement)
            try notation.verify()
            var data = signer.secret(NotationTestSigner.document(stores: ["ca:acme", "tsa:acme"]))
            data["tsa.acme.crt"] = Array(root.pem.utf8)
            let method = TrustMethod.notation(try NotationMethod(secret: "notation", data: data))
            let rule = try TrustRule(
                name: "spec.verify",
                authorities: [TrustAuthority(name: "notation", method: method)]
            )
            let verdict = try await notation.verdict(TrustPolicy(rule))
            #expect(verdict.isVerified, "\(verdict)")
            guard case .notation(let identity) = verdict.signatures.first?.signer else {
                Issue.record("\(verdict)")
                return
            }
            #expect(identity.signedAt != nil)
        }
    }
}

/// notation with a configuration of its own, and one signer in it.
struct NotationPeer {
    let scene: SignedScene

    init(_ scene: SignedScene, _ signer: NotationTestSigner, timestamps: SigningAuthority? = nil) throws {
        try scene.tools.write(signer.key.privatePEM, to: "signer.key")
        try scene.tools.write(signer.chainPEM, to: "signer.crt")
        try self.init(scene, root: signer.root.pem, timestamps: timestamps)
    }

    /// With `signer.key` and `signer.crt` in the tools' folder.
    init(_ scene: SignedScene, root: String, timestamps: SigningAuthority? = nil) throws {
        self.scene = scene
        let tools = scene.tools
        var stores: Tree = ["ca:acme"]
        try tools.write(root, to: "config/notation/truststore/x509/ca/acme/root.crt")
        if let timestamps {
            stores = ["ca:acme", "tsa:acme"]
            try tools.write(timestamps.pem, to: "config/notation/truststore/x509/tsa/acme/root.crt")
        }
        let document = NotationTestSigner.document(stores: stores)
        try tools.write(document.jsonString(), to: "config/notation/trustpolicy.json")
        let keys: Tree = [
            "default": "acme",
            "keys": [
                [
                    "name": "acme", "keyPath": .string(tools.path("signer.key")),
                    "certPath": .string(tools.path("signer.crt")),
                ]
            ],
        ]
        try tools.write(keys.jsonString(), to: "config/notation/signingkeys.json")
    }

    var environment: [String: String] {
        [
            "XDG_CONFIG_HOME": scene.tools.path("config"), "XDG_CACHE_HOME": scene.tools.path("cache"),
            "NOTATION_CONFIG": scene.tools.path("config/notation"),
        ]
    }

    var target: [String] { ["--insecure-registry", "\(scene.reference)"] }

    func sign(_ format: EnvelopeFormat, _ arguments: [String] = []) throws {
        let name = format == .jws ? "jws" : "cose"
        let all = ["sign", "--key", "acme", "--signature-format", name] + arguments + target
        try scene.tools.run("notation", all, environment: environment)
    }

    func verify(_ arguments: [String] = []) throws {
        try scene.tools.run("notation", ["verify"] + arguments + target, environment: environment)
    }

    func verdict(_ policy: TrustPolicy, at context: TrustContext? = nil) async throws -> TrustVerdict {
        let source = RepositorySignatureSource(scene.repository)
        let context = context ?? TrustContext(now: .now())
        return try await ArtifactVerifier(source: source).verify(scene.resolved(), policy: policy, at: context)
    }
}
