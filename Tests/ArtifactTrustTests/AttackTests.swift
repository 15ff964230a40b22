import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// What somebody who controls the registry, but not the key, may try; and what a key's owner may sign by mistake.
struct AttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let why: String
        let says: String
        let change: @Sendable (inout SignedRevision, SigningKey) throws -> Void
        var testDescription: String { why }

        init(
            _ why: String,
            says: String,
            _ change: @escaping @Sendable (inout SignedRevision, SigningKey) throws -> Void
        ) {
            self.why = why
            self.says = says
            self.change = change
        }
    }

    static func resigned(_ why: String, says: String, _ payload: @escaping @Sendable (SignedRevision) -> String)
        -> Attack
    {
        Attack(why, says: says) { revision, key in
            let text = payload(revision)
            revision.layers = []
            try revision.sign(text, by: key)
        }
    }

    static let registry: [Attack] = [
        Attack("payload swapped, digest kept", says: "does not match its digest") { revision, _ in
            revision.blobs[revision.layers[0].digest] = Array(revision.payload(reference: "evil.test/x").utf8)
        },
        Attack("payload of the right length with one byte changed", says: "does not match its digest") { revision, _ in
            revision.blobs[revision.layers[0].digest]?[20] ^= 1
        },
        Attack("payload longer than it says", says: "does not match its digest") { revision, _ in
            revision.layers[0].size -= 1
        },
        Attack("payload swapped, descriptor too", says: "not made by any key of the policy (cosign.pub)") {
            revision,
            _ in
            let annotations = revision.layers[0].annotations
            revision.layers = []
            try revision.append(Array(revision.payload(reference: "evil.test/x").utf8), annotations: annotations)
        },
        Attack("signed by another key", says: "not made by any key") { revision, _ in
            revision.layers = []
            try revision.sign(revision.payload(), by: TestKeys.second())
        },
        resigned("a good signature of another digest", says: "it is a signature of \"sha256:0000") {
            $0.payload(digest: "sha256:" + String(repeating: "0", count: 64))
        },
        resigned("this digest in upper case", says: "not of this revision") {
            $0.payload(digest: "sha256:" + $0.resolved.digest.hex.uppercased())
        },
        resigned("this digest without its algorithm", says: "not of this revision") {
            $0.payload(digest: $0.resolved.digest.hex)
        },
        resigned("no digest", says: "not of this revision") { $0.payload(digest: "") },
        Attack("payload missing", says: "payload is missing") { revision, _ in revision.blobs = [:] },
        Attack("payload that the registry client found false", says: "does not match its digest") { revision, _ in
            revision.failures[revision.layers[0].digest] = RegistryError(.digestMismatch, "The blob is false")
        },
        Attack("payload too large", says: "is larger than 1048576") { revision, key in
            revision.layers = []
            try revision.sign(revision.payload() + String(repeating: " ", count: 1 << 20), by: key)
        },
        Attack("an index in place of the manifest", says: "is an index") { revision, _ in
            revision.answer = .document(.index(ImageIndex(manifests: revision.layers)))
        },
        Attack("a signature object that is no manifest", says: "cannot be read") { revision, _ in
            revision.answer = .failure(RegistryError(.invalidManifest, "The manifest is not valid JSON"))
        },
        Attack("no layers", says: "none of the 0 layers") { revision, _ in revision.layers = [] },
        Attack("another media type", says: "none of the 1 layers") { revision, _ in
            revision.layers[0].mediaType = "application/vnd.oci.image.layer.v1.tar"
        },
        Attack("no annotation", says: "has no annotation") { revision, _ in revision.layers[0].annotations = [:] },
        Attack("annotation that is not base64", says: "is not base64") { revision, _ in
            revision.layers[0].annotations[SignedRevision.signatureKey] = "*not base64*"
        },
        Attack("annotation empty", says: "is not base64") { revision, _ in
            revision.layers[0].annotations[SignedRevision.signatureKey] = ""
        },
        Attack("signature of no bytes but a bracket", says: "not made by any key") { revision, _ in
            revision.replaceSignature { _ in [0x30, 0x00] }
        },
        Attack("signature with a byte after it", says: "not made by any key") { revision, _ in
            revision.replaceSignature { $0 + [0] }
        },
        Attack("signature cut short", says: "not made by any key") { revision, _ in
            revision.replaceSignature { Array($0.dropLast()) }
        },
        Attack("signature with its length in the long form", says: "not made by any key") { revision, _ in
            revision.replaceSignature { [0x30, 0x81] + $0.dropFirst() }
        },
        Attack("signature of zeros", says: "not made by any key") { revision, _ in
            revision.replaceSignature { _ in [0x30, 6, 2, 1, 0, 2, 1, 0] }
        },
        Attack("a hundred different faults", says: "and 95 more") { revision, _ in
            revision.layers = Array(repeating: revision.layers[0], count: 100)
            revision.blobs = [:]
        },
    ]

    static let payloads: [Attack] = [
        resigned("type of another tool", says: "critical.type is \"atomic container signature\"") {
            $0.payload(type: "atomic container signature")
        },
        resigned("type that fills a message", says: "…, not \"cosign container image signature\"") {
            $0.payload(type: String(repeating: "x", count: 4_000))
        },
        resigned("type with a terminal's escape", says: "\\u{1B}") { $0.payload(type: "\\u001b[2J") },
        resigned("digest set twice", says: "is set twice") {
            $0.payload().replacing(
                "\"docker-manifest-digest\"",
                with: "\"docker-manifest-digest\":\"sha256:0\",\"docker-manifest-digest\""
            )
        },
        resigned("critical set twice", says: "is set twice") { "{\"critical\":{}," + $0.payload().dropFirst() },
        resigned("a key set twice by an escape", says: "is set twice") {
            $0.payload().replacing("\"type\"", with: "\"typ\\u0065\":\"x\",\"type\"")
        },
        resigned("an unknown critical member", says: "critical has the unknown member \"expires\"") {
            $0.payload().replacing("\"type\"", with: "\"expires\":1,\"type\"")
        },
        resigned("names that only differ in case, which Go takes", says: "unknown member \"Critical\"") {
            "{\"Critical\":{}," + $0.payload().dropFirst()
        },
        resigned("no type", says: "critical has no type") {
            $0.payload().replacing(",\"type\":\"cosign container image signature\"", with: "")
        },
        resigned("a type that is a list", says: "critical.type is not a string") {
            $0.payload().replacing("\"cosign container image signature\"", with: "[]")
        },
        resigned("a list", says: "the payload is not a map") { _ in "[]" },
        resigned("critical is null", says: "critical is not a map") { _ in "{\"critical\":null}" },
        resigned("nothing", says: "payload is not valid") { _ in "" },
        resigned("two documents", says: "payload is not valid") { $0.payload() + $0.payload() },
        resigned("a comment", says: "payload is not valid") { $0.payload() + "// checked" },
        resigned("a depth bomb", says: "payload is not valid") { _ in String(repeating: "[", count: 500_000) },
        resigned("a depth bomb in optional", says: "payload is not valid") {
            $0.payload().replacing(
                "\"a test\"",
                with: String(repeating: "[", count: 9_000) + String(repeating: "]", count: 9_000)
            )
        },
        Attack("bytes that are no UTF-8", says: "payload is not valid") { revision, key in
            let bytes = Array(revision.payload().replacing("a test", with: "@").utf8)
            revision.layers = []
            try revision.sign(bytes.map { $0 == UInt8(ascii: "@") ? 0xFF : $0 }, by: key)
        },
    ]

    @Test(arguments: registry + payloads)
    func isRefused(attack: Attack) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        try attack.change(&revision, key)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(!verdict.isVerified)
        #expect(VerifiedRevision(verdict) == nil)
        #expect(verdict.description.contains(attack.says), "\(verdict)")
        #expect(verdict.authorities.map(\.isSatisfied) == [false])
        #expect(verdict.description.utf8.count < 1_500, "a condition must hold it")
        #expect(!verdict.description.contains("\u{1B}"))
    }

    /// The same faults must not keep the good signature behind them from counting.
    @Test(arguments: registry.filter { $0.says.contains("not made") || $0.says.contains("digest") } + payloads)
    func doesNotHideAGoodSignature(attack: Attack) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        try attack.change(&revision, key)
        // A payload of its own, so that its blob is not the one that the attack replaced.
        try revision.sign(revision.payload(reference: "registry.test/acme/good"), by: key)
        let verdict = try await revision.verdict(policy(("cosign.pub", key)))
        #expect(verdict.outcome == .verified(by: "cosign.pub"), "\(verdict)")
        #expect(verdict.signatures.last?.claimedReference == "registry.test/acme/good")
    }

    static let emptyOptional: [(String, String)] = [
        ("none, as `cosign generate` of old", ""), ("null, as Go writes an empty map", ",\"optional\":null"),
        ("empty", ",\"optional\":{}"),
    ]

    @Test(arguments: emptyOptional)
    func optionalMayBeAbsent(why: String, optional: String) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision()
        try revision.sign(
            revision.payload().replacing(",\"optional\":{\"creator\":\"a test\"}", with: optional),
            by: key
        )
        #expect(try await revision.verdict(policy(("cosign.pub", key))).isVerified, "\(why)")
    }
}

