import CoreModel
import HTTPExchange
import KubeClient
import KubeModel
import ManifestTree
import SignatureCrypto
import SluiceAPI
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

extension SourceFixture {
    /// The first list of the Secrets' watch.
    func followSecrets() {
        let secrets = cluster.objects(of: "secrets").compactMap { try? KubeObject($0) }
        _ = context.references.secrets.replace(with: secrets)
    }

    /// What the watch tells of a Secret that is there now, or that is not; gives whom that wakes.
    func tellSecret(_ path: String = secretPath) throws -> [ObjectKey] {
        let name = String(path.split(separator: "/").last ?? "")
        let secrets = context.references.secrets
        let change: CacheChange?
        if let object = cluster.object(path) {
            change = secrets.apply(.modified(try KubeObject(object)))
        } else {
            let gone = KubeObject(
                GroupVersionKind(group: "", version: "v1", kind: "Secret"),
                key: ObjectKey(namespace: "apps", name: name)
            )
            change = secrets.apply(.deleted(gone))
        }
        return change?.key.map { secrets.dependents(on: $0).sorted() } ?? []
    }
}

/// Secrets and ServiceAccounts that change while sources use them.
struct ReferenceTests {
    private static let read = "GET \(SourceFixture.secretPath)"

    private static func reads(_ fixture: SourceFixture) -> [String] {
        fixture.cluster.takeRequests().filter { !$0.isWrite }.map(\.line)
    }

    @Test func aSecretIsReadOnceAndAgainWhenItChanged() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        fixture.followSecrets()
        try await fixture.reconcile()
        #expect(Self.reads(fixture) == [Self.read])
        try await fixture.reconcile()
        #expect(Self.reads(fixture) == [])
        #expect(try fixture.tellSecret() == [], "what is known already is no news")

        fixture.setKeys([SigningKeys.firstPublic, SigningKeys.secondPublic])
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(Self.reads(fixture) == [Self.read])
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func aSecretThatAppearsWakesWhoeverMissesIt() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.followSecrets()
        fixture.create { $0["verify"] = ["provider": "cosign", "secretRef": ["name": "keys"]] }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused)
        fixture.setKeys([SigningKeys.firstPublic])
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func withoutAWatchEveryReconcileReads() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.createVerified()
        for _ in 0..<2 {
            try await fixture.reconcile()
            #expect(Self.reads(fixture) == [Self.read])
        }
        fixture.followSecrets()
        try await fixture.reconcile()
        #expect(Self.reads(fixture) == [])
        fixture.context.references.secrets.lose()
        try await fixture.reconcile()
        #expect(Self.reads(fixture) == [Self.read])
    }

    @Test func whatIsNoLongerNamedIsForgotten() async throws {
        let fixture = try SourceFixture()
        try fixture.push(["a.yaml": "a: 1"])
        fixture.setSecret(["ca.crt": .string(Base64.encode(Array("-----BEGIN CERTIFICATE-----".utf8)))])
        fixture.followSecrets()
        fixture.create { $0["certSecretRef"] = ["name": "keys"] }
        try await fixture.reconcile()
        #expect(fixture.context.references.secrets.count == 1)
        fixture.changeSpec { $0["certSecretRef"] = nil }
        try await fixture.reconcile()
        #expect(fixture.context.references.secrets.count == 0)
        #expect(try fixture.tellSecret() == [])
        fixture.changeSpec { $0["certSecretRef"] = ["name": "keys"] }
        try await fixture.reconcile()
        SourceReconciler(fixture.context).forget(SourceFixture.key)
        #expect(fixture.context.references.secrets.count == 0)
    }

    @Test func theSecretsOfAServiceAccountAreFollowedToo() async throws {
        let fixture = try SourceFixture(sign: .basic(users: ["reader": "right"]))
        try fixture.push(["a.yaml": "a: 1"])
        let account = "/api/v1/namespaces/apps/serviceaccounts/robot"
        fixture.cluster.put(account, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": [:]])
        fixture.followSecrets()
        fixture.create { $0["serviceAccountName"] = "robot" }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/ReadOperationFailed"))
        #expect(fixture.context.references.accounts.count == 1)

        fixture.cluster.change(account) { $0["imagePullSecrets"] = [["name": "keys"]] }
        try await fixture.reconcile()
        #expect(fixture.message("Ready").contains("apps/keys, which does not exist"))
        let basic = Base64.encode(Array("reader:right".utf8))
        let config = "{\"auths\":{\"\(fixture.registry.host)\":{\"auth\":\"\(basic)\"}}}"
        fixture.setSecret([".dockerconfigjson": .string(Base64.encode(Array(config.utf8)))])
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
    }

    @Test func rotatedCredentialsCountAtOnceAndLeaveOtherConnectionsAlone() async throws {
        let fixture = try SourceFixture(sign: .basic(users: ["reader": "new"]))
        try fixture.push(["a.yaml": "a: 1"])
        func rotate(to password: String) {
            let basic = Base64.encode(Array("reader:\(password)".utf8))
            let config = "{\"auths\":{\"\(fixture.registry.host)\":{\"auth\":\"\(basic)\"}}}"
            fixture.setSecret([".dockerconfigjson": .string(Base64.encode(Array(config.utf8)))])
        }
        rotate(to: "old")
        fixture.followSecrets()
        fixture.create { $0["secretRef"] = ["name": "keys"] }
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("Ready=False/ReadOperationFailed"))
        let connections = fixture.registry.server.connectionCount
        rotate(to: "new")
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == PublishTests.healthy)
        #expect(fixture.registry.server.connectionCount == connections)
    }

    /// What becomes of a stored artifact whose keys are no longer the ones that it was verified with.
    static let losses: [(why: String, lose: @Sendable (SourceFixture) -> Void, conditions: [String])] = [
        (
            "other keys, and a registry that does not answer",
            {
                $0.setKeys([SigningKeys.secondPublic])
                $0.registry.failNext(nil, "/manifests/", status: 503, times: .max)
            },
            [
                "FetchFailed=True/ReadOperationFailed", "Ready=False/ReadOperationFailed",
                "Reconciling=True/ProgressingWithRetry", "SourceVerified=Unknown/VerificationPending",
            ]
        ),
        ("a Secret without keys", { $0.setSecret(["other": "eA=="]) }, VerificationTests.refused),
        ("no Secret at all", { $0.cluster.delete(SourceFixture.secretPath) }, VerificationTests.refused),
    ]

    @Test(arguments: losses)
    func itIsNotPresentedAsVerified(
        why: String,
        lose: @Sendable (SourceFixture) -> Void,
        conditions: [String]
    ) async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.createVerified()
        fixture.followSecrets()
        try await fixture.reconcile()
        let artifact = try #require(fixture.artifact)
        lose(fixture)
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + conditions, "\(why)")
        #expect(fixture.status["observedTrustPolicy"] == nil)
        #expect(fixture.artifact == artifact, "it stays served")

        fixture.registry.behave()
        fixture.setKeys([SigningKeys.firstPublic])
        #expect(try fixture.tellSecret() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func aRegistryThatIsAwayDoesNotTouchTheVerdictOfTheSameKeys() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        fixture.registry.failNext(nil, "/manifests/", status: 503, times: .max)
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("SourceVerified=True/Succeeded"))
    }
}
