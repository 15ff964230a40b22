import ArtifactTrust
import CoreModel
import CurlTransport
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// Signatures made by the real cosign, stored in a real registry, and read through the real transport.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct CosignPeerTests {
    static let kinds: [(String, [String])] = [
        ("ECDSA P-256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("ECDSA P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ECDSA P-521", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        ("RSA 2048", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("Ed25519", ["-algorithm", "ED25519"]),
    ]

    /// Debian's cosign cannot import keys of every kind, so the signature is ours: cosign stores it and agrees to it.
    @Test(arguments: kinds)
    func agreesWithCosignOnEachKindOfKey(kind: String, make: [String]) async throws {
        try await SignedScene.withArtifact { scene in
            let tools = scene.tools
            try tools.run("openssl", ["genpkey"] + make + ["-out", "made.pem"])
            try tools.run("openssl", ["pkey", "-in", "made.pem", "-pubout", "-out", "made.pub"])
            let policy = try TrustPolicy(secret: "keys", data: ["made.pub": tools.bytes("made.pub")])
            #expect(policy.keys.map(\.key.description) == [kind])
            #expect(try await !scene.verdict(policy).isVerified, "not signed yet")
            let key = try SigningKey(pem: Redacted(String(decoding: tools.bytes("made.pem"), as: UTF8.self)))
            let payload = """
                {"critical":{"identity":{"docker-reference":"\(scene.reference.repository)"},"image":\
                {"docker-manifest-digest":"\(try await scene.resolved().digest)"},\
                "type":"cosign container image signature"},"optional":null}
                """
            try tools.write(payload, to: "payload.json")
            try tools.write(Base64.encode(key.sign(Array(payload.utf8))), to: "signature.b64")
            let target = ["--allow-http-registry", "\(scene.reference)"]
            try tools.run(
                "cosign",
                ["attach", "signature", "--payload", "payload.json", "--signature", "signature.b64"] + target
            )
            try tools.run("cosign", ["verify", "--key", "made.pub", "--insecure-ignore-tlog=true"] + target)
            let verdict = try await scene.verdict(policy)
            #expect(verdict.outcome == .verified(by: "made.pub"), "\(verdict)")
        }
    }

    @Test func anotherKeyAndAnotherRevisionAreRefused() async throws {
        try await SignedScene.withArtifact { scene in
            try scene.tools.run("cosign", ["generate-key-pair", "--output-key-prefix", "first"])
            try scene.tools.run("cosign", ["generate-key-pair", "--output-key-prefix", "second"])
            let first = try TrustPolicy(secret: "keys", data: ["first.pub": scene.tools.bytes("first.pub")])
            let second = try TrustPolicy(secret: "keys", data: ["second.pub": scene.tools.bytes("second.pub")])
            try scene.sign(with: "first.key")
            let verdict = try await scene.verdict(first)
            #expect(verdict.isVerified)
            #expect(verdict.signatures.first?.claimedReference?.hasPrefix("\(scene.reference.repository)") == true)
            #expect(
                try await scene.verdict(second).description.contains("not made by any key of the policy (second.pub)")
            )

            try scene.sign(with: "second.key")
            #expect(try await scene.verdict(first).isVerified)
            #expect(try await scene.verdict(second).isVerified, "cosign adds a second layer")

            let signed = try await scene.resolved()
            try scene.push("changed")
            #expect(try await scene.resolved() != signed)
            #expect(try await scene.verdict(first).description.contains("has no signatures of this revision"))
            let tag = CosignTag.signature(for: signed.digest)
            try scene.tools.run(
                "crane",
                [
                    "cp", "--insecure", "\(scene.reference.repository):\(tag)",
                    "\(scene.reference.repository):\(CosignTag.signature(for: try await scene.resolved().digest))",
                ]
            )
            let moved = try await scene.verdict(first)
            #expect(
                moved.description.contains("not of this revision"),
                "a signature moved to another revision: \(moved)"
            )
        }
    }

    @Test func aMirrorKeepsTheSignatures() async throws {
        try await SignedScene.withArtifact { scene in
            try scene.tools.run("cosign", ["generate-key-pair"])
            try scene.sign(with: "cosign.key")
            let mirror = try OCIReference("\(scene.reference.repository.registry)/mirror/copy:v1")
            let digest = try await scene.resolved().digest
            for (source, target) in [
                ("v1", "v1"), (CosignTag.signature(for: digest), CosignTag.signature(for: digest)),
            ] {
                try scene.tools.run(
                    "crane",
                    ["cp", "--insecure", "\(scene.reference.repository):\(source)", "\(mirror.repository):\(target)"]
                )
            }
            let data = ["cosign.pub": try scene.tools.bytes("cosign.pub")]
            let copy = scene.at(mirror)
            #expect(try await copy.verdict(TrustPolicy(secret: "keys", data: data)).isVerified)
            let pinned = try TrustPolicy(
                secret: "keys",
                data: data,
                requirements: .init(signedFor: [mirror.repository])
            )
            #expect(try await copy.verdict(pinned).description.contains("the policy pins \(mirror.repository)"))
            let original = try TrustPolicy(
                secret: "keys",
                data: data,
                requirements: .init(signedFor: [scene.reference.repository])
            )
            #expect(try await copy.verdict(original).isVerified)
        }
    }

    @Test func aRegistryThatIsGoneIsNoVerdict() async throws {
        let tools = try PeerTools()
        defer { tools.remove() }
        try tools.run("cosign", ["generate-key-pair"])
        let policy = try TrustPolicy(secret: "keys", data: ["cosign.pub": tools.bytes("cosign.pub")])
        var registry: PeerRegistry? = try PeerRegistry()
        let host = try #require(registry?.host)
        let scene = try SignedScene(tools: tools, reference: OCIReference("\(host)/acme/app:v1"))
        defer { scene.transport.shutdown() }
        try scene.push("content")
        let resolved = try await scene.resolved()
        registry = nil
        let error = try await #require(throws: TrustError.self) { try await scene.verdict(policy, of: resolved) }
        #expect(error.code == .undecided)
        #expect(error.kind == .transient)
    }
}

