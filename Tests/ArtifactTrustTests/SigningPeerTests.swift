import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// Our signatures held against the real cosign, 2 and 3, and theirs against us, in a real registry.
@Suite(.enabled(if: PeerTools.tools != nil, "SLUICE_PEERS is not set; see hack/peers"))
struct SigningPeerTests {
    /// cosign 2 knows no bundles of signatures.
    static let verifiers: [(cosign: String, format: SignatureFormat)] = [
        ("cosign", .tag), ("cosign-new", .tag), ("cosign-new", .bundle),
    ]

    static let keys: [(String, [String])] = [
        ("ECDSA P-256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("ECDSA P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ECDSA P-521", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        ("RSA 2048", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("Ed25519", ["-algorithm", "ED25519"]),
    ]

    @Test(arguments: keys)
    func cosignAcceptsOurSignatures(kind: String, make: [String]) async throws {
        try await SignedScene.withArtifact { scene in
            try scene.tools.run("openssl", ["genpkey"] + make + ["-out", "made.pem"])
            try scene.tools.run("openssl", ["pkey", "-in", "made.pem", "-pubout", "-out", "made.pub"])
            let key = try scene.key("made.pem")
            #expect(key.publicKey.description == kind)
            for (cosign, format) in Self.verifiers {
                try await scene.sign(by: key, as: format, saying: ["env": "prod"])
                try scene.verify(by: cosign, "made.pub", saying: "env=prod")
                #expect(throws: PeerTools.Failure.self) { try scene.verify(by: cosign, "made.pub", saying: "env=dev") }
            }
            let policy = try TrustPolicy(secret: "keys", data: ["made.pub": scene.tools.bytes("made.pub")])
            #expect(try await scene.verdict(policy).isVerified)
        }
    }

    @Test(arguments: ["cosign", "cosign-new"])
    func opensKeysThatCosignMade(cosign: String) async throws {
        try await SignedScene.withArtifact { scene in
            try scene.tools.run(cosign, ["generate-key-pair"], environment: ["COSIGN_PASSWORD": "correct horse"])
            let file = try scene.keyFile("cosign.key")
            #expect(file.needsPassword)
            for password in [nil, "", "canary"] {
                let error = #expect(throws: TrustError.self) {
                    try file.open(password: password.map { SecretBytes($0) }, name: "cosign.key")
                }
                #expect(error?.description.contains("give the password") == true)
                #expect(error?.description.contains("canary") == false)
            }
            let key = try file.open(password: SecretBytes("correct horse"), name: "cosign.key")
            #expect(try key.publicKey == PublicKey(pem: scene.tools.bytes("cosign.pub")))
            for (verifier, format) in Self.verifiers {
                try await scene.sign(by: key, as: format)
                try scene.verify(by: verifier, "cosign.pub")
            }
        }
    }

    /// Each kind of key that cosign 3 imports, with the hash that it signs with. Its Ed25519 signatures are left out:
    /// it makes them in the pre-hashed form, which it does not verify itself.
    @Test(arguments: keys.filter { $0.0 != "Ed25519" }, [true, false])
    func acceptsWhatCosign3Signs(key: (String, [String]), asBundle: Bool) async throws {
        try await SignedScene.withArtifact { scene in
            try scene.tools.run("openssl", ["genpkey"] + key.1 + ["-out", "made.pem"])
            try scene.tools.run("cosign-new", ["import-key-pair", "--key", "made.pem"])
            try scene.tools.run(
                "cosign-new",
                [
                    "sign", "--key", "import-cosign.key", "--yes", "--tlog-upload=false", "--use-signing-config=false",
                    "--new-bundle-format=\(asBundle)", "-a", "env=prod", "--allow-http-registry", "\(scene.reference)",
                ]
            )
            let data = ["made.pub": try scene.tools.bytes("import-cosign.pub")]
            let verdict = try await scene.verdict(
                TrustPolicy(secret: "keys", data: data, requirements: .init(annotations: ["env": "prod"]))
            )
            #expect(verdict.isVerified, "\(key.0): \(verdict)")
            #expect(verdict.signatures.map(\.format) == [asBundle ? .bundle : .tag])
            let other = try TrustPolicy(secret: "keys", data: data, requirements: .init(annotations: ["env": "dev"]))
            #expect(try await scene.verdict(other).description.contains("it says \"prod\" for \"env\""))
        }
    }

    @Test func signaturesOfOthersAreKept() async throws {
        try await SignedScene.withArtifact { scene in
            for name in ["first", "second"] {
                try scene.tools.run("cosign", ["generate-key-pair", "--output-key-prefix", name])
            }
            try scene.sign(with: "first.key")
            let key = try scene.keyFile("second.key").open(password: nil, name: "second.key")
            #expect(try await scene.sign(by: key, as: .tag).isNew)
            #expect(try await !scene.sign(by: key, as: .tag).isNew, "the same said again")
            #expect(try await scene.sign(by: key, as: .tag, saying: ["a": "b"]).isNew, "something else said")
            try scene.sign(with: "first.key")
            for name in ["first", "second"] {
                try scene.verify(by: "cosign", "\(name).pub")
                try scene.verify(by: "cosign-new", "\(name).pub")
            }
            #expect(try await scene.sign(by: key, as: .bundle).isNew)
            #expect(try await !scene.sign(by: key, as: .bundle).isNew)
            try scene.verify(by: "cosign-new", "second.pub")
            // Where there is one bundle, cosign 3 no longer looks under the tag; we do.
            #expect(throws: PeerTools.Failure.self) { try scene.verify(by: "cosign-new", "first.pub") }
            let first = try TrustPolicy(secret: "keys", data: ["first.pub": scene.tools.bytes("first.pub")])
            #expect(try await scene.verdict(first).isVerified)
        }
    }
}

extension SignedScene {
    func keyFile(_ name: String) throws -> SigningKeyFile {
        try SigningKeyFile(parsing: Redacted(String(decoding: tools.bytes(name), as: UTF8.self)), name: name)
    }

    func key(_ name: String) throws -> SigningKey { try keyFile(name).open(password: nil, name: name) }

    @discardableResult
    func sign(
        by key: SigningKey,
        as format: SignatureFormat,
        saying annotations: [String: String] = [:]
    ) async throws -> CosignSigner.Stored {
        let statement = CosignSigner.Statement(
            reference: reference.repository.description,
            annotations: annotations,
            created: Timestamp(seconds: 1_700_000_000)
        )
        let subject = try await repository.manifest(.tag(reference.effectiveTag ?? "latest")).descriptor
        return try await CosignSigner(repository: repository, key: key).sign(subject, statement, as: format)
    }

    func verify(by cosign: String, _ key: String, saying annotation: String? = nil) throws {
        let annotations = annotation.map { ["-a", $0] } ?? []
        try tools.run(
            cosign,
            ["verify", "--key", key, "--insecure-ignore-tlog=true", "--allow-http-registry"] + annotations
                + ["\(reference)"]
        )
    }
}
