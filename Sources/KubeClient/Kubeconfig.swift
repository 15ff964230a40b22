package import ManifestTree

/// One or several kubeconfig documents, merged as kubectl merges the files in `KUBECONFIG`.
package struct Kubeconfig: Sendable {
    /// What a kubeconfig may make us do.
    package struct Policy: Hashable, Sendable {
        /// It may name programs to run.
        package var allowsPlugins: Bool
        /// It may name files of this machine.
        package var allowsFiles: Bool
        /// It may turn certificate checks off.
        package var allowsInsecureTLS: Bool

        package init(allowsPlugins: Bool, allowsFiles: Bool, allowsInsecureTLS: Bool) {
            self.allowsPlugins = allowsPlugins
            self.allowsFiles = allowsFiles
            self.allowsInsecureTLS = allowsInsecureTLS
        }

        /// For the user's own files.
        package static let trusted = Policy(allowsPlugins: true, allowsFiles: true, allowsInsecureTLS: true)
        /// For content that others wrote, such as a Secret of a tenant.
        package static let untrusted = Policy(allowsPlugins: false, allowsFiles: false, allowsInsecureTLS: false)
    }

    /// A named entry and the directory that its relative paths start from.
    struct Entry: Sendable {
        let name: String
        let content: Tree
        let directory: String
    }

    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]
    private(set) var contexts: [String: Entry] = [:]
    private(set) var currentContext = ""

    package init() {}

    /// Adds a document. What is there already wins over what is added, entry by entry.
    /// - Throws: `configuration` when it is no kubeconfig; `source` names it.
    package mutating func add(_ document: Tree, directory: String = "", source: String) throws(KubeError) {
        guard document["kind"]?.string ?? "Config" == "Config", document.map != nil else {
            throw KubeError(.configuration, "\(source) is not a kubeconfig; its kind should be Config")
        }
        Self.merge(document, "clusters", "cluster", directory, into: &clusters)
        Self.merge(document, "users", "user", directory, into: &users)
        Self.merge(document, "contexts", "context", directory, into: &contexts)
        if currentContext.isEmpty { currentContext = document["current-context"]?.string ?? "" }
    }

    /// The configuration of a context; nil for the current one.
    /// - Throws: `configuration`, naming the entry that is missing or wrong; for what the policy does not allow too.
    package func config(context: String? = nil, policy: Policy) throws(KubeError) -> ClusterConfig {
        let name = context ?? currentContext
        guard !name.isEmpty else {
            throw KubeError(.configuration, "The kubeconfig has no current-context; choose one with --context")
        }
        guard let chosen = contexts[name] else {
            let known = contexts.keys.sorted().joined(separator: ", ")
            throw KubeError(.configuration, "The kubeconfig has no context \"\(name)\"; it has: \(known)")
        }
        let cluster = try Self.entry(clusters, "cluster", of: chosen)
        let user = try Self.entry(users, "user", of: chosen)
        let reader = KubeconfigReader(cluster: cluster, user: user, policy: policy)
        var config = try reader.config()
        if let namespace = chosen.content["namespace"]?.string, !namespace.isEmpty { config.namespace = namespace }
        return config
    }

    private static func entry(
        _ entries: [String: Entry],
        _ key: String,
        of context: Entry
    ) throws(KubeError) -> Entry {
        let name = context.content[key]?.string ?? ""
        // A context without a user is anonymous.
        if key == "user", name.isEmpty { return Entry(name: "", content: [:], directory: "") }
        guard let entry = entries[name] else {
            throw KubeError(
                .configuration,
                "The kubeconfig's context \"\(context.name)\" names the \(key) \"\(name)\", which is not there"
            )
        }
        return entry
    }

    private static func merge(
        _ document: Tree,
        _ list: String,
        _ key: String,
        _ directory: String,
        into entries: inout [String: Entry]
    ) {
        for item in document[list]?.list ?? [] {
            guard let name = item["name"]?.string, entries[name] == nil else { continue }
            entries[name] = Entry(name: name, content: item[key] ?? [:], directory: directory)
        }
    }
}
