import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

/// Keys that protect nothing.
enum SigningKeys {
    static let first = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg37dsxyCAUOasJD80
        2V8cS4tqFcY2sYszWtvlsVcxoAWhRANCAAS93rxnVFxg4HY0ngMRiz46xxjxSbAV
        uiXbk2gALBIh71NBUvWpxXWZCW55GEpIPvLIfQ1lv3NY+e1PL6qwoYXm
        -----END PRIVATE KEY-----
        """
    static let firstPublic = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvd68Z1RcYOB2NJ4DEYs+OscY8Umw
        Fbol25NoACwSIe9TQVL1qcV1mQlueRhKSD7yyH0NZb9zWPntTy+qsKGF5g==
        -----END PUBLIC KEY-----
        """
    static let second = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAzCoj7Ip7PRQtvkv
        aT5QDqGqsJwfnjuoEfCPPOgpZE2hRANCAASENP3abkTAXlinPO5oagnKevKJeDuf
        HZLvgUW2xRo3/2geBCcM0SNzERrqqUm59lfj2or64qVCbBCP3s5MlCv1
        -----END PRIVATE KEY-----
        """
    static let secondPublic = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhDT92m5EwF5YpzzuaGoJynryiXg7
        nx2S74FFtsUaN/9oHgQnDNEjcxEa6qlJufZX49qK+uKlQmwQj97OTJQr9Q==
        -----END PUBLIC KEY-----
        """
}

extension SourceFixture {
    static let secretPath = "/api/v1/namespaces/apps/secrets/keys"

    /// Creates the source with `spec.verify` and a Secret of the keys.
    func createVerified(keys: [String] = [SigningKeys.firstPublic]) {
        setKeys(keys)
        create { $0["verify"] = ["provider": "cosign", "secretRef": ["name": "keys"]] }
    }

    func setKeys(_ keys: [String]) {
        var data: Tree = [:]
        for (index, key) in keys.enumerated() { data["key\(index).pub"] = .string(Base64.encode(Array(key.utf8))) }
        setSecret(data)
    }

    func setSecret(_ data: Tree) {
        cluster.put(Self.secretPath, ["apiVersion": "v1", "kind": "Secret", "metadata": [:], "data": data])
    }

    /// Puts a signature object beside the artifact, as `cosign sign` does.
    /// - Parameter claimed: the digest in the payload, where that is not the artifact's.
    func sign(_ artifact: ScriptedArtifact, by key: String, claiming claimed: Digest? = nil) throws {
        let payload = """
            {"critical":{"identity":{"docker-reference":"\(registry.host)/\(Self.repository)"},"image":\
            {"docker-manifest-digest":"\(claimed ?? artifact.manifest)"},"type":"cosign container image signature"},\
            "optional":null}
            """
        let bytes = Array(payload.utf8)
        let signature = try SigningKey(pem: Redacted(key)).sign(bytes)
        try attach(bytes, signature: signature, to: artifact)
    }

    func attach(_ payload: [UInt8], signature: [UInt8], to artifact: ScriptedArtifact) throws {
        let config = Array("{}".utf8)
        let manifest: Tree = [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": [
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": .string("\(try registry.addBlob(Self.repository, config))"), "size": 2,
            ],
            "layers": [
                [
                    "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
                    "digest": .string("\(try registry.addBlob(Self.repository, payload))"),
                    "size": .number(.init(payload.count)),
                    "annotations": ["dev.cosignproject.cosign/signature": .string(Base64.encode(signature))],
                ]
            ],
        ]
        let tag = "sha256-\(artifact.manifest.hex).sig"
        try registry.addManifest(Self.repository, manifest.jsonBytes(), tag: tag)
    }
}

/// A signature that does not count.
struct BadSignature: Sendable, CustomTestStringConvertible {
    let name: String
    let fragment: String
    let make: @Sendable (SourceFixture, ScriptedArtifact) throws -> Void

