import CoreModel
import HTTPExchange
import ManifestTree
import OCIDistribution

/// A password for Amazon's registries (`GetAuthorizationToken`).
struct ECRLogin: RegistryLogin {
    private let exchange: LoginExchange
    private let environment: LoginEnvironment
    private let registry: ECRRegistry

    init(_ exchange: LoginExchange, _ environment: LoginEnvironment, _ registry: ECRRegistry) {
        (self.exchange, self.environment, self.registry) = (exchange, environment, registry)
    }

    /// One password opens every registry of the region that the identity may read.
    var scope: String { registry.tokenEndpoint.host }

    func grant(_ account: LoginAccount?) async throws -> RegistryGrant {
        let chain = AWSKeyChain(exchange: exchange, environment: environment, registry: registry)
        let keys = if let account { try await chain.keys(of: account) } else { try await chain.keys() }
        let call = try call(keys)
        let answer = try await exchange.send(call)
        let tree = try answer.json()["authorizationData"] ?? .null
        // A private registry's answer is a list, though it has had one element for years.
        guard let data = tree.list?.first ?? (tree.map == nil ? nil : tree) else {
            throw answer.useless("has no authorizationData")
        }
        let token = try answer.token("authorizationToken", in: data).secret
        guard let pair = Base64.decode(token).flatMap({ String(validating: $0, as: UTF8.self) }),
            let colon = pair.firstIndex(of: ":")
        else { throw answer.useless("has an authorizationToken that is not base64 of 'user:password'") }
        guard case .number(let seconds) = data["expiresAt"], seconds.double.isFinite,
            (0..<253_402_300_800).contains(seconds.double)
        else { throw answer.useless("has no expiresAt") }
        let password = Redacted(String(pair[pair.index(after: colon)...]))
        return RegistryGrant(
            credentials: .basic(username: String(pair[..<colon]), password: password),
            expires: Timestamp(seconds: Int64(seconds.double))
        )
    }

    private func call(_ keys: AWSKeys) throws -> LoginCall {
        let variable = registry.isPublic ? "AWS_ENDPOINT_URL_ECR_PUBLIC" : "AWS_ENDPOINT_URL_ECR"
        let given = try environment.endpoint(variable) ?? environment.endpoint("AWS_ENDPOINT_URL")
        let url = given ?? registry.tokenEndpoint
        let target = registry.isPublic ? "SpencerFrontendService" : "AmazonEC2ContainerRegistry_V20150921"
        let body = Array("{}".utf8)
        var request = HTTPRequest(.post, url, headers: ["Content-Type": "application/x-amz-json-1.1"])
        request.headers["X-Amz-Target"] = "\(target).GetAuthorizationToken"
        request.body = .bytes(body)
        let signature = SignatureV4(keys: keys, region: registry.region, service: registry.signingName)
        request = try signature.sign(request, body: body, at: exchange.clock.now())
        let service = "Amazon ECR (\(url.authority))"
        let secrets = [keys.secretKey.secret, keys.sessionToken?.secret ?? ""]
        return LoginCall(service: service, request: request, secrets: secrets)
    }
}
