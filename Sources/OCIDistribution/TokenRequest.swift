import CoreModel
import HTTPExchange

/// How a token is asked for (Docker's token spec; with an identity token, its OAuth2 form).
struct TokenRequest: Sendable {
    let key: TokenKey
    let credentials: RegistryCredentials

    /// The realm with the query of a GET, or alone for a POST.
    var url: HTTPURL {
        if case .identityToken = credentials { return key.realm }
        var url = key.realm
        if let service = key.service { url = url.adding("service", service) }
        for scope in key.scopes { url = url.adding("scope", scope.description) }
        return url
    }

    var secrets: [String] {
        switch credentials {
        case .basic(_, let password): [password.secret]
        case .identityToken(let token), .registryToken(let token): [token.secret]
        case .anonymous: []
        }
    }

    func request(profile: ConnectionProfile) -> HTTPRequest {
        var request = HTTPRequest(.get, url, headers: ["Accept": "application/json"], profile: profile)
        if url.authority != key.endpoint.host {
            // The certificate and the expected name belong to the registry, not to its token service elsewhere.
            request.profile.tls.certificate = nil
            request.profile.tls.privateKey = nil
            request.profile.tls.serverName = nil
        }
        if case .identityToken(let token) = credentials {
            request.method = .post
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.body = .bytes(Array(form(token).utf8))
        } else {
            request.headers["Authorization"] = credentials.basicAuthorization
        }
        return request
    }

    private func form(_ token: Redacted<String>) -> String {
        var fields = [("grant_type", "refresh_token"), ("client_id", "sluice"), ("refresh_token", token.secret)]
        if let service = key.service { fields.append(("service", service)) }
        let scope = key.scopes.map(\.description).joined(separator: " ")
        if !scope.isEmpty { fields.append(("scope", scope)) }
        return fields.map { "\($0.0)=\(HTTPURL.percentEncode($0.1))" }.joined(separator: "&")
    }
}
