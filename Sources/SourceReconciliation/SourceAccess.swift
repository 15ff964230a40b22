import CoreModel
import HTTPExchange
import KubeModel
import OCIDistribution
import SluiceAPI

/// How one source reaches its registry: what its Secrets say.
enum SourceAccess {
    /// Reads every Secret that the plan's spec names for the way to the registry, and logs in where it names a cloud.
    /// - Throws: `SecretError`, `KubeError`, `RegistryError` and `LoginError` for what is missing or cannot be used.
    static func registry(_ plan: SourcePlan, from secrets: SecretReader, _ cloud: CloudAccess) async throws
        -> RegistryAccess
    {
        let (spec, namespace) = (plan.spec, plan.key.namespace)
        var profile = ConnectionProfile()
        if let name = spec.certSecretName {
            let secret = try await secrets.secret(name, namespace: namespace, field: "spec.certSecretRef")
            profile.tls = try tls(secret)
        } else if spec.isInsecure {
            // Flux's meaning of the field: without certificates of its own, nothing is checked.
            profile.tls.verifiesPeer = false
        }
        if let name = spec.proxySecretName {
            profile.proxy = try proxy(await secrets.secret(name, namespace: namespace, field: "spec.proxySecretRef"))
        }
        let credentials = SourceCredentials(
            spec: spec,
            key: plan.key,
            repository: plan.repository,
            secrets: secrets,
            cloud: cloud
        )
        // No bound for each operation: spec.timeout bounds the walk as a whole, and whoever watches it knows the stage.
        return RegistryAccess(
            plainHTTP: spec.isInsecure,
            profile: profile,
            credentials: try await credentials.read(through: profile.proxy)
        )
    }

    /// `tls.crt` and `tls.key` go together; `ca.crt` is trusted besides the system's authorities.
    private static func tls(_ secret: SecretValues) throws -> TLSSettings {
        let authorities = secret.text("ca.crt") ?? secret.text("caFile")
        let certificate = secret.text("tls.crt") ?? secret.text("certFile")
        let key = secret.text("tls.key") ?? secret.text("keyFile")
        guard (certificate == nil) == (key == nil) else {
            throw SecretError(
                "Secret \(secret.key) has one of tls.crt and tls.key without the other; add the missing one"
            )
        }
        guard authorities != nil || certificate != nil else {
            throw SecretError(
                "Secret \(secret.key) has neither ca.crt nor tls.crt and tls.key; add what the registry needs"
            )
        }
        for (name, text) in [("ca.crt", authorities), ("tls.crt", certificate)] {
            guard text?.contains("-----BEGIN CERTIFICATE-----") ?? true else {
                throw SecretError("Secret \(secret.key) has no certificate in PEM form in \(name); put one there")
            }
        }
        return TLSSettings(
            authorities: authorities.map { $0 + "\n" },
            certificate: certificate.map { $0 + "\n" },
            privateKey: key.map { Redacted($0 + "\n") }
        )
    }

    private static func proxy(_ secret: SecretValues) throws -> ProxySettings {
        guard let address = secret.text("address"), !address.isEmpty, address.utf8.count <= 2048 else {
            throw SecretError("Secret \(secret.key) has no entry 'address' with the proxy's URL; add it")
        }
        guard ["http://", "https://", "socks5://"].contains(where: address.hasPrefix) else {
            throw SecretError(
                "Secret \(secret.key) has a proxy address that is neither http, https nor socks5; correct it"
            )
        }
        return ProxySettings(
            address: address,
            username: secret.text("username"),
            password: secret.text("password").map { Redacted($0) }
        )
    }
}
