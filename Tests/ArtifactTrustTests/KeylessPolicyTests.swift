import ArtifactTrust
import CoreModel
import ManifestTree
import OCIDistribution
import SignatureCrypto
import SigstoreTrust
import TestSupport
import Testing

/// Policies of identities over signatures in memory: under the tag with cosign 2's annotations, and as bundles.
struct KeylessPolicyTests {
    static func basis(_ mill: SigstoreMill, _ rules: EvidenceRules = EvidenceRules()) throws -> SigstoreBasis {
        SigstoreBasis(root: try TrustedRoot(parsing: mill.trustedRoot().jsonBytes()), rules: rules)
    }

    static func method(
        _ mill: SigstoreMill,
        issuer: TextRule = .exact("https://token.actions.githubusercontent.com"),
        subject: TextRule = .exact(SigstoreMill.Identity.subject)
    ) throws -> KeylessMethod {
        let matcher = try IdentityMatcher(issuer: issuer, subject: subject)
        return try KeylessMethod(identities: TrustedIdentities(listing: [matcher]), basis: basis(mill))
    }

    static func policy(_ methods: TrustMethod..., threshold: Int = 1) throws -> TrustPolicy {
        let authorities = methods.enumerated().map {
            TrustAuthority(name: "authority \($0.offset)", method: $0.element)
        }
        return try TrustPolicy(TrustRule(name: "test", authorities: authorities, threshold: threshold))
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let change: @Sendable (inout [String: String], SigstoreMill, [UInt8]) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout [String: String], SigstoreMill, [UInt8]) throws -> Void
        ) {
            self.why = why
            self.says = says
            self.change = change
        }
    }

    static let bundle = "dev.sigstore.cosign/bundle"
    static let certificate = "dev.sigstore.cosign/certificate"
    static let chain = "dev.sigstore.cosign/chain"
    static let stamp = "dev.sigstore.cosign/rfc3161timestamp"

    static let annotations: [Attack] = [
        Attack("no certificate", says: "it comes without a certificate") { annotations, _, _ in
            annotations[certificate] = nil
        },
        Attack("the chain's certificate alone", says: "it comes without a certificate") { annotations, mill, _ in
            annotations[chain] = annotations[certificate]
            annotations[certificate] = nil
        },
        Attack("two certificates where one belongs", says: "has 2 certificates") { annotations, mill, _ in
            annotations[certificate] = (annotations[certificate] ?? "") + mill.root.pem
        },
        Attack("a certificate that is no PEM", says: "is not valid") { annotations, _, _ in
            annotations[certificate] = "certificate"
        },
        Attack("a chain that is no PEM", says: "is not valid") { annotations, _, _ in annotations[chain] = "chain" },
        Attack("no log entry", says: "it comes without a log entry") { annotations, _, _ in annotations[bundle] = nil },
        Attack("a log entry that is no JSON", says: "annotation with the log entry is not valid") { annotations, _, _ in
            annotations[bundle] = "{"
        },
        Attack("a log entry with an unknown member", says: "unknown member \"Extra\"") { annotations, _, _ in
            annotations[bundle] = "{\"Extra\":1," + (annotations[bundle] ?? "").dropFirst()
        },
        Attack("the log entry's time changed", says: "the signed entry timestamp of its log entry is false") {
            annotations,
            _,
            _ in
            annotations[bundle] = annotations[bundle]?
                .replacing(
                    "\"integratedTime\":\(SigstoreMill.time)",
                    with: "\"integratedTime\":\(SigstoreMill.time + 1)"
                )
        },
        Attack("the log entry of another payload", says: "its log entry is about other content") {
            annotations,
            mill,
            _ in
            let signature = Base64.decode(annotations[SignedRevision.signatureKey] ?? "") ?? []
            annotations[bundle] = try mill.annotation(Array("other".utf8), signature, annotations[certificate] ?? "")
        },
        Attack("the log entry of another signature", says: "its log entry is about another signature") {
            annotations,
            mill,
            payload in
            annotations[bundle] = try mill.annotation(payload, [1, 2, 3], annotations[certificate] ?? "")
        },
        Attack("a timestamp that is no JSON", says: "annotation with the timestamp is not valid") { annotations, _, _ in
            annotations[stamp] = "timestamp"
        },
        Attack("another one's certificate", says: "not made by the key in its certificate") { annotations, mill, _ in
            var other = mill
            other.signer = try TestKeyPair("somebody else")
            annotations[certificate] = TestKeyPair.pem("CERTIFICATE", try other.certificate())
        },
    ]

    @Test(arguments: annotations)
    func annotationsThatProveNothing(attack: Attack) async throws {
        let mill = try SigstoreMill()
        var revision = try SignedRevision()
        try revision.sign(by: mill) { try attack.change(&$0, mill, $1) }
        let verdict = try await revision.verdict(Self.policy(.keyless(Self.method(mill))))
        #expect(!verdict.isVerified)
        #expect(verdict.description.contains(attack.says), "\(verdict)")
        #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
    }

    @Test func bothFormatsAreTaken() async throws {
        let mill = try SigstoreMill()
        let policy = try Self.policy(.keyless(Self.method(mill)))
        var tagged = try SignedRevision()
        try tagged.sign(by: mill)
        let verdict = try await tagged.verdict(policy)
        #expect(verdict.isVerified, "\(verdict)")
        #expect(verdict.description.contains("of the issuer \"https://token.actions.githubusercontent.com\""))
        #expect(verdict.provider == "cosign keyless")
        guard case .certificate(let identity) = verdict.authorities.first?.signer else {
            Issue.record("no identity")
            return
        }
        #expect(identity.signedAt == Timestamp(seconds: SigstoreMill.time))
        for logging in [SigstoreMill.Logging.envelope, .statement] {
            let bundled = try SignedRevision.bundled(by: mill) { try mill.bundle($0, logging: logging) }
            #expect(try await bundled.verdict(policy).isVerified)
        }
    }

    static let strangers: [(String, TextRule, TextRule, String)] = [
        (
            "another issuer", .exact("https://accounts.google.com"), .exact(SigstoreMill.Identity.subject),
            "its issuer is"
        ),
        ("a host that begins the same", pattern("https://token\\.actions"), any, "matches only a part"),
        ("an expression that is found inside", any, pattern("github.com/acme/app"), "matches only a part"),
        ("an expression of another organisation", any, pattern("^https://github\\.com/acme-evil/.*$"), "not match"),
        ("another case", any, .exact(SigstoreMill.Identity.subject.uppercased()), "its subject is"),
    ]

    private static let any = pattern(".*")
    private static func pattern(_ text: String) -> TextRule { LinearPattern(text).map(TextRule.pattern) ?? .exact("") }

    @Test(arguments: strangers)
    func otherIdentitiesAreRefused(why: String, issuer: TextRule, subject: TextRule, says: String) async throws {
        let mill = try SigstoreMill()
        var revision = try SignedRevision()
        try revision.sign(by: mill)
        let verdict = try await revision.verdict(
            Self.policy(.keyless(Self.method(mill, issuer: issuer, subject: subject)))
        )
        #expect(!verdict.isVerified, "\(why)")
        #expect(verdict.description.contains("it was made by another signer: "))
        #expect(verdict.description.contains(says), "\(verdict)")
    }

    @Test func aGoodSignatureOfAnotherRevisionIsRefused() async throws {
        let mill = try SigstoreMill()
        let policy = try Self.policy(.keyless(Self.method(mill)))
        var revision = try SignedRevision()
        try revision.sign(by: mill, digest: "sha256:" + String(repeating: "0", count: 64))
        #expect(try await revision.verdict(policy).description.contains("it is a signature of \"sha256:0000"))
    }

    @Test func aKeyHasToBeInTheLogWhereThePolicyAsks() async throws {
        let mill = try SigstoreMill()
        let key = NamedKey(name: "cosign.pub", key: mill.signer.publicKey)
        let plain = try Self.policy(.cosignKeys(CosignKeyMethod(keys: [key])))
        let logged = try Self.policy(.cosignKeys(CosignKeyMethod(keys: [key], basis: Self.basis(mill))))
        #expect(plain.fingerprint != logged.fingerprint)
        let signed = try SignedRevision.bundled(by: mill) { try mill.keyBundle($0) }
        #expect(try await signed.verdict(logged).isVerified)
        let unlogged = try SignedRevision.bundled(by: mill) { try mill.keyBundle($0, logging: .none) }
        #expect(try await unlogged.verdict(plain).isVerified)
        let verdict = try await unlogged.verdict(logged)
        #expect(verdict.description.contains("made with the key 'cosign.pub', and it comes without a log entry"))
        var tagged = try SignedRevision()
        try tagged.sign(by: mill) { annotations, payload in
            let signature = Base64.decode(annotations[SignedRevision.signatureKey] ?? "") ?? []
            annotations = [
                SignedRevision.signatureKey: annotations[SignedRevision.signatureKey] ?? "",
                Self.bundle: try mill.annotation(payload, signature, mill.signer.publicPEM),
            ]
        }
        let found = try await tagged.verdict(logged)
        #expect(found.isVerified, "\(found)")
    }

    @Test func aSignedManifestIsASignature() async throws {
        let mill = try SigstoreMill()
        let manifest = Array("the manifest".utf8)
        let policy = try Self.policy(.cosignKeys(.init(keys: [NamedKey(name: "key", key: mill.signer.publicKey)])))
        func revision(_ signed: [UInt8], claiming: [UInt8]) throws -> SignedRevision {
            try SignedRevision.bundled(by: mill) { _ in
                var bundle = TestSigstoreBundle(
                    payload: claiming,
                    signature: try mill.signer.signing.sign(signed, scheme: mill.signer.scheme)
                )
                bundle.isMessage = true
                return bundle
            }
        }
        #expect(try await revision(manifest, claiming: manifest).verdict(policy).isVerified)
        let other = try await revision([1], claiming: [1]).verdict(policy)
        #expect(other.description.contains("not of this revision"), "\(other)")
        let forged = try await revision([1], claiming: manifest).verdict(policy)
        #expect(forged.description.contains("not made by any key"), "\(forged)")
    }

    @Test func oneSignatureServesManyAuthoritiesAndCountsOnce() async throws {
        let mill = try SigstoreMill()
        var revision = try SignedRevision()
        try revision.sign(by: mill)
        let method = try Self.method(mill)
        let wide = try Self.method(mill, subject: Self.any)
        #expect(try await revision.verdict(Self.policy(.keyless(method), .keyless(wide))).isVerified)
        let two = try await revision.verdict(Self.policy(.keyless(method), .keyless(wide), threshold: 2))
        #expect(!two.isVerified, "one signer does not make two")
    }

    @Test func policiesThatTrustOthersHaveOtherFingerprints() throws {
        let mill = try SigstoreMill()
        let method = try Self.method(mill)
        #expect(try Self.method(mill).fingerprint == method.fingerprint)
        let others = [
            try Self.method(SigstoreMill("another mill")), try Self.method(mill, subject: Self.any),
            try Self.method(mill, subject: .pattern(LinearPattern(parsing: SigstoreMill.Identity.subject))),
            try KeylessMethod(identities: .any, basis: Self.basis(mill)),
            try KeylessMethod(identities: method.identities, basis: Self.basis(mill, .init(requiresTimestamp: true))),
        ]
        #expect(Set(others.map(\.fingerprint) + [method.fingerprint]).count == others.count + 1)
    }

    @Test func aRootThatProvesNobodyIsNoPolicy() throws {
        let mill = try SigstoreMill()
        for member in ["certificateAuthorities", "ctlogs"] {
            var root = try mill.trustedRoot()
            root[member] = []
            let basis = SigstoreBasis(root: try TrustedRoot(parsing: root.jsonBytes()))
            let error = #expect(throws: TrustError.self) { try KeylessMethod(identities: .any, basis: basis) }
            #expect(error?.code == .invalidPolicy)
        }
    }
}

