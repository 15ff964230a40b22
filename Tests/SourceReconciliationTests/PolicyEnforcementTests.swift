import CoreModel
import HTTPExchange
import KubeModel
import ManifestTree
import SluiceAPI
import TestSupport
import Testing

@testable import ControllerRuntime
@testable import SourceReconciliation

/// Verification policies of the cluster and of namespaces, and what they do to the sources that they cover.
struct PolicyEnforcementTests {
    struct Scope: Sendable, CustomTestStringConvertible {
        let why: String
        var namespace: String?
        var repositories: [String]?
        let applies: Bool

        var testDescription: String { why }
    }

    static let scopes: [Scope] = [
        Scope(why: "the cluster's", applies: true),
        Scope(why: "the namespace's own", namespace: "apps", applies: true),
        Scope(why: "another namespace's", namespace: "other", applies: false),
        Scope(why: "about another registry", repositories: ["registry.test/**"], applies: false),
        Scope(why: "about another registry or this one", repositories: ["registry.test/**", "**"], applies: true),
        Scope(why: "of a namespace, about nothing here", namespace: "apps", repositories: ["a.test/b"], applies: false),
    ]

    @Test(arguments: scopes)
    func aPolicyAppliesWhereItSaysSo(scope: Scope) async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        fixture.setPolicy(
            SourceFixture.signed(by: SigningKeys.firstPublic),
            namespace: scope.namespace,
            repositories: scope.repositories
        )
        fixture.create()
        try await fixture.reconcile()
        guard scope.applies else {
            #expect(fixture.conditions == PublishTests.healthy)
            return
        }
        #expect(fixture.conditions == VerificationTests.refused)
        #expect(fixture.message("Ready").hasPrefix("failed to verify the signature using provider 'cosign': "))
        #expect(fixture.artifact == nil)
        #expect(fixture.registry.count(.get, "/blobs/\(pushed.layer)") == 0)
        try fixture.sign(pushed, by: SigningKeys.first)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
        #expect(fixture.status["observedTrustPolicy"]?.string?.isEmpty == false)
    }

    @Test func aNamespaceCanOnlyTighten() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.secondPublic), named: "own", namespace: "apps")
        fixture.createVerified(keys: [SigningKeys.secondPublic])
        try fixture.sign(pushed, by: SigningKeys.second)
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused, "the cluster's policy does not hold")
        fixture.cluster.delete(SourceFixture.policyPath("signed"))
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func aPolicyThatComesTakesTheWordVerifiedAwayAtOnce() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        let artifact = try #require(fixture.artifact)

        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.secondPublic))
        #expect(try fixture.tellPolicy() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.artifact == artifact, "it stays stored")
        #expect(fixture.status["observedTrustPolicy"] == nil)

        fixture.registry.failNext(nil, "/manifests/", status: 503, times: .max)
        fixture.cluster.delete(SourceFixture.policyPath("signed"))
        #expect(try fixture.tellPolicy() == [SourceFixture.key])
        try await fixture.reconcile()
        #expect(fixture.message("SourceVerified") != "", "nothing is verified before it was looked at again")
        #expect(ConditionList(fixture.status["conditions"])["SourceVerified"]?.status != .true)
        fixture.registry.behave()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    static let broken: [(why: String, spec: @Sendable (SourceFixture) -> Tree, namespace: String?, fragment: String)] =
        [
            ("no repositories", { _ in ["authorities": []] }, nil, "spec.repositories"),
            (
                "no list of repositories", { _ in ["repositories": "all", "authorities": []] }, "apps",
                "spec.repositories"
            ),
            (
                "a key that is none",
                {
                    [
                        "repositories": [.string($0.pattern)],
                        "authorities": [["name": "a", "cosign": ["keys": ["rubbish"]]]],
                    ]
                }, nil, "key"
            ),
            (
                "a Secret that is not there",
                {
                    [
                        "repositories": [.string($0.pattern)],
                        "authorities": [
                            ["name": "a", "cosign": ["secretRef": ["name": "gone", "namespace": "trust"]]]
                        ],
                    ]
                }, nil, "trust/gone, which does not exist"
            ),
        ]

    @Test(arguments: broken)
    func aPolicyThatCannotBeEnforcedLetsNothingPass(
        why: String,
        spec: @Sendable (SourceFixture) -> Tree,
        namespace: String?,
        fragment: String
    ) async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.putPolicy(spec(fixture), named: "broken", namespace: namespace)
        fixture.createVerified()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.refused, "\(why)")
        let message = fixture.message("Ready")
        #expect(message.contains("VerificationPolicy/") && message.contains("broken"))
        #expect(message.contains(fragment), "\(message)")
        #expect(fixture.registry.count() == 0, "nobody is asked")
    }

    @Test func nothingIsVerifiedBeforeThePoliciesAreKnown() async throws {
        let fixture = try SourceFixture()
        try fixture.sign(try fixture.push(["a.yaml": "a: 1"]), by: SigningKeys.first)
        fixture.createVerified()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)

        // As after a restart, with an API server that does not list policies.
        fixture.changeSpec { $0["timeout"] = "100ms" }
        fixture.forgetEverything()
        _ = fixture.cache.replace(with: try fixture.cluster.objects(of: "ocirepositories").map { try KubeObject($0) })
        _ = await SourceReconciler(fixture.context).reconcile(SourceFixture.key)
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
        #expect(fixture.message("Ready").contains("the verification policies of the cluster could not be listed"))

        try fixture.refreshPolicies()
        fixture.changeSpec { $0["timeout"] = "60s" }
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
    }

    @Test func policiesAndTheirSecretsCostNoRequests() async throws {
        let fixture = try SourceFixture()
        let pushed = try fixture.push(["a.yaml": "a: 1"])
        try fixture.sign(pushed, by: SigningKeys.first)
        fixture.setKeys([SigningKeys.firstPublic])
        let reference: Tree = ["name": "keys", "namespace": "apps"]
        fixture.setPolicy(["authorities": [["name": "a", "cosign": ["secretRef": reference]]]])
        fixture.followSecrets()
        fixture.create()
        try await fixture.reconcile()
        #expect(fixture.conditions == VerificationTests.verified)
        _ = fixture.cluster.takeRequests()
        let seen = fixture.registry.count()
        for _ in 0..<3 { try await fixture.reconcile() }
        #expect(fixture.cluster.takeRequests().map(\.line) == [])
        #expect(fixture.registryRequests(after: seen) == Array(repeating: "HEAD /v2/acme/site/manifests/v1", count: 3))

        fixture.setKeys([SigningKeys.secondPublic])
        #expect(try fixture.tellSecret() == [SourceFixture.key], "a Secret that a policy names wakes whom it covers")
        try await fixture.reconcile()
        #expect(fixture.conditions == ["ArtifactInStorage=True/Succeeded"] + VerificationTests.refused)
    }

    @Test func onlyWhatAPolicySaysWakesItsSources() async throws {
        let fixture = try SourceFixture()
        fixture.create()
        fixture.create(named: "other") { $0["url"] = "oci://elsewhere.test/site" }
        try fixture.refresh()
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic))
        #expect(try fixture.tellPolicy() == [SourceFixture.key], "it is new")
        fixture.cluster.change(SourceFixture.policyPath("signed")) { $0["status"] = ["sources": 1] }
        #expect(try fixture.tellPolicy() == [], "its status is no news")
        fixture.setPolicy(SourceFixture.signed(by: SigningKeys.firstPublic), repositories: ["elsewhere.test/*"])
        let other = ObjectKey(namespace: "apps", name: "other")
        #expect(try fixture.tellPolicy() == [other, SourceFixture.key], "whom it covered, and whom it covers")
        fixture.cluster.delete(SourceFixture.policyPath("signed"))
        #expect(try fixture.tellPolicy() == [other], "it is gone")
    }
}
