import CoreModel
import ManifestTree

/// Credentials in the form of Docker's `config.json`, which is also that of `kubernetes.io/dockerconfigjson` and, one
/// level flatter, of `kubernetes.io/dockercfg` Secrets.
package struct DockerConfig: Sendable, CredentialSource {
    /// What a credential helper has to be asked.
    package struct HelperQuestion: Hashable, Sendable {
        /// The program is `docker-credential-` and this.
        package let helper: String
        /// The registry as the helper knows it.
        package let server: String
        /// The configuration names the registry; otherwise the store is only the place for all others.
        package let isListed: Bool

        package init(helper: String, server: String, isListed: Bool) {
            (self.helper, self.server, self.isListed) = (helper, server, isListed)
        }
    }

    /// Where the credentials for a repository are.
    package enum Answer: Hashable, Sendable {
        case credentials(RegistryCredentials)
        case helper(HelperQuestion)
    }

    private struct Entry: Sendable {
        let key: String
        let pattern: RegistryPattern
        let credentials: RegistryCredentials
        let helper: String?

        /// A helper of the registry itself, credentials, a place in the store: in this order.
        var weight: Int { !credentials.isAnonymous ? 1 : helper == nil ? 0 : isOwnHelper ? 2 : 0 }
        let isOwnHelper: Bool
    }

    private var entries: [Entry] = []
    /// The helper for every registry without one of its own.
    private var store: String?

    /// Knows nobody.
    package init() {}

    /// Reads either form.
    /// - Throws: `RegistryError.invalidCredentials` that names the entry and never what is in it.
    package init(parsing bytes: [UInt8], source: String = "The Docker configuration") throws {
        guard let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(bytes: 4 << 20, depth: 32)),
            let map = tree.map
        else { throw Self.invalid(source, "is not a JSON object") }
        let isCurrent = ["auths", "credHelpers", "credsStore"].contains { map[$0] != nil }
        store = isCurrent ? Self.text(tree["credsStore"]) : nil
        let auths = isCurrent ? tree["auths"] ?? .null : tree
        guard let auths = auths.isNull ? TreeMap() : auths.map else {
            throw Self.invalid(source, "has 'auths' that are no map")
        }
        for (key, value) in auths {
            guard let fields = value.map else { throw Self.invalid(source, "has no map for '\(key)'") }
            let credentials = try Self.credentials(fields, key: key, source: source)
            add(key, credentials, helper: credentials.isAnonymous ? store : nil, isOwnHelper: false)
        }
        guard isCurrent else { return }
        for (key, value) in tree["credHelpers"]?.map ?? TreeMap() {
            guard let helper = Self.text(value) else { continue }
            add(key, .anonymous, helper: helper, isOwnHelper: true)
        }
    }

    private mutating func add(_ key: String, _ credentials: RegistryCredentials, helper: String?, isOwnHelper: Bool) {
        guard let pattern = RegistryPattern(key) else { return }
        entries.append(
            Entry(key: key, pattern: pattern, credentials: credentials, helper: helper, isOwnHelper: isOwnHelper)
        )
    }

    /// Both configurations; where they know the same registry, this one's credentials count.
    package func merging(_ other: DockerConfig) -> DockerConfig {
        var merged = self
        merged.entries += other.entries
        return merged
    }

    /// The most specific entry counts: a longer path before a shorter one, an exact host before one with `*`, a helper
    /// of its own before credentials and those before none, an earlier one before a later one.
    package func answer(for repository: Repository) -> Answer {
        var best: (entry: Entry, rank: [Int])?
        for entry in entries {
            guard let match = entry.pattern.match(repository) else { continue }
            let rank = match + [entry.weight]
            if best.map({ $0.rank.lexicographicallyPrecedes(rank) }) ?? true { best = (entry, rank) }
        }
        if let entry = best?.entry {
            guard let helper = entry.helper else { return .credentials(entry.credentials) }
            let isExact = !entry.key.contains("*")
            let server = repository.registry == "docker.io" ? Self.hub : isExact ? entry.key : repository.registry
            return .helper(HelperQuestion(helper: helper, server: server, isListed: true))
        }
        guard let store else { return .credentials(.anonymous) }
        let server = repository.registry == "docker.io" ? Self.hub : repository.registry
        return .helper(HelperQuestion(helper: store, server: server, isListed: false))
    }

    /// What Docker has always stored Docker Hub's credentials under.
    private static let hub = "https://index.docker.io/v1/"

    /// The credentials in the configuration itself: what a Secret holds must not name programs to run.
    package func credentials(for repository: Repository) throws -> RegistryCredentials {
        switch answer(for: repository) {
        case .credentials(let credentials): return credentials
        case .helper(let question) where question.isListed:
            throw RegistryError(
                .invalidCredentials,
                "The credentials for \(repository.registry) are kept by docker-credential-\(question.helper), and "
                    + "helpers are not run for a Secret; put the credentials into its 'auths'"
            )
        case .helper: return .anonymous
        }
    }

    private static func credentials(_ fields: TreeMap, key: String, source: String) throws -> RegistryCredentials {
        if let token = text(fields["identitytoken"]) { return .identityToken(Redacted(token)) }
        if let token = text(fields["registrytoken"]) { return .registryToken(Redacted(token)) }
        var username = text(fields["username"])
        var password = text(fields["password"])
        if let auth = text(fields["auth"]) {
            guard let pair = decode(auth) else {
                throw invalid(source, "has an 'auth' for '\(key)' that is not base64 of 'user:password'")
            }
            (username, password) = pair
        }
        guard let username, let password else { return .anonymous }
        // How token-based logins look in some configurations.
        if username == "<token>" { return .identityToken(Redacted(password)) }
        return .basic(username: username, password: Redacted(password))
    }

    private static func decode(_ auth: String) -> (String, String)? {
        var text = auth
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        guard var bytes = Base64.decode(text, ignoringLineBreaks: true) else { return nil }
        while bytes.last == 0 { bytes.removeLast() }
        guard let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":") else {
            return nil
        }
        return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
    }

    private static func text(_ tree: Tree?) -> String? {
        guard let text = tree?.string, !text.isEmpty else { return nil }
        return text
    }

    private static func invalid(_ source: String, _ reason: String) -> RegistryError {
        RegistryError(.invalidCredentials, "\(source) \(reason)")
    }
}