    var testDescription: String { name }

    static let all: [BadSignature] = [
        BadSignature(name: "none", fragment: "no matching signatures were found") { _, _ in },
        BadSignature(name: "wrong key", fragment: "not made by any key of the policy (key0.pub)") {
            try $0.sign($1, by: SigningKeys.second)
        },
        BadSignature(name: "another digest", fragment: "not of this revision") {
            try $0.sign($1, by: SigningKeys.first, claiming: Digest.of("something else".utf8))
        },
        BadSignature(name: "tampered payload", fragment: "not made by any key") { fixture, artifact in
            let signature = try SigningKey(pem: Redacted(SigningKeys.first)).sign(Array("the payload".utf8))
            try fixture.attach(Array("the Payload".utf8), signature: signature, to: artifact)
        },
    ]
}

struct VerificationTests {
    static let verified = PublishTests.healthy + ["SourceVerified=True/Succeeded"]
    static let refused = [
        "Ready=False/VerificationError", "Reconciling=True/ProgressingWithRetry",
        "SourceVerified=False/VerificationError",
    ]

    @Test func aSignedArtifactIsStoredAndNotVerifiedAgain() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
        #expect(
            fixture.message("SourceVerified").hasPrefix("verified signature of revision v1@\(pushed.manifest)")
        )
        #expect(try fixture.servedFiles() == ["a.yaml"])
        _ = fixture.cluster.takeRequests()
        let seen = fixture.registry.count()
        try await fixture.reconcile()
        #expect(fixture.registryRequests(after: seen) == ["HEAD /v2/acme/site/manifests/v1"])
        #expect(fixture.cluster.takeRequests().filter(\.isWrite).map(\.line) == [])
    }

    @Test(arguments: BadSignature.all)
    func anArtifactWithoutAGoodSignatureIsNotFetched(bad: BadSignature) async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try bad.make(fixture, pushed)
        fixture.createVerified()
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == Self.refused)
        #expect(fixture.message("SourceVerified").contains(bad.fragment))
        #expect(fixture.message("Ready") == fixture.message("SourceVerified"))
        #expect(fixture.artifact == nil)
        #expect(try fixture.storedNames() == [])
        #expect(try fixture.pooledNames() == [])
        #expect(try fixture.leftovers() == [])
        #expect(fixture.registry.count(.get, "/blobs/\(pushed.layer)") == 0)
    }

    @Test(arguments: BadSignature.all)
    func theVerifiedArtifactIsKeptWhenTheNextIsRefused(bad: BadSignature) async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "one"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)
        let second = try fixture.push(["a.yaml": "two"])
        try bad.make(fixture, second)
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(
            fixture.conditions
                == ["ArtifactInStorage=True/Succeeded", "ArtifactOutdated=True/NewRevision"] + Self.refused
        )
        #expect(fixture.artifact == first)
        _ = try fixture.servedBytes()

        try fixture.sign(second, by: SigningKeys.first)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
        #expect(fixture.artifact?.revision == "v1@\(second.manifest)")
    }

    /// A suspended source is not fetched, and not called verified either once nobody vouches for it.
    @Test(arguments: [true, false])
    func aSuspendedSourceLosesItsVerification(isSecretGone: Bool) async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        fixture.changeSpec { $0["suspend"] = true }
        let before = fixture.object
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.object == before)

        let seen = fixture.registry.count()
        if isSecretGone {
            fixture.cluster.delete(SourceFixture.secretPath)
        } else {
            fixture.setKeys([SigningKeys.secondPublic])
        }
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.conditions == PublishTests.healthy + ["SourceVerified=False/VerificationError"])
        #expect(fixture.message("SourceVerified").contains(isSecretGone ? "keys" : "resume it"))
        #expect(fixture.object[path: ["status", "observedTrustPolicy"]] == nil)
        #expect(fixture.registryRequests(after: seen) == [])
        _ = try fixture.servedBytes()
        // Told once.
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.cluster.takeRequests().map(\.line) == [])

        fixture.setKeys([SigningKeys.firstPublic])
        fixture.changeSpec { $0["suspend"] = nil }
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
    }

    @Test func anotherKeyVerifiesAgainWithoutADownload() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let blobs = fixture.registry.count(.get, "/blobs/\(pushed.layer)")

        fixture.setKeys([SigningKeys.secondPublic])
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + Self.refused)
        _ = try fixture.servedBytes()

        try fixture.sign(pushed, by: SigningKeys.second)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
        #expect(fixture.registry.count(.get, "/blobs/\(pushed.layer)") == blobs)

        // Both keys: the policy is another, and the signature by one of them is enough.
        fixture.setKeys([SigningKeys.firstPublic, SigningKeys.secondPublic])
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
        #expect(fixture.registry.count(.get, "/blobs/\(pushed.layer)") == blobs)
    }

    @Test func verificationThatIsAskedForLaterTakesPlaceAndThatIsRemovedLeavesNoWord() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        fixture.setKeys([SigningKeys.firstPublic])
        fixture.create()
        try await fixture.reconcile()
        fixture.changeSpec { $0["verify"] = ["provider": "cosign", "secretRef": ["name": "keys"]] }
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + Self.refused)
        try fixture.sign(pushed, by: SigningKeys.first)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
        fixture.changeSpec { $0["verify"] = nil }
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.status["observedTrustPolicy"] == nil)
    }

    @Test func aRegistryThatFailsDuringVerificationDecidesNothing() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.registry.failNext(nil, ".sig", status: 503, times: .max)
        fixture.createVerified()
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == Self.refused)
        #expect(fixture.artifact == nil)
        fixture.registry.behave()
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.verified)
    }
}

