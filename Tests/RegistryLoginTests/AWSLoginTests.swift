import CoreModel
import HTTPExchange
import OCIDistribution
import TestSupport
import Testing

@testable import RegistryLogin

@Suite struct AWSLoginTests {
    private static let role = "arn:aws:iam::123456789012:role/pull"
    private static let password = RegistryCredentials.basic(
        username: "AWS",
        password: Redacted("ecr-password-canary")
    )

    @Test func signsWithTheEnvironmentsKeys() async throws {
        let fixture = try LoginFixture()
        fixture.aws.with {
            $0.keys = [FakeAWS.Keys("AKIA1", "sec/ret+1"), FakeAWS.Keys("ASIA2", "sec/ret+2", "to/ken==")]
        }
        let plain = ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "sec/ret+1"]
        #expect(try await fixture.credentials(.aws, plain) == Self.password)
        let session = [
            "AWS_ACCESS_KEY_ID": "ASIA2", "AWS_SECRET_ACCESS_KEY": "sec/ret+2", "AWS_SESSION_TOKEN": "to/ken==",
        ]
        #expect(try await fixture.credentials(.aws, session) == Self.password)
        #expect(fixture.aws.with { $0.grants } == ["AKIA1 ecr eu-west-1", "ASIA2 ecr eu-west-1"])
    }

    @Test func assumesARoleByWebIdentity() async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["token": "irsa-token-canary\n"])
        fixture.aws.with { $0.roles = [Self.role: "irsa-token-canary"] }
        let map = fixture.map()
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder.path)/token", "AWS_ROLE_ARN": Self.role,
            "AWS_ROLE_SESSION_NAME": "ci-1",
        ]
        #expect(try await fixture.credentials(.aws, environment, over: map) == Self.password)
        #expect(
            map.addresses == [
                "POST https://sts.eu-west-1.amazonaws.com:443/", "POST https://api.ecr.eu-west-1.amazonaws.com:443/",
            ]
        )
        #expect(fixture.aws.with { $0.sessions } == ["\(Self.role) ci-1"])
        #expect(fixture.aws.with { $0.grants } == ["ASIASESSION ecr eu-west-1"])
        // The token is replaced on disk before it ends: the next login uses the new one.
        try folder.write("token", "second")
        fixture.aws.with { $0.roles = [Self.role: "second"] }
        #expect(try await fixture.credentials(.aws, environment) == Self.password)
    }

    @Test func logsInToOtherPartitionsAndToThePublicRegistry() async throws {
        let fixture = try LoginFixture()
        fixture.aws.with { $0.keys = [FakeAWS.Keys("A", "s")] }
        let environment = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"]
        for registry in ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "public.ecr.aws"] {
            #expect(try await fixture.credentials(.aws, environment, registry: registry) == Self.password)
        }
        #expect(fixture.aws.with { $0.grants } == ["A ecr cn-north-1", "A ecr-public us-east-1"])
    }

    /// The variables of an agent, where it is asked, why.
    static let agents: [(String, String, String)] = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials", "EKS Pod Identity"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v1/credentials", "ECS"),
    ]

    @Test(arguments: agents) func asksTheContainersAgent(variable: String, value: String, why: String) async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["token": "agent-token-canary"])
        fixture.aws.with { $0.agentToken = "agent-token-canary" }
        let map = fixture.map()
        let environment = [
            variable: value, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "\(folder.path)/token",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
        ]
        #expect(try await fixture.credentials(.aws, environment, over: map) == Self.password, "\(why)")
        #expect(fixture.aws.with { $0.grants } == ["ASIALOCAL ecr eu-west-1"])
        // A proxy must not see what the machine tells its own.
        #expect(map.requests.first?.profile.ignoresEnvironmentProxy == true)
    }

    @Test(arguments: ["http://agent.example/v1", "http://169.254.170.99/v1", "ftp://x", "http://127.evil.example/v1"])
    func asksNoAgentElsewhere(address: String) async throws {
        let fixture = try LoginFixture()
        let map = fixture.map()
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.aws, ["AWS_CONTAINER_CREDENTIALS_FULL_URI": address], over: map)
        }
        #expect(error.code == .configuration)
        #expect(map.requests.isEmpty)
    }

    @Test func usesTheInstancesRole() async throws {
        let fixture = try LoginFixture()
        fixture.aws.with { $0.instanceRole = "node-role" }
        let map = fixture.map(metadata: fixture.aws.server)
        #expect(try await fixture.credentials(.aws, [:], over: map) == Self.password)
        let metadata = "http://169.254.169.254:80/latest"
        #expect(
            map.addresses.prefix(3) == [
                "PUT \(metadata)/api/token", "GET \(metadata)/meta-data/iam/security-credentials/",
                "GET \(metadata)/meta-data/iam/security-credentials/node-role",
            ]
        )
    }

    @Test func saysWhatIsMissingWhereNothingIsSetUp() async throws {
        let fixture = try LoginFixture()
        for environment in [[:], ["AWS_EC2_METADATA_DISABLED": "true"]] {
            let error = try await #require(throws: LoginError.self) {
                try await fixture.credentials(.aws, environment, over: fixture.map())
            }
            #expect(error.message.hasPrefix("There are no AWS credentials"), "\(error)")
        }
    }

    @Test func logsInAsAServiceAccountsRole() async throws {
        let fixture = try LoginFixture()
        let accounts = FakeAccount()
        fixture.aws.with { $0.roles = [Self.role: FakeAccount.token("sts.amazonaws.com")] }
        let account = accounts.account(["eks.amazonaws.com/role-arn": Self.role])
        // The controller's own keys must not be used in its place.
        let environment = ["AWS_ACCESS_KEY_ID": "controller", "AWS_SECRET_ACCESS_KEY": "x"]
        #expect(try await fixture.credentials(.aws, environment, account: account) == Self.password)
        #expect(accounts.audiences == ["sts.amazonaws.com"])
        #expect(fixture.aws.with { $0.sessions } == ["\(Self.role) puller.apps.eu-west-1.fluxcd.io"])
    }

    /// Annotations that do not name a role.
    @Test(arguments: [nil, "", "pull", "arn:aws:iam::1:user/x", "x arn:aws:iam::1:role/x"])
    func wantsARole(value: String?) async throws {
        let fixture = try LoginFixture()
        let accounts = FakeAccount()
        let account = accounts.account(value.map { ["eks.amazonaws.com/role-arn": $0] } ?? [:])
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.aws, [:], account: account)
        }
        #expect(error.code == .configuration)
        #expect(error.message.contains("ServiceAccount apps/puller"))
        #expect(error.message.contains("eks.amazonaws.com/role-arn"))
        #expect(accounts.audiences.isEmpty)
    }

    @Test func findsEndpointsInTheEnvironment() async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["token": "t"])
        fixture.aws.with { $0.roles = [Self.role: "t"] }
        let address = "http://\(fixture.aws.server.authority)"
        let map = HostMap(fixture.map(), [:])
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder.path)/token", "AWS_ROLE_ARN": Self.role,
            "AWS_ENDPOINT_URL_STS": address, "AWS_ENDPOINT_URL_ECR": "\(address)/",
        ]
        #expect(try await fixture.credentials(.aws, environment, over: map) == Self.password)
        let open = environment.merging(["AWS_ENDPOINT_URL_STS": "http://sts.example"]) { $1 }
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.aws, open, over: map)
        }
        #expect(error.code == .configuration && error.message.contains("plain http"), "\(error)")
    }

    @Test func refusesAClockThatIsFarOff() async throws {
        let fixture = try LoginFixture()
        fixture.aws.with { $0.keys = [FakeAWS.Keys("A", "s")] }
        let login = CloudLogin(
            transport: fixture.map(),
            environment: LoginEnvironment(["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"]),
            clock: ManualClock(Timestamp(seconds: 1_000_000_000))
        )
        let error = try await #require(throws: LoginError.self) {
            try await login.credentials(for: LoginRequest(.aws, registry: fixture.ecr))
        }
        #expect(error.code == .refused && error.message.contains("Signature expired"), "\(error)")
    }
}
