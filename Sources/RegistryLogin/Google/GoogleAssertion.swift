import CoreModel
import HTTPExchange
import ManifestTree
import SignatureCrypto

/// What a service account says of itself, to be signed with its key (RFC 7523).
struct GoogleAssertion: Sendable {
    private let claims: Tree

    init(email: String, endpoint: HTTPURL, now: Timestamp) {
        let issued = Int(now.seconds)
        claims = [
            "iss": .string(email), "aud": .string(endpoint.description),
            "scope": .string(GoogleToken.scopes.joined(separator: " ")),
            "iat": .number(Tree.Number(issued)), "exp": .number(Tree.Number(issued + 3600)),
        ]
    }

    /// - Throws: `LoginError.configuration` for a key that cannot be used.
    func signed(key: Redacted<String>, identifier: String?) throws -> Redacted<String> {
        do {
            return try WebToken.signed(claims, key: SigningKey(pem: key), identifier: identifier)
        } catch {
            throw LoginError(.configuration, "The private_key of the Google credentials cannot be used", cause: error)
        }
    }
}