/// Secrets that cannot be used.
struct SecretTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let fragments: [String]
        let spec: Tree
        var secret: Tree?

        var testDescription: String { name }
        /// What goes wrong: the way to the registry, or the knowledge of whom to trust.
        var conditions: [String] {
            if spec["verify"] != nil { return VerificationTests.refused }
            return [
                "FetchFailed=True/AuthenticationFailed", "Ready=False/AuthenticationFailed",
                "Reconciling=True/ProgressingWithRetry",
            ]
        }
    }

    static let cases: [Case] = [
        Case(
            name: "no credentials",
            fragments: ["spec.secretRef", "apps/keys", "does not exist"],
            spec: ["secretRef": ["name": "keys"]]
        ),
        Case(
            name: "no keys",
            fragments: ["spec.verify.secretRef", "apps/keys", "does not exist"],
            spec: ["verify": ["provider": "cosign", "secretRef": ["name": "keys"]]]
        ),
        Case(
            name: "no certificates",
            fragments: ["spec.certSecretRef", "apps/keys", "does not exist"],
            spec: ["certSecretRef": ["name": "keys"]]
        ),
        Case(
            name: "no proxy",
            fragments: ["spec.proxySecretRef", "apps/keys", "does not exist"],
            spec: ["proxySecretRef": ["name": "keys"]]
        ),
        Case(
            name: "no account",
            fragments: ["spec.serviceAccountName", "apps/robot", "does not exist"],
            spec: ["serviceAccountName": "robot"]
        ),
        Case(
            name: "secret without a key",
            fragments: ["apps/keys", ".pub"],
            spec: ["verify": ["provider": "cosign", "secretRef": ["name": "keys"]]],
            secret: ["other": "eA=="]
        ),
        Case(
            name: "secret with rubbish for a key",
            fragments: ["apps/keys", "bad.pub"],
            spec: ["verify": ["provider": "cosign", "secretRef": ["name": "keys"]]],
            secret: ["bad.pub": "eA=="]
        ),
        Case(
            name: "certificate without its key",
            fragments: ["apps/keys", "tls.crt"],
            spec: ["certSecretRef": ["name": "keys"]],
            secret: ["tls.crt": "eA=="]
        ),
        Case(
            name: "proxy without an address",
            fragments: ["apps/keys", "address"],
            spec: ["proxySecretRef": ["name": "keys"]],
            secret: ["username": "eA=="]
        ),
        Case(
            name: "credentials of another kind",
            fragments: ["apps/keys", ".dockerconfigjson"],
            spec: ["secretRef": ["name": "keys"]],
            secret: ["username": "eA=="]
        ),
    ]

    @Test(arguments: cases)
    func theSecretIsNamedAndTheRegistryIsNotAsked(item: Case) async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create { for (key, value) in item.spec.map ?? [:] { $0[key] = value } }
        if let secret = item.secret { fixture.setSecret(secret) }
        #expect(try await fixture.reconcile() == .failed(atLeast: .zero))
        #expect(fixture.conditions == item.conditions)
        for fragment in item.fragments { #expect(fixture.message("Ready").contains(fragment)) }
        #expect(fixture.registry.count() == 0)
    }
}

