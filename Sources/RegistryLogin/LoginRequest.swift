package import CoreModel
package import HTTPExchange

/// Who runs a registry and gives credentials for it, with Flux's names.
package enum CloudProvider: String, Hashable, Sendable, CaseIterable {
    case aws, azure, gcp
}

/// The Kubernetes ServiceAccount that a login stands for.
package struct LoginAccount: Sendable {
    package let namespace: String
    package let name: String
    /// Tells an account from another that had its name before.
    package let uid: String
    package let annotations: [String: String]
    /// Asks the cluster for a token of the account that is meant for the audience.
    package let token: @Sendable (_ audience: String) async throws -> Redacted<String>

    package init(
        namespace: String,
        name: String,
        uid: String,
        annotations: [String: String],
        token: @escaping @Sendable (_ audience: String) async throws -> Redacted<String>
    ) {
        (self.namespace, self.name, self.uid) = (namespace, name, uid)
        self.annotations = annotations
        self.token = token
    }

    /// As messages name it.
    var subject: String { "ServiceAccount \(namespace)/\(name)" }

    /// An annotation; nil where it is absent or empty.
    func annotation(_ key: String) -> String? { annotations[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// An annotation that has to be there, and to match.
    /// - Throws: `LoginError.configuration`.
    func annotation(_ key: String, matching pattern: String, like example: String) throws -> String {
        guard let value = annotation(key) else {
            throw LoginError(.configuration, "\(subject) has no annotation \(key); set it, for example to \(example)")
        }
        guard LinearPattern("^(?:\(pattern))$")?.isFound(in: value) == true else {
            throw LoginError(
                .configuration,
                "\(subject) has the annotation \(key) \"\(value.prefix(200))\"; it has to be like \(example)"
            )
        }
        return value
    }
}

/// What credentials are asked for, and as whom.
package struct LoginRequest: Sendable {
    package let provider: CloudProvider
    /// The registry's host, as references name it.
    package let registry: String
    /// Nil for the process's own identity.
    package let account: LoginAccount?
    /// The way to the token services; nil for the environment's.
    package let proxy: ProxySettings?
    /// For whom, in what is counted; it decides nothing.
    package var asker: LoginAsker?

    package init(
        _ provider: CloudProvider,
        registry: String,
        account: LoginAccount? = nil,
        proxy: ProxySettings? = nil
    ) {
        (self.provider, self.registry, self.account, self.proxy) = (provider, registry, account, proxy)
    }
}
