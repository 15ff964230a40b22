internal import CoreModel
internal import ManifestTree
package import OCIDistribution

/// Which repositories a policy is about: `ghcr.io/acme/**`, `registry.example.com:5000/*/app`.
///
/// `*` stands for anything within one segment, `**` as a segment of its own for any number of segments, none included:
/// `ghcr.io/acme/**` is about `ghcr.io/acme` too. The registry is the first segment and has to be named.
///
/// A registry that is spelled in another way does not escape: hosts are compared in their one spelling (case, default
/// ports, numbers for addresses; see `HostSpelling`), and Docker Hub's repositories are known by each of its names,
/// with and without `library/`. What names mean the same host by DNS alone nobody can tell; name them all.
package struct RepositoryPattern: Hashable, Sendable, CustomStringConvertible {
    private let glob: GlobPattern
    /// As it was written.
    package let text: String

    private static let hub = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]

    /// - Throws: `TrustError.invalidPolicy` that says what is wrong with the pattern.
    package init(_ text: String) throws {
        do {
            let bare = text.hasPrefix("oci://") ? String(text.dropFirst("oci://".count)) : text
            if let problem = Self.problem(bare) { throw StrictMap.Problem(reason: problem) }
            glob = try GlobPattern(Self.normalized(bare.lowercased()))
        } catch let problem as StrictMap.Problem {
            throw TrustError(
                .invalidPolicy,
                "The repository pattern \(text.quotedForMessage) \(problem.reason); write it as 'ghcr.io/acme/**'"
            )
        }
        self.text = text
    }

    /// Whether the policy is about a repository.
    package func matches(_ repository: Repository) -> Bool {
        Self.names(of: repository).contains { glob.matches($0) }
    }

    package var description: String { text }

    /// Every name that a repository may be meant by.
    private static func names(of repository: Repository) -> [String] {
        guard hub.contains(HostSpelling.canonical(repository.registry)) else {
            return [normalized(repository.description)]
        }
        let prefix = "library/"
        let path = repository.path.contains("/") ? repository.path : prefix + repository.path
        let short = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
        return hub.flatMap { host in [path, short].compactMap(\.self).map { "\(host)/\($0)" } }
    }

    /// The host in its one spelling.
    private static func normalized(_ name: String) -> String {
        let slash = name.firstIndex(of: "/") ?? name.endIndex
        return HostSpelling.canonical(name[..<slash]) + name[slash...]
    }

    private static func problem(_ text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 512 { return "is longer than 512 bytes" }
        let allowed = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "*/.:-_[]".utf8.contains(byte)
        }
        if let wrong = text.utf8.first(where: { !allowed($0) }) {
            return "has the character \(String(UnicodeScalar(wrong)).debugDescription), which no repository has"
        }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        if segments.contains("") { return "has an empty segment" }
        let host = segments[0]
        let isHost = host == "localhost" || [".", ":", "*"].contains { host.contains($0) }
        if !isHost { return "does not begin with a registry" }
        if segments.count == 1, host != "**" { return "names a registry and no repository" }
        if segments.dropFirst().contains(where: { $0.contains(":") || $0.contains("[") || $0.contains("]") }) {
            return "has a tag or a bracket in its path"
        }
        return nil
    }
}
