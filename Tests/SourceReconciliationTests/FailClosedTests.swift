import CoreModel
import HTTPExchange
import KubeModel
import ManifestTree
import SafeFiles
import SluiceAPI
import SystemPackage
import TestSupport
import Testing

@testable import SourceReconciliation

/// What a registry can do in place of answering who signed a revision.
struct UnansweredSignature: Sendable, CustomTestStringConvertible {
    let why: String
    /// What the message has to say.
    let fragment: String
    /// The condition that goes with it; the subject itself that cannot be had is no verdict on it.
    var condition = "SourceVerified=False/VerificationError"
    var isEndless = false
    let strike: @Sendable (ScriptedRegistry, ScriptedArtifact, _ payload: Digest) -> Void

    var testDescription: String { why }

    static let page = Array("<!DOCTYPE html><html><body>Sign in to continue</body></html>".utf8)

    /// What a login page, a captive portal or a proxy says to everything.
    static func html(_ registry: ScriptedRegistry, _ method: HTTPMethod?, _ part: String) {
        registry.breakNext(method, part) { _ in
            ScriptedReply(200, headers: ["Content-Type": "text/html; charset=utf-8"], body: page)
        }
    }

    static let all: [UnansweredSignature] = [
        UnansweredSignature(why: "HTML for the signature object", fragment: ".sig' cannot be read") { registry, _, _ in
            html(registry, nil, ".sig")
        },
        // As other clients do, a page is taken for a registry that keeps no such list.
        UnansweredSignature(why: "HTML for the list of referrers", fragment: "no Sigstore bundle among its referrers") {
            registry,
            artifact,
            _ in
            registry.remove(SourceFixture.repository, signature(of: artifact, registry))
            html(registry, nil, "/referrers/")
        },
        UnansweredSignature(why: "HTML for the signed payload", fragment: "does not match its digest") {
            registry,
            _,
            payload in html(registry, .get, "/blobs/\(payload)")
        },
        UnansweredSignature(
            why: "HTML for the revision itself",
            fragment: "The manifest",
            condition: "FetchFailed=True/ReadOperationFailed"
        ) { registry, _, _ in html(registry, nil, "/manifests/v1") },
        UnansweredSignature(
            why: "no referrers, and no such request",
            fragment: "no Sigstore bundle among its referrers"
        ) { registry, artifact, _ in
            registry.remove(SourceFixture.repository, signature(of: artifact, registry))
            registry.failNext(nil, "/referrers/", status: 404, times: .max)
        },
        UnansweredSignature(why: "405 to who asks for referrers", fragment: "referrers") { registry, artifact, _ in
            registry.remove(SourceFixture.repository, signature(of: artifact, registry))
            registry.failNext(nil, "/referrers/", status: 405, times: .max)
        },
        UnansweredSignature(why: "500 to who asks for referrers", fragment: "could not all be examined") {
            registry,
            artifact,
            _ in
            registry.remove(SourceFixture.repository, signature(of: artifact, registry))
            registry.failNext(nil, "/referrers/", status: 500, times: .max)
        },
        UnansweredSignature(why: "403 for the signature object", fragment: "could not all be examined") {
            registry,
            _,
            _ in registry.failNext(nil, ".sig", status: 403, times: .max)
        },
        UnansweredSignature(why: "500 for the signed payload", fragment: "could not all be examined") {
            registry,
            _,
            payload in registry.failNext(.get, "/blobs/\(payload)", status: 500, times: .max)
        },
        UnansweredSignature(why: "the signed payload is gone", fragment: "its payload is missing") {
            registry,
            _,
            payload in registry.remove(SourceFixture.repository, payload)
        },
        UnansweredSignature(
            why: "silence about the signature object",
            fragment: "The stage verify did not end within spec.timeout",
            isEndless: true
        ) { registry, _, _ in registry.breakNext(nil, ".sig") { $0.delivered(.silent) } },
        UnansweredSignature(
            why: "silence in the middle of the signed payload",
            fragment: "The stage verify did not end within spec.timeout",
            isEndless: true
        ) { registry, _, payload in
            registry.breakNext(.get, "/blobs/\(payload)") { $0.delivered(.hanging(after: 10)) }
        },
        UnansweredSignature(
            why: "silence about referrers",
            fragment: "The stage verify did not end within spec.timeout",
            isEndless: true
        ) { registry, artifact, _ in
            registry.remove(SourceFixture.repository, signature(of: artifact, registry))
            registry.breakNext(nil, "/referrers/") { $0.delivered(.silent) }
        },
    ]

