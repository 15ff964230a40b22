import CoreModel
import HTTPExchange
import ManifestTree
import Synchronization

/// How a scripted registry wants to be asked.
package enum ScriptedRegistryAuthentication: Sendable {
    case none
    /// A password with each request.
    case basic(users: [String: String])
    /// Tokens from `/token` on the same server, or from the path of the realm given. Users may do everything, their
    /// password also serves as their refresh token; others may pull where `anonymousPull` says so.
    case token(users: [String: String], anonymousPull: Bool = false, realm: String? = nil, expiresIn: Int? = 300)
}

extension ScriptedRegistryCore {
    /// Nil when the request may go on.
    func refusal(of request: ReceivedRequest) -> ScriptedReply? {
        switch authentication {
        case .none: return nil
        case .basic(let users):
            if Self.user(of: request, in: users) != nil { return nil }
            return challenge("Basic realm=\"scripted, \\\"quoted\\\"\"")
        case .token(_, _, let realm, _):
            let needed = Self.neededScope(request)
            let shown = request.headers["Authorization"].map { String($0.dropFirst("Bearer ".count)) } ?? ""
            if let granted = state.withLock({ $0.tokens[shown] }), needed.isSubset(of: granted) { return nil }
            let address = realm ?? "http://\(request.headers["Host"] ?? "")/token"
            let scope = Self.scopeText(needed)
            return challenge(
                "Bearer realm=\"\(address)\",service=\"scripted\"" + (scope.isEmpty ? "" : ",scope=\"\(scope)\"")
            )
        }
    }

    /// Where tokens are to be had: as the realm says, whatever host it names.
    var tokenPath: String {
        guard case .token(_, _, let realm?, _) = authentication else { return "/token" }
        return HTTPURL(realm)?.path ?? "/token"
    }

    /// What the token service answers.
    func token(for request: ReceivedRequest) -> ScriptedReply {
        guard case .token(let users, let anonymousPull, _, let expiresIn) = authentication else {
            return Self.error(404, "NOT_FOUND", "no such page")
        }
        var user = Self.user(of: request, in: users)
        var scopes: [String] = []
        if request.method == "POST" {
            let form = Self.fields(request.text)
            user = users.first { $0.value == form["refresh_token"] }?.key
            if user == nil { return .text(401, "{\"error\":\"invalid_grant\"}") }
            scopes = (form["scope"] ?? "").split(separator: " ").map(String.init)
        } else {
            if user == nil, request.headers["Authorization"] != nil {
                return .text(401, "{\"details\":\"incorrect username or password\"}")
            }
            scopes = request.query.split(separator: "&").compactMap { Self.fields(String($0))["scope"] }
        }
        var granted = Set(scopes.flatMap(Self.grants))
        if user == nil { granted = anonymousPull ? granted.filter { $0.hasSuffix(":pull") } : [] }
        return issue(granted, expiresIn)
    }

    private func issue(_ granted: Set<String>, _ expiresIn: Int?) -> ScriptedReply {
        let token = state.withLock { state in
            state.nextToken += 1
            state.tokens["scripted-token-\(state.nextToken)"] = granted
            return "scripted-token-\(state.nextToken)"
        }
        var tree: Tree = ["token": .string(token)]
        tree["expires_in"] = expiresIn.map { .number(Tree.Number($0)) }
        return ScriptedReply(200, headers: ["Content-Type": "application/json"], body: tree.jsonBytes())
    }

    private func challenge(_ text: String) -> ScriptedReply {
        var reply = Self.error(401, "UNAUTHORIZED", "authentication required")
        reply.headers["WWW-Authenticate"] = text
        return reply
    }

    private static func user(of request: ReceivedRequest, in users: [String: String]) -> String? {
        guard let header = request.headers["Authorization"], header.hasPrefix("Basic "),
            let bytes = Base64.decode(header.dropFirst("Basic ".count))
        else { return nil }
        let pair = String(decoding: bytes, as: UTF8.self)
        return users.first { pair == "\($0.key):\($0.value)" }?.key
    }

    /// `repository:action` for each action that a request needs.
    private static func neededScope(_ request: ReceivedRequest) -> Set<String> {
        let target = request.path.dropFirst("/v2/".count)
        let parts = target.split(separator: "/")
        guard let end = parts.lastIndex(where: { ["manifests", "blobs", "tags"].contains($0) }) else { return [] }
        let name = parts[..<end].joined(separator: "/")
        switch request.method {
        case "GET", "HEAD": return ["\(name):pull"]
        case "DELETE": return ["\(name):delete"]
        default:
            let mount = fields(request.query)["from"].map { ["\($0):pull"] } ?? []
            return Set(["\(name):pull", "\(name):push"] + mount)
        }
    }

    private static func scopeText(_ needed: Set<String>) -> String {
        needed.sorted().map { item in
            let name = item.prefix { $0 != ":" }
            return "repository:\(name):\(item.dropFirst(name.count + 1))"
        }.joined(separator: " ")
    }

    /// `repository:name:a,b` as `name:a` and `name:b`.
    private static func grants(_ scope: String) -> [String] {
        let parts = scope.split(separator: ":")
        guard parts.count == 3, parts[0] == "repository" else { return [] }
        return parts[2].split(separator: ",").map { "\(parts[1]):\($0)" }
    }
}
