internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// A role that may speak of some targets.
struct Delegation: Sendable {
    /// Which paths it may speak of.
    private enum Scope: Sendable {
        case patterns([LinearPattern])
        /// Beginnings of the hexadecimal SHA-256 of a path.
        case hashPrefixes([String])
        case nothing
    }

    let name: String
    let keys: RoleKeys
    /// Nobody after it is asked for the paths that it may speak of.
    let isTerminating: Bool
    private let scope: Scope

    init(_ fields: MetadataFields, declared: [String: FrameworkKey]) throws(UpdateError) {
        name = try fields.string("name")
        guard Self.isUsable(name) else {
            throw fields.malformed("the role '\(name.forMessage)' has a name that is empty, too long or reserved")
        }
        keys = try RoleKeys(name, fields, declared: declared)
        isTerminating = try fields.flag("terminating")
        scope = try Self.scope(fields)
    }

    /// Whether the role may speak of the target.
    func covers(_ path: String) throws -> Bool {
        switch scope {
        case .nothing: return false
        case .patterns(let patterns): return patterns.contains { $0.matchesWhole(path) }
        case .hashPrefixes(let prefixes):
            let hash = try Digest.of(path.utf8).hex
            return prefixes.contains { hash.hasPrefix($0) }
        }
    }

    /// The top-level roles' files must not be mistaken for those of a delegated one.
    private static func isUsable(_ name: String) -> Bool {
        name.utf8.count <= 128 && RepositoryPath.isSafe(name)
            && !["root", "timestamp", "snapshot", "targets", "mirrors"].contains(name)
    }

    private static func scope(_ fields: MetadataFields) throws(UpdateError) -> Scope {
        let (hasPaths, hasPrefixes) = (fields.entries["paths"] != nil, fields.entries["path_hash_prefixes"] != nil)
        if hasPaths, hasPrefixes { throw fields.malformed("\(fields.place) has both paths and path_hash_prefixes") }
        if hasPrefixes { return .hashPrefixes(try fields.strings("path_hash_prefixes").map { $0.lowercased() }) }
        guard hasPaths else { return .nothing }
        var patterns: [LinearPattern] = []
        for pattern in try fields.strings("paths") {
            guard pattern.utf8.count <= 1_024, let parsed = LinearPattern(ShellPattern.expression(pattern)) else {
                throw fields.malformed("\(fields.path("paths")) holds a pattern that cannot be read")
            }
            patterns.append(parsed)
        }
        return .patterns(patterns)
    }
}

/// Shell patterns of paths (glob(7)): `*` and `?` stop at a `/`.
enum ShellPattern {
    /// The regular expression that matches the same.
    static func expression(_ pattern: String) -> String {
        var expression = ""
        var rest = Substring(pattern).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": expression += "[^/]*"
            case "?": expression += "[^/]"
            case "[":
                if let (set, after) = set(rest) {
                    expression += set
                    rest = after
                } else {
                    expression += "\\["
                }
            default: expression += escaped(scalar)
            }
        }
        return expression
    }

    private typealias Scalars = Substring.UnicodeScalarView

    /// What stands between brackets, and what comes after; nil where no bracket closes.
    private static func set(_ text: Scalars) -> (expression: String, rest: Scalars)? {
        var rest = text
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var members = ""
        while let scalar = rest.popFirst() {
            if scalar == "]", !members.isEmpty { return (isNegated ? "[^/\(members)]" : "[\(members)]", rest) }
            if scalar == "/" { return nil }
            members += scalar == "-" ? "-" : escaped(scalar)
        }
        return nil
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
    }
}