    /// The digest of the object under cosign's tag.
    static func signature(of artifact: ScriptedArtifact, _ registry: ScriptedRegistry) -> Digest {
        registry.digest(SourceFixture.repository, "sha256-\(artifact.manifest.hex).sig") ?? artifact.manifest
    }
}

/// Whatever goes wrong on the way to a verdict, the revision is not taken, and the reason is told.
struct FailClosedTests {
    /// The digest of the payload that was signed last.
    static func payload(_ fixture: SourceFixture, _ artifact: ScriptedArtifact) throws -> Digest {
        let object = UnansweredSignature.signature(of: artifact, fixture.registry)
        let manifest = try JSONReader.parse(fixture.registry.manifest(SourceFixture.repository, object) ?? [])
        return try #require(manifest["layers"]?.list?.first?["digest"]?.string.flatMap { Digest($0) })
    }

    @Test(arguments: UnansweredSignature.all)
    func aFirstRevisionIsNotTaken(fault: UnansweredSignature) async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        fixture.changeSpec { $0["timeout"] = fault.isEndless ? "1s" : "60s" }
        fault.strike(fixture.registry, pushed, try Self.payload(fixture, pushed))
        try await fixture.reconcile()
        #expect(fixture.conditions.contains(fault.condition), "\(fixture.conditions)")
        #expect(fixture.message("Ready").contains(fault.fragment), "\(fixture.message("Ready"))")
        #expect(ConditionList(fixture.status["conditions"])["SourceVerified"]?.status != .true)
        #expect(fixture.status["observedTrustPolicy"] == nil)
        #expect(fixture.artifact == nil)
        #expect(try fixture.pooledNames() == [], "nothing of it was fetched")
    }

    @Test(arguments: UnansweredSignature.all)
    func theNextRevisionIsNotTakenAndTheVerifiedOneStays(fault: UnansweredSignature) async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "one"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let first = try #require(fixture.artifact)
        let second = try fixture.push(["a.yaml": "two"])
        try fixture.sign(second, by: SigningKeys.first)
        fixture.changeSpec { $0["timeout"] = fault.isEndless ? "1s" : "60s" }
        fault.strike(fixture.registry, second, try Self.payload(fixture, second))
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/\(fault.condition.split(separator: "/")[1])"))
        #expect(fixture.artifact == first)
    }

    // MARK: - Roots

    struct RootFault: Sendable, CustomTestStringConvertible {
        let why: String
        let fragments: [String]
        /// The file or folder that the controller was given; nil for none.
        let source: @Sendable (Directory) throws -> (any TrustedRootSource)?

        var testDescription: String { why }
    }

    static let roots: [RootFault] = [
        RootFault(why: "no root", fragments: ["there is no trusted root", "--sigstore-trusted-root"]) { _ in nil },
        RootFault(
            why: "a file that is not there",
            fragments: ["--sigstore-trusted-root", "root.json", "cannot be used"]
        ) { TrustedRootFile($0.path.appending("root.json")) },
        RootFault(why: "a folder in its place", fragments: ["--sigstore-trusted-root", "cannot be used"]) { folder in
            _ = try folder.directory("root.json", creating: true)
            return TrustedRootFile(folder.path.appending("root.json"))
        },
        RootFault(why: "a folder that is not there", fragments: ["--sigstore-trusted-root", "cannot be used"]) {
            TrustedRootFile($0.path.appending("none").appending("root.json"))
        },
        RootFault(why: "an empty file", fragments: ["--sigstore-trusted-root", "cannot be used"]) {
            try file($0, [])
        },
        RootFault(why: "garbage", fragments: ["--sigstore-trusted-root", "cannot be used"]) {
            try file($0, UnansweredSignature.page)
        },
        RootFault(why: "half of a root", fragments: ["--sigstore-trusted-root", "cannot be used"]) { folder in
            let bytes = try SigstoreMill().trustedRoot().jsonBytes()
            return try file(folder, Array(bytes.prefix(bytes.count / 2)))
        },
        RootFault(why: "a root without authorities", fragments: ["names no certificate authority"]) { folder in
            var root = try SigstoreMill().trustedRoot()
            root["certificateAuthorities"] = []
            return try file(folder, root.jsonBytes())
        },
        RootFault(why: "more than any root has", fragments: ["--sigstore-trusted-root", "cannot be used"]) {
            try file($0, [UInt8](repeating: 0x20, count: 5 << 20))
        },
        RootFault(why: "a repository without a root", fragments: ["--sigstore-tuf-root", "cannot be used"]) {
            TrustedRootRepository($0.path, at: .folder, clock: ManualClock())
        },
    ]

    static func file(_ folder: Directory, _ bytes: [UInt8]) throws -> TrustedRootFile {
        try folder.writeAtomically("root.json", bytes)
        return TrustedRootFile(folder.path.appending("root.json"))
    }

    /// A source whose signature is good under the root of the mill.
    static func keyless(at clock: ManualClock = ManualClock()) throws -> SourceFixture {
        var surroundings = SourceFixture.Surroundings()
        surroundings.clock = clock
        let fixture = try SourceFixture(surroundings)
        try fixture.attachBundle(by: try SigstoreMill(), to: try fixture.push(["a.yaml": "a: 1"]))
        fixture.create { $0["verify"] = ["matchOIDCIdentity": [KeylessSourceTests.release]] }
        return fixture
    }

    @Test(arguments: roots)
    func withoutARootThatCanBeReadNothingIsTaken(fault: RootFault) async throws {
        let folder = try TemporaryDirectory(in: Directory.open(FilePath("/tmp")))
        let fixture = try Self.keyless()
        fixture.trust(SharedTrustedRoot(try fault.source(folder.directory)))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        for fragment in fault.fragments {
            #expect(fixture.message("Ready").contains(fragment), "\(fixture.message("Ready"))")
        }
        #expect(fixture.artifact == nil)
        #expect(fixture.registry.count() == 0, "nobody is asked")
    }

    // MARK: - Clocks

    @Test func aClockThatIsBehindRefusesWhatIsProvenToBeOfTheFuture() async throws {
        let clock = ManualClock(Timestamp(seconds: SigstoreMill.time - 3_600))
        let fixture = try Self.keyless(at: clock)
        fixture.trust(SharedTrustedRoot(try HeldRoot(try SigstoreMill())))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.message("Ready").contains("by the clock of this machine; set that right"))
        clock.advance(by: .seconds(3_600))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")
    }

    @Test func aClockThatIsAheadFindsARepositoryExpired() async throws {
        let clock = ManualClock()
        let fixture = try Self.keyless(at: clock)
        let root = try SigstoreMill().trustedRoot().jsonBytes()
        let mill = try UpdateMill(targets: [TrustedRootSourceTests.name: root])
        var files = mill.files
        files["root.json"] = files["1.root.json"]
        let folder = try TrustedRootSourceTests.folder(files)
        let source = TrustedRootRepository(folder.directory.path, at: .folder, clock: clock)
        fixture.trust(SharedTrustedRoot(source))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified, "\(fixture.message("Ready"))")

        clock.advance(by: .seconds(365 * 86_400))
        #expect(await fixture.context.trustedRoot.refresh() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.message("Ready").contains("expired"), "\(fixture.message("Ready"))")
    }
}