extension SigstoreMill {
    /// The annotation with a log entry of a payload's signature.
    func annotation(_ payload: [UInt8], _ signature: [UInt8], _ pem: String) throws -> String {
        let body = TestLogBody.hashedRecord(try Digest.of(payload), signature: signature, pem: pem)
        return try log.entry(body, kind: "hashedrekord", version: "0.0.1", at: Self.time).annotation
    }
}

extension SignedRevision {
    /// Signs under the tag as cosign 2 does with a certificate.
    mutating func sign(
        by mill: SigstoreMill,
        digest: String? = nil,
        _ change: (inout [String: String], [UInt8]) throws -> Void = { _, _ in }
    ) throws {
        let payload = Array(self.payload(digest: digest).utf8)
        let signature = try mill.signer.signing.sign(payload, scheme: mill.signer.scheme)
        let pem = TestKeyPair.pem("CERTIFICATE", try mill.certificate())
        var annotations = [
            Self.signatureKey: Base64.encode(signature), KeylessPolicyTests.certificate: pem,
            KeylessPolicyTests.chain: TestKeyPair.pem("CERTIFICATE", mill.authority.der) + mill.root.pem,
            KeylessPolicyTests.bundle: try mill.annotation(payload, signature, pem),
        ]
        try change(&annotations, payload)
        try append(payload, annotations: annotations)
    }

    /// A bundle of the mill's around a statement about the revision.
    static func bundled(
        by mill: SigstoreMill,
        _ make: (String) throws -> TestSigstoreBundle
    ) throws -> SignedRevision {
        var revision = try SignedRevision()
        revision.answer = .nothing
        let bytes = try make(TestBundle(revision).statement).bytes()
        try revision.add(bundle: bytes)
        return revision
    }

    private mutating func add(bundle bytes: [UInt8]) throws {
        let layer = try Descriptor(mediaType: TestBundle.mediaType, of: bytes)
        var manifest = Manifest(
            config: try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8)),
            layers: [layer],
            artifactType: TestBundle.mediaType
        )
        manifest.subject = Descriptor(mediaType: MediaType.ociManifest, digest: resolved.digest, size: 12)
        var referrer = try Descriptor(mediaType: MediaType.ociManifest, of: manifest.encode())
        referrer.artifactType = manifest.artifactType
        blobs[layer.digest] = bytes
        manifests[referrer.digest] = .manifest(manifest)
        referrers.append(referrer)
    }
}
