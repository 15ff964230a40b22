import CoreModel
import HTTPExchange
import ManifestTree

/// Google's token service: an access token for a token of another identity provider (RFC 8693), and with that, where
/// one is named, an access token of a service account.
struct GoogleFederation: Sendable {
    let exchange: LoginExchange
    let tokenEndpoint: HTTPURL
    let audience: String
    let subjectType: String
    let impersonation: HTTPURL?
    /// Seconds that a service account's token is to last.
    var lifetime: Int64 = 3600

    /// - Throws: `LoginError`.
    func token(for subject: Redacted<String>) async throws -> GoogleToken {
        let call = LoginCall.form(
            "Google STS (\(tokenEndpoint.authority))",
            to: tokenEndpoint,
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("audience", audience),
                ("scope", GoogleToken.scopes.joined(separator: " ")),
                ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("subject_token_type", subjectType), ("subject_token", subject.secret),
            ]
        )
        let answer = try await exchange.send(call.hiding([subject.secret]))
        let federated = try GoogleToken(answer, now: exchange.clock.now())
        guard let impersonation else { return federated }
        return try await impersonate(impersonation, federated)
    }

    private func impersonate(_ url: HTTPURL, _ federated: GoogleToken) async throws -> GoogleToken {
        var request = HTTPRequest(.post, url, headers: ["Content-Type": "application/json"])
        request.headers["Authorization"] = "Bearer \(federated.value.secret)"
        let scopes = Tree.list(GoogleToken.scopes.map { .string($0) })
        let body: Tree = ["scope": scopes, "lifetime": .string("\(lifetime)s")]
        request.body = .bytes(body.jsonBytes())
        let call = LoginCall(service: "Google IAM (\(url.authority))", request: request)
        let answer = try await exchange.send(call.hiding([federated.value.secret]))
        let tree = try answer.json()
        guard let expires = tree["expireTime"]?.string.flatMap({ Timestamp($0) }) else {
            throw answer.useless("has no usable 'expireTime'")
        }
        return GoogleToken(value: try answer.token("accessToken", in: tree), expires: expires)
    }
}