/// Specs that only their author can mend.
struct InvalidSpecTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let field: String
        let value: Tree?
        var reason = "InvalidSpec"

        var testDescription: String {
            "\(field) \(value.map { String(decoding: $0.jsonBytes(), as: UTF8.self) } ?? "-")"
        }
    }

    static let cases: [Case] = [
        Case(field: "spec.url", value: "https://registry.test/acme/site", reason: "URLInvalid"),
        Case(field: "spec.url", value: "oci://", reason: "URLInvalid"),
        Case(field: "spec.url", value: "oci://registry.test/acme/site:v1", reason: "URLInvalid"),
        Case(field: "spec.url", value: "oci://registry.test/UPPER", reason: "URLInvalid"),
        Case(field: "spec.url", value: nil, reason: "URLInvalid"),
        Case(field: "spec.interval", value: "soon"),
        Case(field: "spec.interval", value: nil),
        Case(field: "spec.timeout", value: "1"),
        Case(field: "spec.ref.semver", value: "not a range"),
        Case(field: "spec.ref.digest", value: "sha256:abc"),
        Case(field: "spec.verify.provider", value: "pgp"),
        Case(field: "spec.provider", value: "nimbus"),
        Case(field: "spec.layerSelector.operation", value: "delete"),
    ]

    @Test(arguments: cases)
    func itStallsWithTheFieldNamedAndNobodyIsAsked(item: Case) async throws {
        let fixture = try SourceFixture()
        fixture.create { $0[path: item.field.split(separator: ".").dropFirst().map(String.init)] = item.value }
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.conditions == ["Ready=False/\(item.reason)", "Stalled=True/\(item.reason)"])
        #expect(fixture.message("Stalled").contains(item.field))
        #expect(fixture.message("Ready") == fixture.message("Stalled"))
        #expect(fixture.status["observedGeneration"]?.integer == 1)
        #expect(fixture.registry.count() == 0)
        _ = fixture.cluster.takeRequests()
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
    }

    @Test func aSpecThatIsMendedGoesOn() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create { $0["interval"] = "soon" }
        try await fixture.reconcile()
        fixture.changeSpec { $0["interval"] = "1m" }
        #expect(try await fixture.reconcile() == .again(after: .seconds(60)))
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.status["observedGeneration"]?.integer == 2)
    }

    @Test func whatIsStoredIsStillServedWhileTheSpecIsInvalid() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.create()
        try await fixture.reconcile()
        fixture.changeSpec { $0["ref"] = ["semver": "not a range"] }
        #expect(try await fixture.reconcile() == .settled)
        #expect(
            fixture.conditions == [
                "ArtifactInStorage=True/Succeeded", "Ready=False/InvalidSpec", "Stalled=True/InvalidSpec",
            ]
        )
        _ = try fixture.servedBytes()
    }
}
