import CoreModel
import HTTPExchange
import OCIDistribution
import TestSupport
import Testing

@testable import RegistryLogin

@Suite struct AzureLoginTests {
    private static let application = ["AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "client-1"]

    private func refresh(_ fixture: LoginFixture) -> RegistryCredentials {
        .identityToken(Redacted(fixture.entra.with { $0.refresh(at: fixture.clock.now()) }))
    }

    @Test func exchangesAFederatedToken() async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["token": "federated-canary\n"])
        fixture.entra.with { $0.assertions = ["tenant-1/client-1": "federated-canary"] }
        let map = fixture.map()
        let environment = Self.application.merging(["AZURE_FEDERATED_TOKEN_FILE": "\(folder.path)/token"]) { $1 }
        #expect(try await fixture.credentials(.azure, environment, over: map) == refresh(fixture))
        #expect(
            map.addresses == [
                "POST https://login.microsoftonline.com:443/tenant-1/oauth2/v2.0/token",
                "POST https://acme.azurecr.io:443/oauth2/exchange",
            ]
        )
    }

    @Test func logsInWithAClientSecretBeforeAllElse() async throws {
        let fixture = try LoginFixture()
        fixture.entra.with { $0.secrets = ["tenant-1/client-1": "client secret/+canary"] }
        let more = ["AZURE_CLIENT_SECRET": "client secret/+canary", "AZURE_FEDERATED_TOKEN_FILE": "/nowhere"]
        let environment = Self.application.merging(more) { $1 }
        for registry in ["acme.azurecr.io", "acme.azurecr.cn", "acme.azurecr.us"] {
            #expect(try await fixture.credentials(.azure, environment, registry: registry) == refresh(fixture))
        }
        #expect(fixture.entra.with { $0.exchanges } == ["acme.azurecr.io", "acme.azurecr.cn", "acme.azurecr.us"])
    }

    @Test func usesTheMachinesIdentity() async throws {
        let fixture = try LoginFixture()
        fixture.entra.with { $0.machine = "client-1" }
        let map = fixture.map(metadata: fixture.entra.server)
        #expect(try await fixture.credentials(.azure, [:], over: map) == refresh(fixture))
        #expect(map.requests.first?.profile.ignoresEnvironmentProxy == true)
        let chosen = try await fixture.credentials(.azure, ["AZURE_CLIENT_ID": "client-1"])
        #expect(chosen == refresh(fixture))
        await #expect(throws: LoginError.self) {
            try await fixture.credentials(.azure, ["AZURE_CLIENT_ID": "client-2"])
        }
    }

    @Test func logsInAsAServiceAccountsApplication() async throws {
        let fixture = try LoginFixture()
        let accounts = FakeAccount()
        let audience = "api://AzureADTokenExchange"
        fixture.entra.with { $0.assertions = ["tenant-2/client-2": FakeAccount.token(audience)] }
        let account = accounts.account([
            "azure.workload.identity/tenant-id": "tenant-2", "azure.workload.identity/client-id": "client-2",
        ])
        let environment = Self.application.merging(["AZURE_CLIENT_SECRET": "the controller's"]) { $1 }
        #expect(try await fixture.credentials(.azure, environment, account: account) == refresh(fixture))
        #expect(accounts.audiences == [audience])
    }

    @Test(arguments: [
        ["azure.workload.identity/tenant-id": "t"], ["azure.workload.identity/client-id": "c"],
        ["azure.workload.identity/tenant-id": "../evil", "azure.workload.identity/client-id": "c"],
    ]) func wantsAnApplication(annotations: [String: String]) async throws {
        let fixture = try LoginFixture()
        let account = FakeAccount().account(annotations)
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.azure, [:], account: account)
        }
        #expect(error.code == .configuration && error.message.contains("azure.workload.identity/"), "\(error)")
    }

    @Test func findsTheAuthorityInTheEnvironment() async throws {
        let fixture = try LoginFixture()
        fixture.entra.with { $0.secrets = ["tenant-1/client-1": "s"] }
        let more = [
            "AZURE_CLIENT_SECRET": "s", "AZURE_AUTHORITY_HOST": "http://\(fixture.entra.server.authority)/",
        ]
        let map = fixture.map()
        let environment = Self.application.merging(more) { $1 }
        #expect(try await fixture.credentials(.azure, environment, over: map) == refresh(fixture))
        #expect(map.requests.first?.url.port == fixture.entra.server.port)
    }

    @Test func saysWhatIsMissingWhereNothingIsSetUp() async throws {
        let fixture = try LoginFixture()
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.azure, [:], over: fixture.map())
        }
        #expect(error.message.hasPrefix("There are no Azure credentials"), "\(error)")
        let half = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.azure, ["AZURE_CLIENT_SECRET": "s"], over: fixture.map())
        }
        #expect(half.code == .configuration && half.message.contains("AZURE_TENANT_ID"))
    }
}
