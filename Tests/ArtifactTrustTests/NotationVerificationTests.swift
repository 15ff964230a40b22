import ArtifactTrust
import CoreModel
import ManifestTree
import NotationTrust
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

/// Signatures of the Notary Project as a repository holds them, and what verdicts say of them.
struct NotationVerificationTests {
    static func refusal(_ verdict: TrustVerdict) -> String {
        if case .refused(let reason) = verdict.outcome { reason } else { "not refused: \(verdict)" }
    }

    @Test(arguments: EnvelopeFormat.allCases)
    func aGoodSignatureIsVerified(format: EnvelopeFormat) async throws {
        let signer = try NotationTestSigner()
        var artifact = try NotationArtifact()
        try artifact.sign(signer, format)
        let verdict = try await artifact.verdict(signer.policy())
        #expect(verdict.isVerified, "\(verdict)")
        #expect(verdict.provider == "notation")
        #expect(verdict.description.contains("with the certificate of"), "\(verdict)")
        #expect(verdict.signatures.map(\.format) == [.notation])
        guard case .notation(let identity) = verdict.signatures[0].signer else {
            Issue.record("\(verdict.signatures)")
            return
        }
        #expect(identity.fingerprint == signer.chain[0].fingerprint)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let reason: String
        let why: String
        let build: @Sendable (NotationTestSigner) throws -> NotationArtifact
        var testDescription: String { why }
    }

    static func signed(
        _ signer: NotationTestSigner,
        _ change: (inout NotationArtifact.Plan) throws -> Void
    ) throws -> NotationArtifact {
        var artifact = try NotationArtifact()
        var plan = NotationArtifact.Plan()
        try change(&plan)
        try artifact.sign(signer, .jws, plan)
        return artifact
    }

    static func other() throws -> Descriptor {
        try Descriptor(mediaType: "application/vnd.oci.image.manifest.v1+json", of: Array("other".utf8))
    }

    static let rows = [
        Row(reason: "no signature of the Notary Project among its referrers", why: "nothing") { _ in
            try NotationArtifact()
        },
        Row(reason: "no signature of the Notary Project", why: "a referrer of another kind") {
            try signed($0) { $0.listed = { $0.artifactType = "application/spdx+json" } }
        },
        Row(reason: "no signature of the Notary Project", why: "a manifest that only the list calls a signature") {
            try signed($0) { $0.change = { $0.config.mediaType = "application/json" } }
        },
        Row(reason: "the subject of its manifest is not this revision", why: "a referrer with a wrong subject") {
            try signed($0) { $0.change = { $0.subject = try? other() } }
        },
        Row(reason: "the subject of its manifest is not this revision", why: "a referrer without a subject") {
            try signed($0) { $0.change = { $0.subject = nil } }
        },
        Row(reason: "it is a signature of sha256:", why: "a signature of something else, put here") {
            try signed($0) { $0.target = try other() }
        },
        Row(reason: "signs this digest as", why: "the right digest with another size") {
            try signed($0) { plan in
                var target = try NotationArtifact().subject
                target.size += 1
                plan.target = target
            }
        },
        Row(reason: "its manifest has 2 layers", why: "two envelopes in one manifest") {
            try signed($0) { $0.change = { $0.layers += $0.layers } }
        },
        Row(reason: "its manifest has 0 layers", why: "no envelope") {
            try signed($0) { $0.change = { $0.layers = [] } }
        },
        Row(reason: "of the unknown type \"application/jwt\"", why: "an unknown kind of envelope") {
            try signed($0) { $0.layerType = "application/jwt" }
        },
        Row(reason: "is not valid", why: "COSE where JWS is promised") { signer in
            var artifact = try NotationArtifact()
            try artifact.sign(signer, .cose, NotationArtifact.Plan(layerType: "application/jose+json"))
            return artifact
        },
        Row(reason: "its envelope is missing from the repository", why: "the envelope is gone") {
            var artifact = try signed($0) { _ in }
            artifact.blobs = [:]
            return artifact
        },
        Row(reason: "its envelope does not match its digest", why: "the envelope was replaced") {
            var artifact = try signed($0) { _ in }
            for key in artifact.blobs.keys { artifact.blobs[key]?[0] = 0x20 }
            return artifact
        },
        Row(reason: "is larger than 1048576", why: "an envelope beyond the limit") {
            try signed($0) { $0.change = { $0.layers[0].size = 1 << 21 } }
        },
        Row(reason: "its manifest is missing", why: "the list names a manifest that is gone") {
            var artifact = try signed($0) { _ in }
            for referrer in artifact.referrers { artifact.manifests[referrer.digest] = nil }
            return artifact
        },
        Row(reason: "its manifest cannot be read", why: "HTML in the manifest's place") {
            var artifact = try signed($0) { _ in }
            for referrer in artifact.referrers { artifact.manifests[referrer.digest] = Array("<html>".utf8) }
            return artifact
        },
        Row(reason: "which is not in the trust store ca:acme", why: "somebody else's signature") { _ in
            try signed(NotationTestSigner("mallory")) { _ in }
        },
    ]

