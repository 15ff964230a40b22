/// What a token is asked to allow: actions on one repository (Docker's token spec, "resource scope").
struct RegistryScope: Hashable, Sendable, CustomStringConvertible {
    let path: String
    /// Sorted, without doubles.
    let actions: [String]

    init(_ path: String, _ actions: some Sequence<String>) {
        self.path = path
        self.actions = Set(actions).sorted()
    }

    var description: String { "repository:\(path):\(actions.joined(separator: ","))" }

    static func pull(_ repository: Repository) -> RegistryScope { RegistryScope(repository.path, ["pull"]) }
    static func push(_ repository: Repository) -> RegistryScope { RegistryScope(repository.path, ["pull", "push"]) }
    static func delete(_ repository: Repository) -> RegistryScope {
        RegistryScope(repository.path, ["delete", "pull"])
    }

    /// Adds the actions that a challenge names for the same repositories. Anything else it asks for is left out, so
    /// that a registry cannot have tokens made for what we do not do.
    static func widen(_ scopes: [RegistryScope], by challenge: String?) -> [RegistryScope] {
        guard let challenge else { return scopes }
        var asked: [String: [String]] = [:]
        for item in challenge.split(separator: " ") {
            guard item.hasPrefix("repository:"), let colon = item.lastIndex(of: ":") else { continue }
            let path = item[..<colon].dropFirst("repository:".count)
            asked[String(path), default: []] += item[item.index(after: colon)...].split(separator: ",").map(String.init)
        }
        return scopes.map { scope in
            let actions = (asked[scope.path] ?? []).filter { $0 == "*" || ReferenceGrammar.isPathComponent($0) }
            return RegistryScope(scope.path, scope.actions + actions)
        }
    }
}
