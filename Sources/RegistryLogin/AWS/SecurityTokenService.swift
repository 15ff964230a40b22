import CoreModel
import HTTPExchange

/// AWS STS: keys of a role for a token of another identity provider.
struct SecurityTokenService: Sendable {
    let exchange: LoginExchange
    let endpoint: HTTPURL

    /// Calls `AssumeRoleWithWebIdentity`, which the token authorizes by itself: nothing is signed.
    /// - Throws: `LoginError`.
    func keys(role: String, session: String, token: Redacted<String>) async throws -> AWSKeys {
        let call = LoginCall.form(
            "AWS STS (\(endpoint.authority))",
            to: endpoint,
            [
                ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
                ("RoleSessionName", session), ("WebIdentityToken", token.secret),
            ]
        )
        let answer = try await exchange.send(call.hiding([token.secret]))
        // The query protocol answers in XML, whatever is asked for.
        let text = String(decoding: answer.body, as: UTF8.self)
        guard let credentials = XMLText.content(of: "Credentials", in: text) else {
            throw answer.useless("has no Credentials")
        }
        func part(_ name: String) throws -> String {
            guard let part = XMLText.element(name, in: credentials), !part.isEmpty else {
                throw answer.useless("has no \(name)")
            }
            return part
        }
        return AWSKeys(
            accessKey: try part("AccessKeyId"),
            secretKey: Redacted(try part("SecretAccessKey")),
            sessionToken: Redacted(try part("SessionToken"))
        )
    }
}
