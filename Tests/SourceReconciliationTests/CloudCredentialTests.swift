import ControllerRuntime
import CoreModel
import HTTPExchange
import ManifestTree
import TestSupport
import Testing

@testable import SourceReconciliation

/// Objects that log in to the registries of clouds: which identity counts, what arrives at the registry, and what the
/// status says when it does not work.
struct CloudCredentialTests {
    private static let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    private static let role = "arn:aws:iam::123456789012:role/pull"
    private static let healthy = ["ArtifactInStorage=True/Succeeded", "Ready=True/Succeeded"]
    private static let keys = ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "aws-secret-canary"]

    private let clock = ManualClock()
    private let aws: FakeAWS

    init() throws {
        aws = try FakeAWS(clock: clock)
        aws.with { $0.keys = [FakeAWS.Keys("AKIA1", "aws-secret-canary")] }
    }

    /// A registry of Amazon's with one artifact, for whoever shows the password that ECR gives.
    private func fixture(_ change: (inout SourceFixture.Surroundings) -> Void = { _ in }) throws -> SourceFixture {
        var surroundings = SourceFixture.Surroundings()
        surroundings.authentication = .basic(users: ["AWS": "ecr-password-canary", "me": "pull-secret-canary"])
        surroundings.registryName = Self.ecr
        surroundings.hosts = aws.hosts
        surroundings.environment = Self.keys
        surroundings.clock = clock
        change(&surroundings)
        let fixture = try SourceFixture(surroundings)
        try fixture.push(["a.yaml": "a: 1"])
        return fixture
    }

    private func create(_ fixture: SourceFixture, _ fields: [String: Tree], host: String = ecr) {
        fixture.create { spec in
            spec["url"] = .string("oci://\(host)/\(SourceFixture.repository)")
            spec["insecure"] = nil
            spec["provider"] = "aws"
            for (name, value) in fields { spec[name] = value }
        }
    }

    private static func account(_ fixture: SourceFixture, _ name: String, _ more: Tree = [:]) {
        var account = more
        account[path: ["metadata", "annotations"]] = ["eks.amazonaws.com/role-arn": .string(role)]
        fixture.cluster.put("/api/v1/namespaces/apps/serviceaccounts/\(name)", account)
    }

    private static func pullSecret(_ fixture: SourceFixture) {
        let config = #"{"auths":{"\#(ecr)":{"username":"me","password":"pull-secret-canary"}}}"#
        fixture.cluster.put(
            "/api/v1/namespaces/apps/secrets/pull",
            ["data": [".dockerconfigjson": .string(Base64.encode(Array(config.utf8)))]]
        )
    }

    /// Nothing secret is where people look.
    private func expectNoSecrets(_ fixture: SourceFixture) {
        for request in fixture.cluster.takeRequests() {
            #expect(!request.body.jsonString().contains("canary"), "\(request.line)")
        }
        #expect(!fixture.object.jsonString().contains("canary"))
    }

    @Test func logsInAsTheController() async throws {
        let fixture = try fixture()
        create(fixture, [:])
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy, "\(fixture.message("Ready"))")
        let shown = fixture.registry.requests(.get, "/blobs/").map { $0.headers["Authorization"] }
        #expect(shown.allSatisfy { $0 == "Basic " + Base64.encode(Array("AWS:ecr-password-canary".utf8)) })
        #expect(!shown.isEmpty)
        try await fixture.reconcile()
        #expect(aws.with { $0.grants }.count == 1, "the password is kept")
        expectNoSecrets(fixture)
    }

    /// The fields of the spec, whether the ServiceAccount has the pull secret, why no cloud is asked.
    static let pullSecrets: [([String: Tree], Bool, String)] = [
        (["secretRef": ["name": "pull"]], false, "a pull secret of the object"),
        (["serviceAccountName": "puller"], true, "a pull secret of its ServiceAccount"),
    ]

    @Test(arguments: pullSecrets)
    func aPullSecretComesFirst(fields: [String: Tree], isOfAccount: Bool, why: String) async throws {
        let fixture = try fixture { $0.allowsObjectIdentity = true }
        Self.pullSecret(fixture)
        Self.account(fixture, "puller", isOfAccount ? ["imagePullSecrets": [["name": "pull"]]] : [:])
        create(fixture, fields)
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy, "\(why): \(fixture.message("Ready"))")
        #expect(aws.server.requests.isEmpty, "\(why)")
        expectNoSecrets(fixture)
    }

    /// The object's account, the controller's default, the account that logs in.
    static let accounts: [(String?, String?, String)] = [
        ("puller", nil, "puller"), (nil, "standard", "standard"), ("puller", "standard", "puller"),
    ]

    @Test(arguments: accounts)
    func logsInAsTheObjectsAccount(named: String?, standard: String?, expected: String) async throws {
        let fixture = try fixture {
            $0.allowsObjectIdentity = true
            $0.defaultAccount = standard
        }
        Self.account(fixture, expected)
        aws.with { $0.roles = [Self.role: "token-of:apps/\(expected):sts.amazonaws.com"] }
        create(fixture, named.map { ["serviceAccountName": .string($0)] } ?? [:])
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy, "\(fixture.message("Ready"))")
        let tokens = fixture.cluster.takeRequests().filter { $0.path.hasSuffix("/token") }
        #expect(tokens.map(\.line) == ["POST /api/v1/namespaces/apps/serviceaccounts/\(expected)/token"])
        #expect(tokens.first?.body[path: ["spec", "audiences"]] == ["sts.amazonaws.com"])
        #expect(aws.with { $0.sessions } == ["\(Self.role) \(expected).apps.eu-west-1.fluxcd.io"])
    }

    @Test func anIdentityOfItsOwnNeedsTheGate() async throws {
        let fixture = try fixture { $0.defaultAccount = "standard" }
        Self.account(fixture, "puller")
        create(fixture, ["serviceAccountName": "puller"])
        #expect(try await fixture.reconcile() == .settled)
        #expect(fixture.conditions == ["Ready=False/FeatureGateDisabled", "Stalled=True/FeatureGateDisabled"])
        #expect(fixture.message("Stalled").contains("--feature-gates=ObjectLevelWorkloadIdentity=true"))
        #expect(aws.server.requests.isEmpty && fixture.registry.count() == 0)
        // Without an account of its own, the controller's identity is meant, whatever the default for others is.
        fixture.changeSpec { $0["serviceAccountName"] = nil }
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy, "\(fixture.message("Ready"))")
    }

    @Test func saysWhyALoginFailed() async throws {
        let fixture = try fixture { $0.allowsObjectIdentity = true }
        Self.account(fixture, "puller")
        create(fixture, ["serviceAccountName": "puller"])
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("FetchFailed=True/AuthenticationFailed"), "\(fixture.conditions)")
        let message = fixture.message("FetchFailed")
        #expect(message.contains("AWS STS (sts.eu-west-1.amazonaws.com) refused the login"), "\(message)")
        #expect(message.contains("AccessDenied"), "\(message)")
        #expect(fixture.registry.count() == 0, "nobody falls back to asking anonymously")
        expectNoSecrets(fixture)

        fixture.changeSpec { $0["serviceAccountName"] = "missing" }
        try await fixture.reconcile()
        #expect(fixture.message("FetchFailed").contains("apps/missing"), "\(fixture.message("FetchFailed"))")
    }

    @Test func theObjectsTrustIsNotThatOfTheLogin() async throws {
        let fixture = try fixture()
        create(fixture, ["insecure": true])
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("FetchFailed=True/AuthenticationFailed"), "\(fixture.conditions)")
        #expect(fixture.message("FetchFailed").contains("spec.insecure"))
        #expect(aws.server.requests.isEmpty && fixture.registry.count() == 0)
        // An authority of the object's own is for its registry alone.
        let authority = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
        fixture.cluster.put(
            "/api/v1/namespaces/apps/secrets/ca",
            ["data": ["ca.crt": .string(Base64.encode(Array(authority.utf8)))]]
        )
        fixture.changeSpec { spec in
            spec["insecure"] = nil
            spec["certSecretRef"] = ["name": "ca"]
        }
        try await fixture.reconcile()
        #expect(aws.with { $0.grants }.count == 1)
    }

    @Test func givesNothingToAnotherRegistry() async throws {
        let fixture = try fixture { $0.registryName = "ghcr.io" }
        create(fixture, [:], host: "ghcr.io")
        try await fixture.reconcile()
        #expect(fixture.conditions.contains("FetchFailed=True/AuthenticationFailed"), "\(fixture.conditions)")
        #expect(fixture.message("FetchFailed").contains("The registry 'ghcr.io' is none of the provider aws"))
        #expect(aws.server.requests.isEmpty && fixture.registry.count() == 0)
    }

    @Test func showsAzuresRefreshTokenToTheTokenServiceAlone() async throws {
        let entra = try FakeEntra(clock: clock)
        entra.with { $0.secrets = ["tenant/client": "client-secret-canary"] }
        let refresh = entra.with { $0.refresh(at: clock.now()) }
        let fixture = try fixture {
            $0.authentication = .token(users: ["any": refresh], realm: "https://acme.azurecr.io/token")
            $0.registryName = "acme.azurecr.io"
            $0.hosts = entra.hosts
            $0.environment = [
                "AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "client-secret-canary",
            ]
        }
        create(fixture, ["provider": "azure"], host: "acme.azurecr.io")
        try await fixture.reconcile()
        #expect(fixture.conditions == Self.healthy, "\(fixture.message("Ready"))")
        for request in fixture.registry.requests() where request.path != "/token" {
            #expect(request.headers["Authorization"]?.contains(refresh) != true)
        }
        #expect(fixture.registry.requests(.post, "/token").first?.text.contains("grant_type=refresh_token") == true)
        expectNoSecrets(fixture)
    }
}
