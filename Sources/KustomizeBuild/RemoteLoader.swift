/// Fetches what kustomizations name by URL, where a build may fetch anything. Building itself opens no socket.
package protocol RemoteLoader: Sendable {
    /// The bytes behind an http(s) URL.
    /// - Returns: nil when the answer is a page or a redirect to one, so that a repository may be tried.
    /// - Throws: when there is no usable answer.
    func file(_ url: String) throws -> [UInt8]?
    /// The files of a repository at a revision. The tree stays valid as long as the value is held.
    /// - Throws: when it cannot be cloned in time.
    func clone(_ repository: RemoteRepository) throws -> any SourceFiles
}

/// A directory of a git repository as kustomizations write it.
package struct RemoteRepository: Hashable, Sendable {
    /// What git clones.
    package let url: String
    /// The branch, tag or commit; nil for the default branch.
    package let reference: String?
    /// The directory in it; "" for the root.
    package let path: String
    /// How long cloning may take.
    package let timeout: Duration
    package let hasSubmodules: Bool

    /// What kustomize allows by default.
    static let defaultTimeout = Duration.seconds(27)

    /// Nil for what is no repository's address.
    package init?(_ text: String) {
        guard let (address, query) = Self.splitQuery(text), let (url, path) = Self.parts(of: address) else {
            return nil
        }
        self.url = url
        self.path = path
        let reference = query["ref"] ?? query["version"] ?? ""
        self.reference = reference.isEmpty ? nil : reference
        timeout = query["timeout"].flatMap(Self.duration) ?? Self.defaultTimeout
        hasSubmodules = query["submodules"].map { $0 != "false" && $0 != "0" } ?? true
    }

    private static func splitQuery(_ text: String) -> (address: Substring, query: [String: String])? {
        guard !text.utf8.contains(where: { $0 < 0x20 }) else { return nil }
        guard let mark = text.firstIndex(of: "?") else { return (text[...], [:]) }
        var query: [String: String] = [:]
        for pair in text[text.index(after: mark)...].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if let key = sides.first { query[String(key)] = sides.count > 1 ? String(sides[1]) : "" }
        }
        return (text[..<mark], query)
    }

    /// Seconds, or a duration as Go writes it with one unit.
    private static func duration(_ text: String) -> Duration? {
        for (unit, scale) in [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1_000)] {
            guard text.hasSuffix(unit), let number = Int(text.dropLast(unit.count)), number > 0, number < 1_000_000
            else {
                continue
            }
            return .milliseconds(number * scale)
        }
        return nil
    }

    /// The address of the repository and the path in it.
    private static func parts(of address: Substring) -> (url: String, path: String)? {
        var rest = address.hasPrefix("git::") ? address.dropFirst(5) : address
        guard let scheme = takeScheme(&rest) else { return nil }
        let isLocal = scheme == "file://"
        guard !rest.isEmpty, isLocal || rest.first != "/" else { return nil }
        let (repository, path) = divide(rest, scheme)
        let clean = path.split(separator: "/").filter { $0 != "." }
        guard !repository.isEmpty, !clean.contains(".."), isLocal || Self.namesRepository(repository, scheme)
        else {
            return nil
        }
        return ("\(scheme)\(repository)", clean.joined(separator: "/"))
    }

    /// A host is no repository, nor is an owner.
    private static func namesRepository(_ repository: String, _ scheme: String) -> Bool {
        repository.hasSuffix(".git") || repository.contains("/_git/")
            || repository.split(separator: "/").count >= (scheme.isEmpty ? 2 : 3)
    }

    /// The beginning that git understands; shorthand hosts get one.
    private static func takeScheme(_ rest: inout Substring) -> String? {
        for scheme in ["https://", "http://", "ssh://", "file://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            return scheme
        }
        let lowered = rest.lowercased()
        if let at = rest.firstIndex(of: "@"), !rest[..<at].contains("/"), rest[at...].contains(":") { return "" }
        for shorthand in ["github.com/", "github.com:"] where lowered.hasPrefix(shorthand) {
            rest = rest.dropFirst(shorthand.count)
            rest = "github.com/\(rest)"
            return "https://"
        }
        return nil
    }

    /// The repository ends at `//`, at `.git`, at `_git/NAME`, or after host, owner and name.
    private static func divide(_ rest: Substring, _ scheme: String) -> (repository: String, path: Substring) {
        if let range = firstRange(of: "//", in: rest) {
            return (String(rest[..<range.lowerBound]), rest[range.upperBound...])
        }
        if let range = firstRange(of: ".git/", in: rest) {
            return (String(rest[..<rest.index(before: range.upperBound)]), rest[range.upperBound...])
        }
        if rest.hasSuffix(".git") { return (String(rest), "") }
        if let range = firstRange(of: "/_git/", in: rest) {
            let after = rest[range.upperBound...]
            let end = after.firstIndex(of: "/") ?? after.endIndex
            return (String(rest[..<end]), after[end...])
        }
        guard scheme != "file://" else { return (String(rest), "") }
        // `git@host:owner/name` has its owner in front of the first slash.
        let count = scheme.isEmpty ? 2 : 3
        let steps = rest.split(separator: "/", maxSplits: count)
        guard steps.count > count else { return (String(rest), "") }
        return (steps[..<count].joined(separator: "/"), steps[count])
    }

    private static func firstRange(of mark: String, in text: Substring) -> Range<Substring.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(mark) { return index..<text.index(index, offsetBy: mark.count) }
            index = text.index(after: index)
        }
        return nil
    }
}
