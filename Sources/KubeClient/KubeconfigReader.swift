import CoreModel
import HTTPExchange
import ManifestTree

/// Turns one cluster entry and one user entry into a configuration.
struct KubeconfigReader {
    let cluster: Kubeconfig.Entry
    let user: Kubeconfig.Entry
    let policy: Kubeconfig.Policy

    private static let fileLimit = 4 << 20

    func config() throws(KubeError) -> ClusterConfig {
        var config = ClusterConfig(server: try server())
        config.profile.tls = try tls()
        if let address = text(cluster, "proxy-url") { config.profile.proxy = ProxySettings(address: address) }
        config.credentials = try credentials()
        if let name = text(user, "as") {
            let groups = (user.content["as-groups"]?.list ?? []).compactMap(\.string)
            config.impersonation = try Impersonation(user: name, groups: groups)
        }
        return config
    }

    private func server() throws(KubeError) -> HTTPURL {
        var address = text(cluster, "server") ?? ""
        if !address.isEmpty, !address.contains("://") { address = "https://\(address)" }
        guard let url = HTTPURL(address) else {
            throw KubeError(
                .configuration,
                "The cluster \"\(cluster.name)\" has no usable server address: \"\(address)\""
            )
        }
        return url
    }

    private func tls() throws(KubeError) -> TLSSettings {
        var tls = TLSSettings()
        if let authorities = try pem(cluster, "certificate-authority") {
            tls.authorities = authorities
            tls.usesSystemAuthorities = false
        }
        tls.serverName = text(cluster, "tls-server-name")
        if cluster.content["insecure-skip-tls-verify"]?.bool == true {
            guard policy.allowsInsecureTLS else {
                throw KubeError(
                    .configuration,
                    "The cluster \"\(cluster.name)\" sets insecure-skip-tls-verify, which is not allowed"
                )
            }
            guard tls.authorities == nil else {
                throw KubeError(
                    .configuration,
                    "The cluster \"\(cluster.name)\" sets insecure-skip-tls-verify beside a certificate "
                        + "authority; keep one"
                )
            }
            tls.verifiesPeer = false
        }
        tls.certificate = try pem(user, "client-certificate")
        tls.privateKey = try pem(user, "client-key").map { Redacted($0) }
        guard (tls.certificate == nil) == (tls.privateKey == nil) else {
            throw KubeError(
                .configuration,
                "The user \"\(user.name)\" has a client certificate without key, or the reverse"
            )
        }
        return tls
    }

    private func credentials() throws(KubeError) -> ClusterConfig.Credentials {
        if text(user, "username") != nil || text(user, "password") != nil {
            throw KubeError(
                .configuration,
                "The user \"\(user.name)\" has a username and password, which Kubernetes no longer takes; use a token"
            )
        }
        if user.content["auth-provider"]?.map != nil {
            throw KubeError(
                .configuration,
                "The user \"\(user.name)\" has an auth-provider, which Kubernetes removed in 1.26; use an exec plugin"
            )
        }
        // As in client-go, a token file wins over a token, because it is renewed.
        if let path = text(user, "tokenFile") {
            try allowFile("tokenFile", user)
            return .tokenFile(LocalFile.resolve(path, in: user.directory))
        }
        if let token = text(user, "token") { return .token(Redacted(token)) }
        if let exec = user.content["exec"], exec.map != nil { return .plugin(try plugin(exec)) }
        return .none
    }

    private func plugin(_ exec: Tree) throws(KubeError) -> CredentialPlugin {
        guard policy.allowsPlugins else {
            throw KubeError(
                .configuration,
                "The user \"\(user.name)\" names a program to run (exec), which is not allowed"
            )
        }
        let apiVersion = exec["apiVersion"]?.string ?? ""
        let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
        guard known.contains(apiVersion), var command = exec["command"]?.string, !command.isEmpty else {
            throw KubeError(
                .configuration,
                "The user \"\(user.name)\" has an exec plugin without command or of the version \"\(apiVersion)\"; "
                    + "use client.authentication.k8s.io/v1"
            )
        }
        guard exec["interactiveMode"]?.string != "Always" else {
            throw KubeError(.configuration, "The user \"\(user.name)\" has an exec plugin that needs a terminal")
        }
        if command.contains("/") { command = LocalFile.resolve(command, in: user.directory) }
        var plugin = CredentialPlugin(apiVersion: apiVersion, command: command)
        plugin.arguments = (exec["args"]?.list ?? []).compactMap(\.string)
        for entry in exec["env"]?.list ?? [] {
            if let name = entry["name"]?.string { plugin.environment[name] = entry["value"]?.string ?? "" }
        }
        plugin.installHint = exec["installHint"]?.string
        if exec["provideClusterInfo"]?.bool == true { plugin.clusterInfo = clusterInfo.jsonString() }
        return plugin
    }

    private var clusterInfo: Tree {
        var info: Tree = ["server": .string(text(cluster, "server") ?? "")]
        for key in ["tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"] {
            info[key] = cluster.content[key]
        }
        return info
    }

    /// The PEM text under `key-data` (base64) or in the file that `key` names; the data wins.
    private func pem(_ entry: Kubeconfig.Entry, _ key: String) throws(KubeError) -> String? {
        if let data = text(entry, "\(key)-data") {
            guard let bytes = Base64.decode(data, ignoringLineBreaks: true),
                let text = String(validating: bytes, as: UTF8.self)
            else {
                throw KubeError(
                    .configuration,
                    "The kubeconfig's \(key)-data of \"\(entry.name)\" is not base64 of PEM text"
                )
            }
            return text
        }
        guard let path = text(entry, key) else { return nil }
        try allowFile(key, entry)
        let file = LocalFile.resolve(path, in: entry.directory)
        return try LocalFile.readText(file, limit: Self.fileLimit, code: .configuration)
    }

    private func allowFile(_ key: String, _ entry: Kubeconfig.Entry) throws(KubeError) {
        guard policy.allowsFiles else {
            throw KubeError(
                .configuration,
                "The kubeconfig's entry \"\(entry.name)\" names a file (\(key)), which is not allowed; "
                    + "embed its content"
            )
        }
    }

    private func text(_ entry: Kubeconfig.Entry, _ key: String) -> String? {
        guard let text = entry.content[key]?.string, !text.isEmpty else { return nil }
        return text
    }
}
