package import CoreModel
import HTTPExchange
import ManifestTree
import Synchronization

/// What a login to an Azure registry needs: Microsoft Entra ID, the instance metadata service, and the registry's own
/// exchange of access tokens.
package final class FakeEntra: Sendable {
    package struct State: Sendable {
        /// What each application shows, as `tenant/client`: a secret, or a federated token.
        package var secrets: [String: String] = [:]
        package var assertions: [String: String] = [:]
        /// The client of the machine's identity; nil for none.
        package var machine: String?
        /// Sent in place of what the service would say, to the next requests.
        package var replies: [ScriptedReply] = []
        package var refreshToken = "acr-refresh-canary"
        package var refreshLife = Duration.seconds(3 * 3600)
        /// Access tokens that were given, with the resource they are for.
        package var accessTokens: [String: String] = [:]
        /// Registries that gave a refresh token, each time.
        package var exchanges: [String] = []

        /// The refresh token in the form of a signed one.
        package func refresh(at now: Timestamp) -> String {
            let claims: Tree = [
                "jti": .string(refreshToken), "exp": .number(Tree.Number(Int((now + refreshLife).seconds))),
            ]
            let text = Base64.encode(claims.jsonBytes()).filter { $0 != "=" }
            return "eyJhbGciOiJSUzI1NiJ9.\(text).c2lnbmF0dXJl"
        }
    }

    package let server: LoopbackServer
    private let core: Core

    package init(clock: any WallClock) throws {
        let core = Core(clock: clock)
        self.core = core
        server = try LoopbackServer { core.reply(to: $0) }
    }

    @discardableResult
    package func with<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        core.state.withLock { body(&$0) }
    }

    /// The names that lead here.
    package var hosts: [String: LoopbackServer] {
        let names = [
            "login.microsoftonline.com", "login.chinacloudapi.cn", "login.microsoftonline.us", "169.254.169.254",
            "acme.azurecr.io/oauth2/exchange", "acme.azurecr.cn/oauth2/exchange", "acme.azurecr.us/oauth2/exchange",
        ]
        return Dictionary(names.map { ($0, server) }, uniquingKeysWith: { $1 })
    }
}

extension FakeEntra {
    private final class Core: Sendable {
        let state = Mutex(State())
        let clock: any WallClock

        init(clock: any WallClock) { self.clock = clock }

        func reply(to request: ReceivedRequest) -> ScriptedReply {
            let scripted = state.withLock { $0.replies.isEmpty ? nil : $0.replies.removeFirst() }
            if let scripted { return scripted }
            if request.path == "/metadata/identity/oauth2/token" { return metadata(request) }
            guard request.method == "POST", request.headers["Content-Type"] == "application/x-www-form-urlencoded"
            else { return .text(405, "") }
            let form = ScriptedRegistryCore.fields(request.text)
            return request.path == "/oauth2/exchange" ? exchange(form, request) : login(form, request)
        }

        private func login(_ form: [String: String], _ request: ReceivedRequest) -> ScriptedReply {
            let parts = request.path.split(separator: "/")
            guard parts.count == 4, parts.dropFirst().elementsEqual(["oauth2", "v2.0", "token"]) else {
                return .text(404, "")
            }
            guard form["grant_type"] == "client_credentials", let client = form["client_id"],
                let scope = form["scope"], scope.hasSuffix("/.default")
            else { return Self.refusal(400, "invalid_request", "AADSTS900144: The request body must contain more.") }
            let name = "\(parts[0])/\(client)"
            let isProven = state.withLock { state in
                if let secret = form["client_secret"] { return state.secrets[name] == secret }
                let isBearer =
                    form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                return isBearer && form["client_assertion"].map { state.assertions[name] == $0 } ?? false
            }
            guard isProven else {
                let said = "AADSTS70021: No matching federated identity record found.\\r\\nTrace ID: 1"
                return Self.refusal(401, "invalid_client", said)
            }
            return access(for: String(scope.dropLast("/.default".count)))
        }

        private func metadata(_ request: ReceivedRequest) -> ScriptedReply {
            let query = ScriptedRegistryCore.fields(request.query)
            guard request.headers["Metadata"] == "true", query["api-version"] == "2018-02-01",
                let resource = query["resource"]
            else { return .text(400, #"{"error":"invalid_request"}"#) }
            guard let machine = state.withLock({ $0.machine }), query["client_id"] ?? machine == machine else {
                return .text(400, #"{"error":"invalid_request","error_description":"Identity not found"}"#)
            }
            return access(for: resource)
        }

        private func access(for resource: String) -> ScriptedReply {
            let token = state.withLock { state in
                let token = "entra-access-canary-\(state.accessTokens.count)"
                state.accessTokens[token] = resource
                return token
            }
            let tree: Tree = ["token_type": "Bearer", "expires_in": 3599, "access_token": .string(token)]
            return ScriptedReply(200, body: tree.jsonBytes())
        }

        private func exchange(_ form: [String: String], _ request: ReceivedRequest) -> ScriptedReply {
            let host = request.headers["Host"] ?? ""
            let cloud =
                host.hasSuffix(".cn") ? "chinacloudapi.cn" : host.hasSuffix(".us") ? "usgovcloudapi.net" : "azure.com"
            let known = state.withLock { state in form["access_token"].flatMap { state.accessTokens[$0] } }
            guard form["grant_type"] == "access_token", form["service"] == host,
                known == "https://management.\(cloud)"
            else {
                let said = #"{"errors":[{"code":"UNAUTHORIZED","message":"aad access token with wrong audience"}]}"#
                return .text(401, said)
            }
            let token = state.withLock { state in
                state.exchanges.append(host)
                return state.refresh(at: clock.now())
            }
            let tree: Tree = ["refresh_token": .string(token)]
            return ScriptedReply(200, body: tree.jsonBytes())
        }

        private static func refusal(_ status: Int, _ code: String, _ text: String) -> ScriptedReply {
            .text(status, "{\"error\":\"\(code)\",\"error_description\":\"\(text)\",\"error_codes\":[70021]}")
        }
    }
}
