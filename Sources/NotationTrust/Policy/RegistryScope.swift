internal import CoreModel
internal import ManifestTree

/// The repositories that a statement is about: one by its full name, or all (trust-store-trust-policy.md, "Registry
/// Scopes Constraints").
package enum RegistryScope: Hashable, Sendable, CustomStringConvertible {
    case all
    /// `registry/path`, the registry in its one spelling and Docker Hub by its one name.
    case repository(String)

    /// Docker Hub's other names.
    private static let hubAliases: Set<String> = ["index.docker.io", "registry-1.docker.io"]

    /// - Throws: a problem for what is not a whole name; patterns are not among the scopes.
    init(_ text: String) throws(NotationProblem) {
        if text == "*" {
            self = .all
            return
        }
        guard !text.contains("*") else {
            throw NotationProblem(
                "has the scope \(text.quotedForMessage); a '*' stands alone or not at all, so name each repository"
            )
        }
        guard let name = Self.canonical(text) else {
            throw NotationProblem(
                "has the scope \(text.quotedForMessage); give the whole name of a repository without scheme and tag, "
                    + "such as registry.example/team/app"
            )
        }
        self = .repository(name)
    }

    package var description: String {
        switch self {
        case .all: "*"
        case .repository(let name): name
        }
    }

    /// The one spelling of a repository's name; nil for anything else.
    static func canonical(_ text: String) -> String? {
        guard let slash = text.firstIndex(of: "/"), text.utf8.count <= 512 else { return nil }
        let host = text[..<slash].lowercased()
        let path = text[text.index(after: slash)...]
        guard isHost(host), path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isComponent)
        else { return nil }
        // A repository must not come under the statement for all by another spelling of its registry.
        let registry = HostSpelling.canonical(host)
        return "\(hubAliases.contains(registry) ? "docker.io" : registry)/\(path)"
    }

    /// A host name or an address, perhaps with a port.
    private static func isHost(_ text: String) -> Bool {
        var name = text[...]
        if let end = text.lastIndex(of: "]"), text.hasPrefix("[") {
            guard text[text.index(after: text.startIndex)..<end].utf8.allSatisfy({ Self.isAddress($0) }) else {
                return false
            }
            let rest = text[text.index(after: end)...]
            return rest.isEmpty || isPort(rest)
        }
        if let colon = text.lastIndex(of: ":") {
            guard isPort(text[colon...]) else { return false }
            name = text[..<colon]
        }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
                && label.first != "-" && label.last != "-"
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && (2...6).contains(text.count)
            && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isAddress(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: ".")
    }

    /// Lower-case letters and digits with single separators between them (OCI distribution spec, "Pulling manifests").
    private static func isComponent(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        let allowed = text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
        return allowed && !text.contains("..") && !text.contains("___")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
