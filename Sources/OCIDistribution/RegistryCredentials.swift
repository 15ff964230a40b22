package import CoreModel
import SignatureCrypto

/// What we show a registry, or its token service.
package enum RegistryCredentials: Hashable, Sendable {
    case anonymous
    case basic(username: String, password: Redacted<String>)
    /// An OAuth2 refresh token, exchanged for bearer tokens.
    case identityToken(Redacted<String>)
    /// A bearer token that is sent as it is.
    case registryToken(Redacted<String>)

    package var isAnonymous: Bool { self == .anonymous }

    /// The value of a Basic `Authorization` header; nil for the other kinds.
    var basicAuthorization: String? {
        guard case .basic(let username, let password) = self else { return nil }
        return "Basic " + Base64.encode(Array("\(username):\(password.secret)".utf8))
    }

    /// A key under which tokens of these credentials may be kept, that tells nothing about them.
    var identity: String {
        get throws {
            let parts: [String] =
                switch self {
                case .anonymous: []
                case .basic(let username, let password): ["basic", username, password.secret]
                case .identityToken(let token): ["identity", token.secret]
                case .registryToken(let token): ["registry", token.secret]
                }
            // Lengths in front, so that no two lists of parts read the same.
            let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
            return parts.isEmpty ? "" : try Digest.of(Array(text.utf8)).hex
        }
    }
}

/// Where credentials come from: a pull secret, the user's Docker configuration, a flag.
package protocol CredentialSource: Sendable {
    /// The credentials for a repository; `anonymous` where there are none.
    /// - Throws: `RegistryError.invalidCredentials` when there are some that cannot be used.
    func credentials(for repository: Repository) async throws -> RegistryCredentials
}

/// No credentials for anyone.
package struct AnonymousAccess: CredentialSource {
    package init() {}
    package func credentials(for repository: Repository) -> RegistryCredentials { .anonymous }
}

/// The same credentials for every repository of one registry, and none for any other.
package struct FixedCredentials: CredentialSource {
    private let registry: String
    private let credentials: RegistryCredentials

    package init(_ credentials: RegistryCredentials, for registry: String) {
        self.credentials = credentials
        self.registry = Repository.canonicalRegistry(registry)
    }

    package func credentials(for repository: Repository) -> RegistryCredentials {
        repository.registry == registry ? credentials : .anonymous
    }
}
