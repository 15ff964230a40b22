import CoreModel
import HTTPExchange

/// Finds keys for a workload where AWS's own tools do, in their order: the environment, a web identity (IRSA), the
/// container's agent (EKS Pod Identity, ECS), the instance.
struct AWSKeyChain: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment
    /// The registry decides region and partition.
    let registry: ECRRegistry

    /// The keys of the process itself.
    /// - Throws: `LoginError`.
    func keys() async throws -> AWSKeys {
        if let keys = try staticKeys() { return keys }
        if let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] {
            guard let role = environment["AWS_ROLE_ARN"] else {
                throw LoginError(
                    .configuration,
                    "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN; annotate the controller's "
                        + "ServiceAccount with eks.amazonaws.com/role-arn and replace the pod"
                )
            }
            let token = try LoginEnvironment.text(file, named: "The file \(file) of AWS_WEB_IDENTITY_TOKEN_FILE")
            let session = environment["AWS_ROLE_SESSION_NAME"] ?? "sluice"
            return try await sts().keys(role: role, session: session, token: Redacted(token))
        }
        if let keys = try await ContainerCredentials(exchange: exchange, environment: environment).keys() {
            return keys
        }
        return try await InstanceMetadata(exchange: exchange, environment: environment).keys()
    }

    /// The keys of a ServiceAccount's role.
    /// - Throws: `LoginError`, and what the account's token source throws.
    func keys(of account: LoginAccount) async throws -> AWSKeys {
        let role = try account.annotation(
            "eks.amazonaws.com/role-arn",
            matching: "arn:aws[a-z-]*:iam::[0-9]{1,30}:role/.{1,200}",
            like: "arn:aws:iam::111122223333:role/pull"
        )
        // As Flux names it, since trust policies and audit filters may speak of it; a session's name has 64 characters.
        let session = "\(account.name).\(account.namespace).\(registry.region).fluxcd.io".prefix(64)
        let token = try await account.token("sts.amazonaws.com")
        return try await sts().keys(role: role, session: String(session), token: token)
    }

    private func sts() throws -> SecurityTokenService {
        let endpoint = try environment.endpoint("AWS_ENDPOINT_URL_STS") ?? environment.endpoint("AWS_ENDPOINT_URL")
        return SecurityTokenService(exchange: exchange, endpoint: endpoint ?? registry.stsEndpoint)
    }

    private func staticKeys() throws -> AWSKeys? {
        switch (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]) {
        case (nil, nil): return nil
        case (let accessKey?, let secretKey?):
            return AWSKeys(
                accessKey: accessKey,
                secretKey: Redacted(secretKey),
                sessionToken: environment["AWS_SESSION_TOKEN"].map { Redacted($0) }
            )
        case (_?, nil), (nil, _?):
            throw LoginError(
                .configuration,
                "One of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set without the other; set both or neither"
            )
        }
    }
}
