internal import CoreModel
internal import ManifestTree

/// When a timestamp is asked for.
package enum TimestampRule: String, Hashable, Sendable {
    /// Of every signature, where the statement names a store of timestamping authorities.
    case always
    /// Only of signatures whose certificates have expired since.
    case afterCertExpiry
}

/// One statement of a trust policy document: for these repositories, signatures by these identities.
package struct TrustPolicyStatement: Hashable, Sendable {
    package let name: String
    package let scopes: [RegistryScope]
    package let level: VerificationLevel
    package let timestamps: TimestampRule
    package let stores: [TrustStoreName]
    package let identities: [TrustedIdentity]
}

/// A trust policy document of version 1.0, every rule of it checked (trust-store-trust-policy.md, "Trust Policy").
///
/// What it does not know it refuses: a misspelt member must not make a policy weaker than it looks.
package struct TrustPolicyDocument: Hashable, Sendable {
    /// The largest document read, in bytes.
    package static let sizeLimit = 1 << 20

    package let statements: [TrustPolicyStatement]
    /// Where the statement about a scope is.
    private let places: [RegistryScope: Int]

    /// Parses `trustpolicy.json`, or `trustpolicy.oci.json`, which has the same form.
    /// - Parameter source: what messages call the document.
    /// - Throws: `NotationError.invalidPolicy`.
    package init(parsing bytes: [UInt8], source: String = "trustpolicy.json") throws {
        do {
            statements = try Self.statements(bytes)
            places = try Self.places(statements)
        } catch {
            throw NotationError(.invalidPolicy, "The trust policy '\(source)' cannot be used: \(error.reason)")
        }
    }

    /// The one statement about a repository: the one that names it, otherwise the one for all; nil for neither.
    /// - Parameter repository: `registry/path`.
    package func statement(for repository: String) -> TrustPolicyStatement? {
        let exact = RegistryScope.canonical(repository).flatMap { places[.repository($0)] }
        return (exact ?? places[.all]).map { statements[$0] }
    }

    private static func statements(_ bytes: [UInt8]) throws(NotationProblem) -> [TrustPolicyStatement] {
        let top = try JSONMap(parsing: bytes, "the document", limit: sizeLimit)
        try top.allow(only: ["version", "trustPolicies"])
        let version = try top.string("version")
        guard version == "1.0" else {
            throw NotationProblem("its version is \(version.quotedForMessage), and only \"1.0\" is known")
        }
        guard let list = top.entries["trustPolicies"]?.list, (1...1024).contains(list.count) else {
            throw NotationProblem("trustPolicies is not a list of 1 to 1024 statements")
        }
        var statements: [TrustPolicyStatement] = []
        for (index, element) in list.enumerated() {
            statements.append(try TrustPolicyStatement(element, "the statement \(index + 1)"))
        }
        return statements
    }

    /// A second statement of the same name or for the same repository would stand in the shadow of the first.
    private static func places(_ statements: [TrustPolicyStatement]) throws(NotationProblem) -> [RegistryScope: Int] {
        var names: Set<String> = []
        var places: [RegistryScope: Int] = [:]
        for (index, statement) in statements.enumerated() {
            guard names.insert(statement.name).inserted else {
                throw NotationProblem("two statements have the name \(statement.name.quotedForMessage)")
            }
            for scope in statement.scopes {
                if let other = places.updateValue(index, forKey: scope) {
                    throw NotationProblem(
                        "the scope '\(scope)' stands in \(statements[other].name.quotedForMessage) and in "
                            + "\(statement.name.quotedForMessage); every scope has one statement"
                    )
                }
            }
        }
        return places
    }
}

extension TrustPolicyStatement {
    fileprivate init(_ element: Tree, _ place: String) throws(NotationProblem) {
        let map = try JSONMap(element, place)
        try map.allow(only: ["name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"])
        let name = try map.string("name")
        guard !name.isEmpty else { throw NotationProblem("\(place) has an empty name") }
        do {
            try self.init(name: name, map)
        } catch {
            throw NotationProblem("the statement \(name.quotedForMessage) \(error.reason)")
        }
    }

    private init(name: String, _ map: JSONMap) throws(NotationProblem) {
        self.name = name
        let verification = try JSONMap(map.entries["signatureVerification"], "whose signatureVerification")
        (level, timestamps) = try Self.verification(verification)
        scopes = try Self.scopes(map)
        // notation refuses stores and identities beside the level skip, Flux ignores them.
        guard level.name != .skip else {
            (stores, identities) = ([], [])
            return
        }
        stores = try Self.stores(map)
        identities = try Self.identities(map)
    }

    private static func verification(
        _ map: JSONMap
    ) throws(NotationProblem) -> (level: VerificationLevel, timestamps: TimestampRule) {
        try map.allow(only: ["level", "override", "verifyTimestamp"])
        var override: [(String, String)] = []
        if let value = map.entries["override"], !value.isNull {
            for (key, value) in try JSONMap(value, "whose override").entries {
                override.append((key, value.string ?? value.kindName))
            }
        }
        let level = try VerificationLevel(try map.string("level"), override: override)
        let text = try map.optionalString("verifyTimestamp") ?? ""
        guard let rule = text.isEmpty ? .always : TimestampRule(rawValue: text) else {
            throw NotationProblem("has the verifyTimestamp \(text.quotedForMessage); use always or afterCertExpiry")
        }
        return (level, rule)
    }

    private static func scopes(_ map: JSONMap) throws(NotationProblem) -> [RegistryScope] {
        var scopes: [RegistryScope] = []
        for text in try strings(map, "registryScopes") {
            let scope = try RegistryScope(text)
            guard !scopes.contains(scope) else { throw NotationProblem("has the scope '\(scope)' twice") }
            scopes.append(scope)
        }
        guard scopes.count == 1 || !scopes.contains(.all) else {
            throw NotationProblem("has the scope '*' beside others, which it would cover")
        }
        return scopes
    }

    private static func stores(_ map: JSONMap) throws(NotationProblem) -> [TrustStoreName] {
        var stores: [TrustStoreName] = []
        for text in try strings(map, "trustStores") {
            let store = try TrustStoreName(text)
            if !stores.contains(store) { stores.append(store) }
        }
        guard stores.contains(where: { $0.type != .tsa }) else {
            throw NotationProblem("names only stores of timestamping authorities, which nobody signs with")
        }
        return stores
    }

    private static func identities(_ map: JSONMap) throws(NotationProblem) -> [TrustedIdentity] {
        var identities: [TrustedIdentity] = []
        for text in try strings(map, "trustedIdentities") {
            let identity = try TrustedIdentity(text)
            if case .subject(let pattern) = identity {
                for case .subject(let other) in identities where pattern.covers(other) || other.covers(pattern) {
                    throw NotationProblem(
                        "has the identities \(other.description.quotedForMessage) and "
                            + "\(pattern.description.quotedForMessage), one of which covers the other; keep one"
                    )
                }
            }
            identities.append(identity)
        }
        guard identities.count == 1 || !identities.contains(.any) else {
            throw NotationProblem("has the identity '*' beside others, which it would cover")
        }
        return identities
    }

    /// At least one and at most 256, which bounds the comparisons.
    private static func strings(_ map: JSONMap, _ key: String) throws(NotationProblem) -> [String] {
        guard let list = map.entries[key]?.list, (1...256).contains(list.count) else {
            throw NotationProblem("has no \(key); give 1 to 256")
        }
        var strings: [String] = []
        for element in list {
            guard let text = element.string else {
                throw NotationProblem("has something else than strings in \(key)")
            }
            strings.append(text)
        }
        return strings
    }
}
