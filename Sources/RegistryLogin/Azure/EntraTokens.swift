import CoreModel
import HTTPExchange
import ManifestTree

/// Access tokens of Microsoft Entra ID for a workload, found where Azure's own tools find them, in their order: a
/// client secret, a federated token (workload identity), the host's managed identity.
struct EntraTokens: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment
    let registry: ACRRegistry

    /// A token for the process itself.
    /// - Throws: `LoginError`.
    func token() async throws -> Redacted<String> {
        if let secret = environment["AZURE_CLIENT_SECRET"] {
            return try await token(try application(besides: "AZURE_CLIENT_SECRET"), [("client_secret", secret)])
        }
        if let assertion = try environment.text(ofFileIn: "AZURE_FEDERATED_TOKEN_FILE") {
            let application = try application(besides: "AZURE_FEDERATED_TOKEN_FILE")
            return try await token(application, Self.assertion(assertion))
        }
        return try await ManagedIdentity(exchange: exchange, environment: environment).token(for: registry.resource)
    }

    /// A token for the application that a ServiceAccount names.
    /// - Throws: `LoginError`, and what the account's token source throws.
    func token(for account: LoginAccount) async throws -> Redacted<String> {
        let example = "00000000-0000-0000-0000-000000000000"
        let tenant = "azure.workload.identity/tenant-id"
        let client = "azure.workload.identity/client-id"
        let application = Application(
            tenant: try account.annotation(tenant, matching: "[A-Za-z0-9.-]{1,100}", like: example),
            client: try account.annotation(client, matching: "[A-Za-z0-9-]{1,100}", like: example)
        )
        let assertion = try await account.token("api://AzureADTokenExchange")
        return try await token(application, Self.assertion(assertion.secret))
    }

    private struct Application {
        let tenant: String
        let client: String
    }

    private func application(besides variable: String) throws -> Application {
        guard let tenant = environment["AZURE_TENANT_ID"], let client = environment["AZURE_CLIENT_ID"] else {
            throw LoginError(
                .configuration,
                "\(variable) is set without both AZURE_TENANT_ID and AZURE_CLIENT_ID; set them, or label the pod for "
                    + "Azure workload identity and replace it"
            )
        }
        return Application(tenant: tenant, client: client)
    }

    private static func assertion(_ token: String) -> [(String, String)] {
        [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", token),
        ]
    }

    /// OAuth 2.0 client credentials, as Microsoft's v2.0 endpoint takes them.
    private func token(_ application: Application, _ proof: [(String, String)]) async throws -> Redacted<String> {
        var url = try environment.endpoint("AZURE_AUTHORITY_HOST") ?? registry.authority
        let base = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        url.path = "\(base)/\(HTTPURL.percentEncode(application.tenant))/oauth2/v2.0/token"
        let call = LoginCall.form(
            "Microsoft Entra ID (\(url.authority))",
            to: url,
            [
                ("client_id", application.client), ("grant_type", "client_credentials"),
                ("scope", registry.resource + "/.default"),
            ] + proof
        )
        let answer = try await exchange.send(call.hiding(proof.map(\.1)))
        return try answer.token("access_token", in: answer.json())
    }
}

/// The identity of the machine or the app service that this runs on.
struct ManagedIdentity: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment

    /// - Throws: `LoginError`.
    func token(for resource: String) async throws -> Redacted<String> {
        let call = try call(resource)
        do {
            let answer = try await exchange.send(call)
            return try answer.token("access_token", in: answer.json())
        } catch let error as LoginError where error.code == .unreachable {
            throw LoginError(
                .unreachable,
                "There are no Azure credentials: neither AZURE_CLIENT_SECRET nor AZURE_FEDERATED_TOKEN_FILE is set, "
                    + "and no metadata service gives a managed identity; set up Azure workload identity",
                cause: error
            )
        }
    }

    private func call(_ resource: String) throws -> LoginCall {
        let client = environment["AZURE_CLIENT_ID"]
        func address(_ base: HTTPURL, _ version: String) -> HTTPURL {
            let url = base.adding("api-version", version).adding("resource", resource)
            return client.map { url.adding("client_id", $0) } ?? url
        }
        if let base = try environment.endpoint("IDENTITY_ENDPOINT"), let header = environment["IDENTITY_HEADER"] {
            let url = address(base, "2019-08-01")
            return LoginCall.local("The app's identity endpoint", .get, url, ["X-IDENTITY-HEADER": header])
                .hiding([header])
        }
        let host = HTTPURL(scheme: .http, host: "169.254.169.254")
        var base = try environment.endpoint("AZURE_POD_IDENTITY_AUTHORITY_HOST") ?? host
        base.path = "/metadata/identity/oauth2/token"
        let url = address(base, "2018-02-01")
        return LoginCall.local("The Azure metadata service", .get, url, ["Metadata": "true"])
    }
}