/// A registry that does not answer is never a verdict.
struct UndecidedTests {
    static let failures: [(String, RegistryError.Code, FailureKind)] = [
        ("the registry is down", .unavailable, .transient),
        ("the registry does not know us", .unauthorized, .transient),
        ("too many requests", .rateLimited, .transient),
        ("no answer", .unreachable, .transient),
        ("too slow", .timeout, .transient),
        ("credentials that cannot work are mended in a Secret", .invalidCredentials, .transient),
        ("stopped on purpose", .cancelled, .cancelled),
    ]

    @Test(arguments: failures)
    func throwsWhereTheManifestIsNotGiven(why: String, code: RegistryError.Code, kind: FailureKind) async throws {
        var revision = try SignedRevision()
        revision.answer = .failure(RegistryError(code, "The registry failed"))
        let held = revision
        let error = try await #require(throws: TrustError.self, "\(why)") {
            try await held.verdict(policy(("cosign.pub", TestKeys.first())))
        }
        #expect(error.code == .undecided)
        #expect(error.kind == kind)
        #expect(error.description.hasSuffix("The registry failed"))
    }

    @Test(arguments: failures)
    func throwsWhereAPayloadIsNotGiven(why: String, code: RegistryError.Code, kind: FailureKind) async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        revision.failures[revision.layers[0].digest] = RegistryError(code, "The registry failed")
        let held = revision
        let error = try await #require(throws: TrustError.self, "\(why)") {
            try await held.verdict(policy(("cosign.pub", key)))
        }
        #expect(error.kind == kind)
    }

    @Test func aGoodSignatureElsewhereStillDecides() async throws {
        let key = try TestKeys.first()
        var revision = try SignedRevision.signed(by: key)
        revision.failures[revision.layers[0].digest] = RegistryError(.unavailable, "The registry failed")
        try revision.sign(revision.payload(reference: "registry.test/acme/good"), by: key)
        #expect(try await revision.verdict(policy(("cosign.pub", key))).isVerified)
    }

    @Test func aCancelledTaskGetsNoVerdict() async throws {
        let key = try TestKeys.first()
        let revision = try SignedRevision.signed(by: key)
        let cosign = try policy(("cosign.pub", key))
        let error = await #expect(throws: TrustError.self) {
            try await withThrowingTaskGroup(of: TrustVerdict.self) { group in
                group.cancelAll()
                group.addTask { try await revision.verdict(cosign) }
                for try await _ in group {}
            }
        }
        #expect(error?.kind == .cancelled)
    }
}