/// The key of an entry: a registry, perhaps with `*` in parts of its name, and perhaps a path below it.
struct RegistryPattern: Hashable, Sendable {
    private let labels: [String]
    private let port: String?
    private let path: [String]

    /// Understands `host`, `host:port`, `host/path`, each also as a URL and with Docker's `/v1/` or `/v2/` at its end.
    init?(_ key: String) {
        var text = Substring(key)
        for scheme in ["https://", "http://", "oci://"] where text.hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        var path = text.split(separator: "/").map(String.init)
        guard !path.isEmpty, !text.hasPrefix("/") else { return nil }
        let host = Repository.canonicalRegistry(path.removeFirst())
        if path == ["v1"] || path == ["v2"] { path = [] }
        (labels, port) = Self.split(host)
        self.path = path
    }

    /// How specifically this matches, larger is more: path components, exact labels. Nil when it does not match.
    func match(_ repository: Repository) -> [Int]? {
        let (labels, port) = Self.split(repository.registry)
        let components = repository.path.split(separator: "/").map(String.init)
        guard labels.count == self.labels.count, port == self.port, components.starts(with: path),
            zip(self.labels, labels).allSatisfy(Self.matches)
        else { return nil }
        return [path.count, zip(self.labels, labels).count { $0 == $1 }]
    }

    /// The port is nil where it is that of https.
    private static func split(_ host: String) -> ([String], String?) {
        var name = Substring(host)
        var port: String?
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            name = host[..<colon]
            port = String(host[host.index(after: colon)...])
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return (labels, port == "443" ? nil : port)
    }

    private static func matches(_ pattern: String, _ label: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == label }
        guard label.hasPrefix(first), label.utf8.count >= first.utf8.count + last.utf8.count else { return false }
        var rest = label.dropFirst(first.count)
        guard rest.hasSuffix(last) else { return false }
        rest = rest.dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = Self.index(of: part, in: rest) else { return false }
            rest = rest[found...].dropFirst(part.count)
        }
        return true
    }

    private static func index(of part: Substring, in text: Substring) -> Substring.Index? {
        text.indices.first { text[$0...].hasPrefix(part) }
    }
}
