package import CoreModel
import HTTPExchange
import ManifestTree
package import SignatureCrypto
import Synchronization

/// What a login to Google's registries needs: the token service, the credentials of service accounts, the OAuth
/// endpoint and the metadata server.
package final class FakeGoogle: Sendable {
    package struct State: Sendable {
        /// The subject token that each audience takes.
        package var subjects: [String: String] = [:]
        /// The service accounts that federated identities may act as.
        package var impersonated: Set<String> = []
        /// Keys of service accounts, by e-mail address.
        package var keys: [String: PublicKey] = [:]
        package var refreshTokens: Set<String> = []
        /// What the metadata server says, by path; nothing for no such server.
        package var metadata: [String: String] = [:]
        package var hasServiceAccount = false
        /// Sent in place of what the service would say, to the next requests.
        package var replies: [ScriptedReply] = []
        /// Who was given a token, in order.
        package var grants: [String] = []
        package var federated: Set<String> = []
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
            "sts.googleapis.com", "iamcredentials.googleapis.com", "oauth2.googleapis.com", "metadata.google.internal",
        ]
        return Dictionary(names.map { ($0, server) }, uniquingKeysWith: { $1 })
    }

    /// The token of a grant: what a registry would see.
    package static func token(of subject: String) -> String { "google-access-canary.\(subject)" }
}

extension FakeGoogle {
    private final class Core: Sendable {
        let state = Mutex(State())
        let clock: any WallClock

        init(clock: any WallClock) { self.clock = clock }

        func reply(to request: ReceivedRequest) -> ScriptedReply {
            let scripted = state.withLock { $0.replies.isEmpty ? nil : $0.replies.removeFirst() }
            if let scripted { return scripted }
            let form = ScriptedRegistryCore.fields(request.text)
            if request.path.hasPrefix("/computeMetadata/v1/") { return metadata(request) }
            if request.path == "/v1/token" { return exchange(form) }
            if request.path.hasSuffix(":generateAccessToken") { return impersonate(request) }
            return request.path == "/token" ? oauth(form) : .text(404, "")
        }

        private func metadata(_ request: ReceivedRequest) -> ScriptedReply {
            guard request.headers["Metadata-Flavor"] == "Google" else { return .text(403, "Missing header") }
            let path = String(request.path.dropFirst("/computeMetadata/v1/".count))
            let headers: HTTPHeaders = ["Metadata-Flavor": "Google"]
            if path == "instance/service-accounts/default/token" {
                guard state.withLock({ $0.hasServiceAccount }) else {
                    return .text(404, "no account", headers: headers)
                }
                return granted("metadata", headers)
            }
            let value = state.withLock { $0.metadata[path] }
            return value.map { .text(200, $0, headers: headers) } ?? .text(404, "not found", headers: headers)
        }

        /// RFC 8693.
        private func exchange(_ form: [String: String]) -> ScriptedReply {
            guard form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange",
                form["requested_token_type"] == "urn:ietf:params:oauth:token-type:access_token",
                form["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt",
                form["scope"]?.contains("https://www.googleapis.com/auth/cloud-platform") == true
            else { return .text(400, #"{"error":"invalid_request","error_description":"Invalid request"}"#) }
            guard let audience = form["audience"], let subject = form["subject_token"],
                state.withLock({ $0.subjects[audience] }) == subject
            else {
                return .text(400, #"{"error":"invalid_grant","error_description":"The audience does not match."}"#)
            }
            let token = FakeGoogle.token(of: "federated")
            state.withLock { _ = $0.federated.insert(token) }
            return granted("federated", [:])
        }

        private func impersonate(_ request: ReceivedRequest) -> ScriptedReply {
            let shown = (request.headers["Authorization"] ?? "").dropFirst("Bearer ".count)
            let email = request.path.split(separator: "/").last?.prefix { $0 != ":" } ?? ""
            let body = try? JSONReader.parse(request.body)
            let isAllowed = state.withLock { state in
                state.federated.contains(String(shown)) && state.impersonated.contains(String(email))
            }
            guard isAllowed, body?["lifetime"]?.string == "3600s", body?["scope"]?.list?.isEmpty == false else {
                return .text(
                    403,
                    #"{"error":{"code":403,"message":"Permission denied","status":"PERMISSION_DENIED"}}"#
                )
            }
            state.withLock { $0.grants.append(String(email)) }
            let tree: Tree = [
                "accessToken": .string(FakeGoogle.token(of: String(email))),
                "expireTime": .string("\(clock.now() + .seconds(3600))"),
            ]
            return ScriptedReply(200, body: tree.jsonBytes())
        }

        private func oauth(_ form: [String: String]) -> ScriptedReply {
            if form["grant_type"] == "refresh_token" {
                let isKnown = state.withLock { $0.refreshTokens.contains(form["refresh_token"] ?? "") }
                return isKnown && form["client_id"] != nil && form["client_secret"] != nil
                    ? granted("user", [:]) : .text(400, #"{"error":"invalid_grant"}"#)
            }
            guard form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer",
                let email = issuer(ofSigned: form["assertion"] ?? "")
            else { return .text(400, #"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#) }
            return granted(email, [:])
        }

        /// Who signed an assertion, where the signature, the audience and the times are right.
        private func issuer(ofSigned assertion: String) -> String? {
            let parts = assertion.split(separator: ".").map(String.init)
            guard parts.count == 3, let claims = Self.decoded(parts[1]).flatMap({ try? JSONReader.parse($0) }),
                let signature = Self.decoded(parts[2]), let email = claims["iss"]?.string,
                let key = state.withLock({ $0.keys[email] }),
                (try? key.verify(signature: signature, of: Array("\(parts[0]).\(parts[1])".utf8))) == true,
                claims["aud"]?.string == "https://oauth2.googleapis.com/token",
                let issued = claims["iat"]?.integer, let ends = claims["exp"]?.integer,
                issued <= clock.now().seconds, ends > clock.now().seconds, ends - issued <= 3600
            else { return nil }
            return email
        }

        private static func decoded(_ text: String) -> [UInt8]? {
            var plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
            while !plain.utf8.count.isMultiple(of: 4) { plain += "=" }
            return Base64.decode(plain)
        }

        private func granted(_ subject: String, _ headers: HTTPHeaders) -> ScriptedReply {
            state.withLock { $0.grants.append(subject) }
            let tree: Tree = [
                "access_token": .string(FakeGoogle.token(of: subject)), "expires_in": 3599, "token_type": "Bearer",
            ]
            return ScriptedReply(200, headers: headers, body: tree.jsonBytes())
        }
    }
}