    @Test(arguments: rows)
    func refuses(_ row: Row) async throws {
        let signer = try NotationTestSigner()
        let verdict = try await row.build(signer).verdict(signer.policy())
        #expect(Self.refusal(verdict).contains(row.reason), "\(verdict)")
    }

    @Test func theListMayLackTheType() async throws {
        let signer = try NotationTestSigner()
        for type in [nil, "", "application/vnd.oci.empty.v1+json"] {
            let artifact = try Self.signed(signer) { $0.listed = { $0.artifactType = type } }
            #expect(try await artifact.verdict(signer.policy()).isVerified, "\(type ?? "none")")
        }
    }

    @Test func aGoodSignatureBehindBadOnesCounts() async throws {
        let signer = try NotationTestSigner()
        var artifact = try NotationArtifact()
        try artifact.sign(NotationTestSigner("mallory"))
        try artifact.sign(signer, .jws, NotationArtifact.Plan(editEnvelope: { $0.dropLast() }))
        try artifact.sign(signer, .cose)
        let verdict = try await artifact.verdict(signer.policy())
        #expect(verdict.isVerified)
        #expect(verdict.signatures.map { $0.refusal == nil } == [false, false, true])
    }

    @Test func noMoreThanTheLimitAreExamined() async throws {
        let signer = try NotationTestSigner()
        let mallory = try NotationTestSigner("mallory")
        var artifact = try NotationArtifact()
        for _ in 0..<32 { try artifact.sign(mallory) }
        try artifact.sign(signer)
        let verdict = try await artifact.verdict(signer.policy())
        #expect(Self.refusal(verdict).contains("only the first 32 of 33 signatures were examined"), "\(verdict)")
    }

    @Test func theStatementIsTheOneOfTheRepository() async throws {
        let signer = try NotationTestSigner()
        var artifact = try NotationArtifact()
        try artifact.sign(signer)
        let narrow = try signer.policy(NotationTestSigner.document(scope: "registry.test/acme/app"))
        #expect(try await artifact.verdict(narrow, of: "registry.test/acme/app:v1").isVerified)
        let elsewhere = try await artifact.verdict(narrow, of: "registry.test/acme/other:v1")
        #expect(Self.refusal(elsewhere).contains("no statement of the trust policy is about the repository"))
    }

    /// What `spec.verify` asks for where it lets unverified artifacts pass.
    static func lenient() -> TrustRequirements {
        var requirements = TrustRequirements()
        requirements.allowsUnenforced = true
        return requirements
    }

    @Test func theLevelSkipAsksNobodyAndVerifiesNothing() async throws {
        let signer = try NotationTestSigner()
        let document = NotationTestSigner.document(level: ["level": "skip"])
        let source = NotationMemory(try NotationArtifact())
        let digest = try NotationArtifact().subject.digest
        let subject = TrustSubject(digest, reference: "registry.test/acme/app:v1", repository: nil, tag: "v1")
        let verifier = ArtifactVerifier(source: source)
        let verdict = try await verifier.verify(subject, policy: signer.policy(document, Self.lenient()), at: .test)
        guard case .notEnforced(let reason) = verdict.outcome else {
            Issue.record("\(verdict)")
            return
        }
        #expect(reason.contains("the trust policy 'acme' skips the verification of signatures"), "\(reason)")
        #expect(!verdict.isVerified && source.requests == 0)
        let strict = try signer.policy(document)
        let refused = try await verifier.verify(subject, policy: strict, at: .test)
        #expect(!Self.refusal(refused).hasPrefix("not refused"), "\(refused)")
    }

    @Test func whatAuditLetsPassIsNotVerified() async throws {
        let signer = try NotationTestSigner()
        let document = NotationTestSigner.document(level: ["level": "audit"])
        var artifact = try NotationArtifact()
        let policy = try signer.policy(document, Self.lenient())
        let unsigned = try await artifact.verdict(policy)
        #expect(Self.refusal(unsigned).contains("no signature of the Notary Project"), "\(unsigned)")
        try artifact.sign(NotationTestSigner("mallory"))
        let verdict = try await artifact.verdict(policy)
        guard case .notEnforced(let reason) = verdict.outcome else {
            Issue.record("\(verdict)")
            return
        }
        #expect(reason.contains("which is not in the trust store"), "\(reason)")
        try artifact.sign(signer)
        #expect(try await artifact.verdict(policy).isVerified, "a better one comes later")
    }

    @Test func whatThePolicyOnlyLogsIsTold() async throws {
        let signer = try NotationTestSigner()
        let document = NotationTestSigner.document(level: ["level": "permissive"])
        var artifact = try NotationArtifact()
        try artifact.sign(signer)
        let late = TrustContext(now: Timestamp(seconds: TestCertificate.end + 1))
        let subject = TrustSubject(
            artifact.subject.digest,
            reference: "registry.test/acme/app:v1",
            repository: nil,
            tag: "v1"
        )
        let source = NotationMemory(artifact)
        let verdict = try await ArtifactVerifier(source: source)
            .verify(subject, policy: signer.policy(document), at: late)
        #expect(verdict.isVerified)
        #expect(verdict.description.contains("has expired at"), "\(verdict)")
    }