/// An artifact in a registry, with the tools to change and sign it.
struct SignedScene {
    let tools: PeerTools
    let reference: OCIReference
    let transport: CurlTransport
    private let client: RegistryClient
    private let access = RegistryAccess(plainHTTP: true)

    init(tools: PeerTools, reference: OCIReference) throws {
        self.tools = tools
        self.reference = reference
        transport = try CurlTransport(userAgent: "sluice-test")
        client = RegistryClient(transport: transport)
    }

    private init(_ scene: SignedScene, _ reference: OCIReference) {
        tools = scene.tools
        transport = scene.transport
        client = scene.client
        self.reference = reference
    }

    /// Gives a pushed artifact in a registry of its own.
    static func withArtifact(_ body: (SignedScene) async throws -> Void) async throws {
        let tools = try PeerTools()
        defer { tools.remove() }
        let registry = try PeerRegistry()
        let scene = try SignedScene(tools: tools, reference: OCIReference("\(registry.host)/acme/app:v1"))
        defer { scene.transport.shutdown() }
        try scene.push("content")
        try await body(scene)
        withExtendedLifetime(registry) {}
    }

    /// The repository through our own client.
    var repository: RegistryRepository {
        RegistryRepository(client: client, repository: reference.repository, access: access)
    }

    /// The same scene looking at another reference.
    func at(_ reference: OCIReference) -> SignedScene { SignedScene(self, reference) }

    func push(_ content: String) throws {
        try tools.write(content, to: "content.txt")
        try tools.run("oras", ["push", "--plain-http", "\(reference)", "content.txt:text/plain"])
    }

    /// Signs what the reference points at now, as people do it without a transparency log.
    func sign(with key: String) throws {
        var arguments = ["sign", "--key", key, "--tlog-upload=false", "--allow-http-registry", "--yes"]
        let help = try tools.run("cosign", ["sign", "--help"])
        // Since 3.0 cosign stores bundles unless it is told not to.
        for flag in ["--new-bundle-format", "--use-signing-config"] where help.contains(flag) {
            arguments.append("\(flag)=false")
        }
        try tools.run("cosign", arguments + ["\(reference)"])
    }

    func resolved() async throws -> ResolvedRevision { try await client.resolve(reference, access) }

    func verdict(_ policy: TrustPolicy, of resolved: ResolvedRevision? = nil) async throws -> TrustVerdict {
        let repository = RegistryRepository(client: client, repository: reference.repository, access: access)
        let source = RepositorySignatureSource(repository)
        var subject = resolved
        if subject == nil { subject = try await self.resolved() }
        return try await ArtifactVerifier(source: source).verify(
            try #require(subject),
            policy: policy,
            at: TrustContext(now: .now())
        )
    }
}
