import CoreModel
import HTTPExchange
import ManifestTree

extension ClusterConfig {
    /// Where to look for a cluster: what the command line and the environment say.
    package struct Source: Sendable {
        /// `--kubeconfig`.
        package var kubeconfig: String?
        /// `--context`.
        package var context: String?
        package var environment: [String: String]
        /// The mounted service account.
        package var serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

        package init(kubeconfig: String? = nil, context: String? = nil, environment: [String: String]) {
            self.kubeconfig = kubeconfig
            self.context = context
            self.environment = environment
        }
    }

    /// Finds the cluster: the kubeconfig that was named, then `KUBECONFIG`, then the pod's service account, then
    /// `~/.kube/config`.
    /// - Throws: `configuration` when there is none or the chosen one is unusable.
    package static func load(_ source: Source) throws(KubeError) -> ClusterConfig {
        if let path = source.kubeconfig, !path.isEmpty { return try kubeconfig([path], source.context) }
        let listed = (source.environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let present = listed.filter(LocalFile.exists)
        if !listed.isEmpty {
            guard !present.isEmpty else {
                throw KubeError(
                    .configuration,
                    "KUBECONFIG names no file that can be read: \(listed.joined(separator: ", "))"
                )
            }
            return try kubeconfig(present, source.context)
        }
        if source.context == nil, source.environment["KUBERNETES_SERVICE_HOST"] != nil {
            return try inCluster(source)
        }
        let home = "\(source.environment["HOME"] ?? "")/.kube/config"
        guard LocalFile.exists(home) else {
            throw KubeError(
                .configuration,
                "No cluster is configured: set --kubeconfig or KUBECONFIG, or run in a pod with a service account"
            )
        }
        return try kubeconfig([home], source.context)
    }

    /// Reads kubeconfig files, earlier ones winning over later ones.
    package static func kubeconfig(_ paths: [String], _ context: String? = nil) throws(KubeError) -> ClusterConfig {
        var merged = Kubeconfig()
        for path in paths {
            let bytes = try LocalFile.read(path, limit: 16 << 20, code: .configuration)
            let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            try merged.add(bytes: bytes, directory: directory, source: path)
        }
        return try merged.config(context: context, policy: .trusted)
    }

    /// The cluster this pod runs in.
    package static func inCluster(_ source: Source) throws(KubeError) -> ClusterConfig {
        let host = source.environment["KUBERNETES_SERVICE_HOST"] ?? ""
        let port = source.environment["KUBERNETES_SERVICE_PORT"].flatMap { Int($0) } ?? 443
        guard !host.isEmpty, (1...65_535).contains(port) else {
            throw KubeError(
                .configuration,
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not name an API server"
            )
        }
        let directory = source.serviceAccountDirectory
        var config = ClusterConfig(
            server: HTTPURL(scheme: .https, host: host.contains(":") ? "[\(host)]" : host, port: port)
        )
        let authorities = try LocalFile.readText("\(directory)/ca.crt", limit: 4 << 20, code: .configuration)
        config.profile.tls = TLSSettings(authorities: authorities, usesSystemAuthorities: false)
        config.credentials = .tokenFile("\(directory)/token")
        if let text = try? LocalFile.readText("\(directory)/namespace", limit: 4096, code: .configuration) {
            let namespace = text.trimmingASCIISpace()
            if !namespace.isEmpty { config.namespace = namespace }
        }
        return config
    }
}

extension Kubeconfig {
    /// Adds a kubeconfig as it is written, YAML or JSON.
    /// - Throws: `configuration`, naming the source.
    package mutating func add(bytes: [UInt8], directory: String = "", source: String) throws(KubeError) {
        let documents: [YAMLDocument]
        do {
            documents = try YAMLReader.documents(bytes, source: source)
        } catch {
            throw KubeError(.configuration, "The kubeconfig \(source) cannot be read", cause: error)
        }
        for document in documents { try add(document.tree, directory: directory, source: source) }
    }
}