    /// Per validation: what the statement asks, and what came of it.
    static let told: [(why: String, level: Tree, at: Int64, expected: [String])] = [
        (
            "all is well", ["level": "strict"], TrustContext.test.now.seconds,
            [
                "integrity enforce passed", "authenticity enforce passed", "authenticTimestamp enforce passed",
                "expiry enforce passed", "revocation enforce passed",
            ]
        ),
        (
            "expired, and that is logged", ["level": "permissive"], TestCertificate.end + 1,
            [
                "integrity enforce passed", "authenticity enforce passed", "authenticTimestamp log failed",
                "expiry log passed", "revocation log passed",
            ]
        ),
        (
            "expired", ["level": "strict", "override": ["revocation": "skip"]], TestCertificate.end + 1,
            [
                "integrity enforce passed", "authenticity enforce passed", "authenticTimestamp enforce failed",
                "expiry enforce passed", "revocation skip skipped",
            ]
        ),
        (
            "audited", ["level": "audit"], TrustContext.test.now.seconds,
            [
                "integrity enforce passed", "authenticity log passed", "authenticTimestamp log passed",
                "expiry log passed", "revocation log passed",
            ]
        ),
        (
            "not valid yet", ["level": "strict"], TestCertificate.start - 1,
            [
                "integrity enforce passed", "authenticity enforce passed", "authenticTimestamp enforce failed",
                "expiry enforce passed", "revocation enforce passed",
            ]
        ),
    ]

    static func lines(_ results: Tree?) -> [String] {
        (results?.list ?? []).map { result in
            ["type", "action", "outcome"].compactMap { result[$0]?.string }.joined(separator: " ")
        }
    }

    @Test(arguments: told)
    func eachValidationIsTold(why: String, level: Tree, at seconds: Int64, expected: [String]) async throws {
        let signer = try NotationTestSigner()
        var artifact = try NotationArtifact()
        try artifact.sign(signer)
        let policy = try signer.policy(NotationTestSigner.document(level: level))
        let subject = TrustSubject(
            artifact.subject.digest,
            reference: "registry.test/acme/app:v1",
            repository: nil,
            tag: "v1"
        )
        let verdict = try await ArtifactVerifier(source: NotationMemory(artifact))
            .verify(subject, policy: policy, at: TrustContext(now: Timestamp(seconds: seconds)))
        let checks = try #require(verdict.tree["signatures"]?.list?.first?["validations"]?.list?.first)
        #expect(Self.lines(checks["results"]) == expected, "\(why): \(verdict)")
        #expect(checks["statement"] == "acme")
        #expect(checks["level"] == level["level"])
        #expect(verdict.isVerified == !expected.contains { $0.hasSuffix("enforce failed") }, "\(why): \(verdict)")
        let reasons = (checks["results"]?.list ?? []).filter { $0["outcome"] == "failed" }.map {
            $0["reason"]?.string ?? ""
        }
        #expect(reasons.allSatisfy { !$0.isEmpty })
    }

    @Test func whatIsSkippedOrUnsoundIsToldToo() async throws {
        let signer = try NotationTestSigner()
        let document = NotationTestSigner.document(level: ["level": "skip"])
        let skipped = try await NotationArtifact().verdict(signer.policy(document, Self.lenient()))
        let authority = skipped.tree["policies"]?.list?.first?["authorities"]?.list?.first
        let all = ["integrity", "authenticity", "authenticTimestamp", "expiry", "revocation"]
        #expect(Self.lines(authority?["validations"]) == all.map { "\($0) skip skipped" })

        var artifact = try NotationArtifact()
        try artifact.sign(signer, .jws, NotationArtifact.Plan(editEnvelope: { $0.dropLast() }))
        let unsound = try await artifact.verdict(signer.policy())
        let checks = unsound.tree["signatures"]?.list?.first?["validations"]?.list?.first
        #expect(Self.lines(checks?["results"]) == ["integrity enforce failed"])
    }

    @Test func annotationsOfTheSignerAreHeldAgainstTheRule() async throws {
        let signer = try NotationTestSigner()
        let artifact = try Self.signed(signer) { $0.annotations = ["build": "7"] }
        for (wanted, isGood) in [("7", true), ("8", false)] {
            let rule = TrustRequirements(annotations: ["build": wanted])
            let policy = try signer.policy(NotationTestSigner.document(), rule)
            #expect(try await artifact.verdict(policy).isVerified == isGood)
        }
    }

    @Test func certificatesAndKeysVouchTogether() async throws {
        let first = try NotationTestSigner()
        let second = try NotationTestSigner("second")
        var artifact = try NotationArtifact()
        try artifact.sign(first)
        let rule = try TrustRule(
            name: "both",
            authorities: [first.authority(), second.authority()],
            threshold: 2
        )
        let policy = try TrustPolicy(rule)
        #expect(try await !artifact.verdict(policy).isVerified)
        try artifact.sign(first)
        #expect(try await !artifact.verdict(policy).isVerified, "the same signer again")
        try artifact.sign(second, .cose)
        #expect(try await artifact.verdict(policy).isVerified)
    }
}
