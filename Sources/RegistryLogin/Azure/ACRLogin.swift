import CoreModel
import HTTPExchange
import ManifestTree
import OCIDistribution

/// A refresh token for one of Azure's registries.
struct ACRLogin: RegistryLogin {
    private let exchange: LoginExchange
    private let environment: LoginEnvironment
    private let registry: ACRRegistry

    init(_ exchange: LoginExchange, _ environment: LoginEnvironment, _ registry: ACRRegistry) {
        (self.exchange, self.environment, self.registry) = (exchange, environment, registry)
    }

    /// A refresh token is for its registry alone.
    var scope: String { registry.host }

    func grant(_ account: LoginAccount?) async throws -> RegistryGrant {
        let entra = EntraTokens(exchange: exchange, environment: environment, registry: registry)
        let access = if let account { try await entra.token(for: account) } else { try await entra.token() }
        let call = LoginCall.form(
            "Azure registry \(registry.host)",
            to: registry.exchangeEndpoint,
            [("grant_type", "access_token"), ("service", registry.host), ("access_token", access.secret)]
        )
        let answer = try await exchange.send(call.hiding([access.secret]))
        let token = try answer.token("refresh_token", in: answer.json())
        guard let expires = WebToken.expiry(of: token.secret) else {
            throw answer.useless("has a refresh_token that does not tell when it ends")
        }
        return RegistryGrant(credentials: .identityToken(token), expires: expires)
    }
}
