import CoreModel
import HTTPExchange
import KubeModel
import ManifestTree
import OCIDistribution
package import RegistryLogin
import SluiceAPI

/// How sources log in to the registries of clouds.
package struct CloudAccess: Sendable {
    package let login: CloudLogin
    /// Flux's gate `ObjectLevelWorkloadIdentity`: objects may name the ServiceAccount that they log in as.
    package var allowsObjectIdentity: Bool
    /// The ServiceAccount, in the object's own namespace, of objects that name none; nil for the controller's own
    /// identity. It counts only where objects may have one at all.
    package var defaultAccount: String?

    package init(login: CloudLogin, allowsObjectIdentity: Bool = false, defaultAccount: String? = nil) {
        self.login = login
        self.allowsObjectIdentity = allowsObjectIdentity
        self.defaultAccount = defaultAccount
    }

    /// Refuses a spec that wants an identity which this controller does not give.
    /// - Throws: `FeatureGateDisabled`.
    func check(_ spec: OCIRepository.Spec) throws {
        guard spec.provider.cloud != nil, spec.serviceAccountName != nil, !allowsObjectIdentity else { return }
        throw FeatureGateDisabled(
            message: "spec.serviceAccountName with the provider \(spec.provider.rawValue) wants a login as that "
                + "ServiceAccount, which is switched off; start the controller with "
                + "--feature-gates=ObjectLevelWorkloadIdentity=true, or remove the field"
        )
    }

    /// The account that a source logs in as.
    func accountName(_ spec: OCIRepository.Spec) -> String? {
        guard allowsObjectIdentity else { return nil }
        return spec.serviceAccountName ?? defaultAccount.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// An object uses what the controller was not told to allow. Only another start of it, or another spec, mends that.
struct FeatureGateDisabled: ModuleError {
    let message: String
    var cause: (any Error)? { nil }
    var kind: FailureKind { .terminal }
}

extension OCIRepository.Provider {
    /// Nil for `generic`.
    var cloud: CloudProvider? {
        switch self {
        case .generic: nil
        case .aws: .aws
        case .azure: .azure
        case .gcp: .gcp
        }
    }
}

/// A source's way into its registry, in the order that Flux keeps: pull secrets, and only without any the cloud.
struct SourceCredentials: Sendable {
    let spec: OCIRepository.Spec
    let key: ObjectKey
    let repository: Repository
    let secrets: SecretReader
    let cloud: CloudAccess

    /// - Throws: `SecretError`, `KubeError`, `RegistryError` and `LoginError` for what is missing or refused.
    func read(through proxy: ProxySettings?) async throws -> any CredentialSource {
        var configurations: [DockerConfig] = []
        if let name = spec.secretName {
            let secret = try await secrets.secret(name, namespace: key.namespace, field: "spec.secretRef")
            configurations.append(try Self.dockerConfig(secret))
        }
        var account: KubeObject?
        if let name = spec.serviceAccountName {
            let found = try await secrets.account(name, namespace: key.namespace, field: "spec.serviceAccountName")
            account = found
            for secret in (found.tree["imagePullSecrets"]?.list ?? []).compactMap({ $0["name"]?.string }) {
                let field = "An imagePullSecret of ServiceAccount \(name)"
                let values = try await secrets.secret(secret, namespace: key.namespace, field: field)
                configurations.append(try Self.dockerConfig(values))
            }
        }
        guard configurations.isEmpty, let provider = spec.provider.cloud else {
            return CredentialChain(sources: configurations)
        }
        guard !spec.isInsecure else {
            throw SecretError(
                "spec.insecure would show the login of the provider \(provider.rawValue) to whoever answers under the "
                    + "registry's name; remove it, since the registries of clouds have certificates"
            )
        }
        if let name = cloud.accountName(spec), account == nil {
            account = try await secrets.account(name, namespace: key.namespace, field: "--default-service-account")
        }
        var request = LoginRequest(
            provider,
            registry: repository.registry,
            account: cloud.allowsObjectIdentity ? account.map(secrets.loginAccount) : nil,
            proxy: proxy
        )
        request.asker = LoginAsker(kind: OCIRepository.kind, namespace: key.namespace, name: key.name)
        // Asked for now, so that a login that fails is told as one.
        return FixedCredentials(try await cloud.login.credentials(for: request), for: repository.registry)
    }

    private static func dockerConfig(_ secret: SecretValues) throws -> DockerConfig {
        for entry in [".dockerconfigjson", ".dockercfg"] {
            if let bytes = secret[entry] { return try DockerConfig(parsing: bytes, source: "Secret \(secret.key)") }
        }
        throw SecretError(
            "Secret \(secret.key) has no entry .dockerconfigjson; make it with `kubectl create secret docker-registry`"
        )
    }
}

/// Several places to look for credentials, in order.
private struct CredentialChain: CredentialSource {
    let sources: [any CredentialSource]

    func credentials(for repository: Repository) async throws -> RegistryCredentials {
        for source in sources {
            let credentials = try await source.credentials(for: repository)
            if !credentials.isAnonymous { return credentials }
        }
        return .anonymous
    }
}
