import CoreModel
import HTTPExchange
import KubeModel
import SluiceAPI

/// A TUF repository that a Secret names, and the way there. Equal ones are one to whoever fetches from them.
struct TrustedRootMirror: Hashable, Sendable {
    /// The entry with the repository's URL; a Secret that has it holds no trusted root itself.
    static let urlEntry = "mirror"
    /// The entry with the root that trust in the repository begins with.
    static let rootEntry = "root.json"

    /// The Secret; what is remembered of a repository belongs to its namespace alone.
    let secret: ObjectKey
    let url: HTTPURL
    let root: [UInt8]
    let profile: ConnectionProfile

    /// Nil where the Secret names no repository.
    /// - Parameter connection: what counts where the Secret says neither proxy nor authorities.
    /// - Throws: `SecretError` for entries that are missing, contradict each other or cannot be used.
    init?(_ secret: SecretValues, else connection: ConnectionProfile) throws {
        guard let text = secret.text(Self.urlEntry) else { return nil }
        guard secret[TrustMaterial.rootEntry] == nil else {
            throw SecretError(
                "Secret \(secret.key) has \(TrustMaterial.rootEntry) and \(Self.urlEntry); keep one of them"
            )
        }
        guard text.utf8.count <= 2_048, let url = HTTPURL(text) else {
            throw SecretError("Secret \(secret.key) has a \(Self.urlEntry) that is no http or https URL; correct it")
        }
        guard let root = secret[Self.rootEntry] else {
            throw SecretError(
                "Secret \(secret.key) has no entry \(Self.rootEntry) with the root that is trusted of \(url); add it"
            )
        }
        self.secret = secret.key
        self.url = url
        self.root = root
        var profile = connection
        if secret["ca.crt"] != nil { profile.tls.authorities = try SourceAccess.authorities(secret) }
        if secret["address"] != nil { profile.proxy = try SourceAccess.proxy(secret) }
        self.profile = profile
    }
}

/// How an object reaches what it names besides its registry: the Secrets of its own proxy and authorities.
struct OwnConnection: Hashable, Sendable {
    let namespace: String
    let proxySecretName: String?
    let certSecretName: String?

    init(_ plan: SourcePlan) {
        namespace = plan.key.namespace
        (proxySecretName, certSecretName) = (plan.spec.proxySecretName, plan.spec.certSecretName)
    }

    /// The client's certificate stays with the registry: it is for nobody else.
    /// - Throws: `SecretError`, `KubeError`.
    func profile(_ material: TrustMaterial) async throws -> ConnectionProfile {
        var profile = ConnectionProfile()
        if let certSecretName {
            let key = ObjectKey(namespace: namespace, name: certSecretName)
            profile.tls.authorities = try SourceAccess.authorities(
                try await material.secret(key, field: "spec.certSecretRef")
            )
        }
        if let proxySecretName {
            let key = ObjectKey(namespace: namespace, name: proxySecretName)
            profile.proxy = try SourceAccess.proxy(try await material.secret(key, field: "spec.proxySecretRef"))
        }
        return profile
    }
}
