internal import ManifestTree

/// Where the sources of a build are, as a provenance says it: `git+https://github.com/acme/app@refs/heads/main`.
struct SourceLocation: Hashable {
    /// `host/path` in the one spelling that patterns are compared with.
    let repository: String
    /// The branch or tag; nil where the provenance does not say.
    let reference: String?
    /// The commits by which the provenance pins it, in hexadecimal; empty where it does not.
    var commits: [String]
    /// As it was written.
    let text: String

    /// Nil for what is no location: the repository could then be read in two ways.
    init?(_ text: String, reference: String? = nil, commits: [String] = []) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var rest = text[...]
        if rest.hasPrefix("git+") { rest = rest.dropFirst("git+".count) }
        // One scheme: behind it stands the host that was asked, and not another scheme.
        if let scheme = ["https://", "http://", "ssh://", "git://"].first(where: rest.hasPrefix) {
            rest = rest.dropFirst(scheme.count)
        }
        guard let slash = rest.firstIndex(of: "/"), !rest.contains("?"), !rest.contains("#"), !rest.contains("%"),
            !rest.contains("\\")
        else { return nil }
        // Who logs in is not where: the host is behind the last `@` in front of the path.
        var host = rest[..<slash]
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        for port in [":443", ":80", ":22"] where host.hasSuffix(port) { host = host.dropLast(port.count) }
        var path = rest[rest.index(after: slash)...]
        var written = reference
        if let at = path.firstIndex(of: "@") {
            let own = String(path[path.index(after: at)...])
            guard reference == nil || reference == own else { return nil }
            written = own
            path = path[..<at]
        }
        if path.hasSuffix("/") { path = path.dropLast() }
        if path.hasSuffix(".git") { path = path.dropLast(4) }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !host.isEmpty, !host.contains(":") || host.split(separator: ":").count == 2,
            !segments.contains(where: { ["", ".", ".."].contains($0) })
        else { return nil }
        repository = "\(host.lowercased())/\(path)"
        self.reference = written?.isEmpty == true ? nil : written
        self.commits = commits
        self.text = text
    }
}

/// Which sources a policy takes: `github.com/acme/app`, `github.com/acme/*@refs/tags/v*`, `…#0123abcd*`.
struct SourcePattern: Hashable, Sendable {
    let text: String
    private let repository: GlobPattern
    private let reference: GlobPattern?
    private let commit: GlobPattern?

    init(_ text: String) throws(StrictMap.Problem) {
        self.text = text
        var rest = text[...]
        var commit: GlobPattern?
        if let hash = rest.lastIndex(of: "#") {
            commit = try GlobPattern(rest[rest.index(after: hash)...].lowercased())
            rest = rest[..<hash]
        }
        guard let location = SourceLocation(String(rest)) else {
            throw .init(reason: "is no repository; write it as 'github.com/acme/app@refs/tags/v*'")
        }
        repository = try GlobPattern(location.repository)
        var reference: GlobPattern?
        if let written = location.reference { reference = try GlobPattern(written) }
        self.reference = reference
        self.commit = commit
    }

    /// Why a location is not meant; nil where it is.
    func mismatch(_ location: SourceLocation) -> String? {
        let wanted = "the policy asks for \(text.quotedForMessage)"
        guard repository.matches(location.repository) else {
            return "it was built from \(location.text.quotedForMessage), and \(wanted)"
        }
        if let reference {
            guard let own = location.reference else {
                return "it does not say which reference it was built from, and \(wanted)"
            }
            guard reference.matches(own) else {
                return "it was built from the reference \(own.quotedForMessage), and \(wanted)"
            }
        }
        guard let commit else { return nil }
        guard let own = location.commits.first else {
            return "it does not say which commit it was built from, and \(wanted)"
        }
        guard location.commits.allSatisfy({ commit.matches($0) }) else {
            return "it was built from the commit \(own.quotedForMessage), and \(wanted)"
        }
        return nil
    }
}
