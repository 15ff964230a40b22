import CoreModel
import HTTPExchange

/// The agent beside a container: EKS Pod Identity and ECS.
struct ContainerCredentials: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment

    /// Hosts that may be asked by plain HTTP besides this machine: the agents' own addresses.
    private static let agents: Set<String> = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    /// Nil where no agent is announced.
    /// - Throws: `LoginError`.
    func keys() async throws -> AWSKeys? {
        guard let url = try address() else { return nil }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        let file = try environment.text(ofFileIn: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        let token = file ?? environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        headers["Authorization"] = token
        var call = LoginCall.local("The AWS container agent (\(url.authority))", .get, url, headers)
        call.isLocal = url.scheme == .http
        return try AWSKeys(try await exchange.send(call.hiding([token ?? ""])))
    }

    private func address() throws -> HTTPURL? {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            guard path.hasPrefix("/"), let url = HTTPURL("http://169.254.170.2\(path)") else {
                throw LoginError(
                    .configuration,
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path; correct or unset it"
                )
            }
            return url
        }
        guard let text = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else { return nil }
        guard let url = HTTPURL(text), url.scheme == .https || url.isLoopback || Self.agents.contains(url.host) else {
            throw LoginError(
                .configuration,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither an https URL nor an agent's address on this machine; "
                    + "correct or unset it"
            )
        }
        return url
    }
}
