/// A repository of a registry: where manifests, tags and blobs live.
package struct Repository: Hashable, Sendable, CustomStringConvertible {
    /// Host and optional port in lower case, as people write it: `ghcr.io`, `localhost:5000`, `[::1]:5000`; always
    /// `docker.io` for Docker Hub.
    package let registry: String
    /// The name below the registry, such as `acme/manifests/app`.
    package let path: String

    /// Docker Hub's other names.
    private static let hubAliases: Set<String> = ["docker.io", "index.docker.io", "registry-1.docker.io"]

    /// Parses `host/path`, with or without `oci://`. Without a host, Docker Hub is meant, and `library/` for a single
    /// component there.
    /// - Throws: `RegistryError.invalidReference` that names the wrong part, also for a tag or a digest.
    package init(parsing text: String) throws {
        let name = Self.withoutScheme(text)
        if let at = name.utf8.firstIndex(of: UInt8(ascii: "@")) {
            throw Self.invalid(text, "must not contain a digest; remove '\(name[at...])'")
        }
        if let tag = Self.tagSeparator(in: name) {
            throw Self.invalid(text, "must not contain a tag; remove '\(name[tag...])'")
        }
        try self.init(name: name, of: text)
    }

    /// Takes a name that holds neither tag nor digest; `text` is what messages quote.
    init(name: Substring, of text: String) throws {
        if name.isEmpty { throw Self.invalid(text, "is empty") }
        if Self.hasScheme(name) { throw Self.invalid(text, "has a scheme other than oci://") }
        var host = "docker.io"
        var path = name
        let slash = name.utf8.firstIndex(of: UInt8(ascii: "/"))
        if let slash, Self.isRegistry(name[..<slash]) {
            host = name[..<slash].lowercased()
            path = name[name.utf8.index(after: slash)...]
        } else if slash == nil, name != "localhost", Self.isRegistry(name) {
            throw Self.invalid(text, "names a registry but no repository")
        }
        guard ReferenceGrammar.isHost(host) else {
            throw Self.invalid(
                text,
                "has the registry '\(host)', which is not a host name or address with a valid port"
            )
        }
        try Self.checkPath(path, of: text)
        let isHub = Self.hubAliases.contains(host)
        registry = isHub ? "docker.io" : host
        self.path = isHub && !path.utf8.contains(UInt8(ascii: "/")) ? "library/\(path)" : String(path)
        if registry.utf8.count + self.path.utf8.count + 1 > 255 {
            throw Self.invalid(text, "is longer than 255 characters")
        }
    }

    /// Where the registry's API answers: the registry itself but for Docker Hub.
    package var apiHost: String { registry == "docker.io" ? "registry-1.docker.io" : registry }

    /// `registry/path`
    package var description: String { "\(registry)/\(path)" }

    /// The position of the `:` that begins a tag: the last one, when no `/` follows it.
    static func tagSeparator(in name: Substring) -> Substring.Index? {
        guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")), name.utf8.last != UInt8(ascii: "]"),
            !name[colon...].utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        // Without a path, `host:5000` is a name and a tag, as Docker reads it.
        return colon
    }

    static func withoutScheme(_ text: String) -> Substring {
        text.hasPrefix("oci://") ? text.dropFirst("oci://".count) : Substring(text)
    }

    /// The registry's name in its one spelling: lower case, Docker Hub's aliases folded.
    static func canonicalRegistry(_ host: String) -> String {
        let host = host.lowercased()
        return hubAliases.contains(host) ? "docker.io" : host
    }

    static func invalid(_ text: String, _ reason: String) -> RegistryError {
        RegistryError(.invalidReference, "The reference '\(text.prefix(300))' \(reason)")
    }

    private static func isRegistry(_ component: Substring) -> Bool {
        component == "localhost" || component.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }

    private static func hasScheme(_ name: Substring) -> Bool {
        name.utf8.firstIndex(of: UInt8(ascii: ":")).map { name[$0...].utf8.starts(with: "://".utf8) } ?? false
    }

    private static func checkPath(_ path: Substring, of text: String) throws {
        if path.isEmpty { throw invalid(text, "names a registry but no repository") }
        for component in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Substring.init
        ) {
            if component.isEmpty { throw invalid(text, "has an empty component in its repository '\(path)'") }
            guard ReferenceGrammar.isPathComponent(component) else {
                throw invalid(
                    text,
                    "has the repository component '\(component)'; allowed are lower-case letters and "
                        + "digits, separated by "
                        + "'.', '_', '__' or '-'"
                )
            }
        }
    }
}
