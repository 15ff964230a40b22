package import CoreModel
import HTTPExchange
import ManifestTree
import SignatureCrypto
import Synchronization

/// The services of AWS that a login to ECR needs: STS, ECR, ECR Public, the container agent and the instance metadata
/// service. Signatures, forms, headers and times are checked as the real ones check them.
package final class FakeAWS: Sendable {
    package struct Keys: Hashable, Sendable {
        package var accessKey: String
        package var secretKey: String
        package var sessionToken: String?

        package init(_ accessKey: String, _ secretKey: String, _ sessionToken: String? = nil) {
            (self.accessKey, self.secretKey, self.sessionToken) = (accessKey, secretKey, sessionToken)
        }
    }

    /// What it knows and how it behaves.
    package struct State: Sendable {
        /// The web identity that each role trusts.
        package var roles: [String: String] = [:]
        /// Keys that are in force.
        package var keys: Set<Keys> = []
        /// The role of the instance; nil for none.
        package var instanceRole: String?
        /// The token that the container agent wants.
        package var agentToken: String?
        /// Sent in place of what the service would say, to the next requests.
        package var replies: [ScriptedReply] = []
        package var password = "ecr-password-canary"
        package var passwordLife = Duration.seconds(12 * 3600)
        /// Role sessions that were begun, as `role session`.
        package var sessions: [String] = []
        /// What tokens were signed for, as `account key service region`.
        package var grants: [String] = []
    }

    package let server: LoopbackServer
    private let core: Core

    package init(clock: any WallClock) throws {
        let core = Core(clock: clock)
        self.core = core
        server = try LoopbackServer { core.reply(to: $0) }
    }

    /// Reads or changes what it knows.
    @discardableResult
    package func with<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        core.state.withLock { body(&$0) }
    }

    /// The names that lead here.
    package var hosts: [String: LoopbackServer] {
        let names = [
            "sts.eu-west-1.amazonaws.com", "api.ecr.eu-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn",
            "api.ecr.cn-north-1.amazonaws.com.cn", "sts.us-east-1.amazonaws.com",
            "api.ecr-public.us-east-1.amazonaws.com", "169.254.169.254", "169.254.170.2", "169.254.170.23",
        ]
        return Dictionary(names.map { ($0, server) }, uniquingKeysWith: { $1 })
    }
}

extension FakeAWS {
    final class Core: Sendable {
        let state = Mutex(State())
        let clock: any WallClock

        init(clock: any WallClock) { self.clock = clock }

        func reply(to request: ReceivedRequest) -> ScriptedReply {
            let scripted = state.withLock { $0.replies.isEmpty ? nil : $0.replies.removeFirst() }
            if let scripted { return scripted }
            if request.path.hasPrefix("/latest/") { return metadata(request) }
            if request.path.hasPrefix("/v1/credentials") { return agent(request) }
            if request.headers["X-Amz-Target"] != nil { return registry(request) }
            return securityTokens(request)
        }
    }
}

// MARK: - STS

extension FakeAWS.Core {
    private func securityTokens(_ request: ReceivedRequest) -> ScriptedReply {
        let form = ScriptedRegistryCore.fields(request.text)
        guard request.method == "POST", request.headers["Content-Type"] == "application/x-www-form-urlencoded",
            form["Action"] == "AssumeRoleWithWebIdentity", form["Version"] == "2011-06-15"
        else { return Self.xml(400, "InvalidAction", "Could not find operation") }
        let (role, session) = (form["RoleArn"] ?? "", form["RoleSessionName"] ?? "")
        guard LinearPattern("^[A-Za-z0-9_=,.@-]{2,64}$")?.isFound(in: session) == true else {
            return Self.xml(400, "ValidationError", "1 validation error detected: roleSessionName")
        }
        guard let token = form["WebIdentityToken"], state.withLock({ $0.roles[role] }) == token else {
            let said = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
            return Self.xml(403, "AccessDenied", said)
        }
        let keys = FakeAWS.Keys("ASIASESSION", "sts/secret+canary=", "session/token+canary==")
        state.withLock { state in
            state.keys.insert(keys)
            state.sessions.append("\(role) \(session)")
        }
        let ends = clock.now() + .seconds(3600)
        return .text(
            200,
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult>
                <AssumedRoleUser><Arn>\(role)/\(session)</Arn></AssumedRoleUser>
                <Credentials>
                  <AccessKeyId>\(keys.accessKey)</AccessKeyId>
                  <SecretAccessKey>\(keys.secretKey)</SecretAccessKey>
                  <SessionToken>\(keys.sessionToken ?? "")</SessionToken>
                  <Expiration>\(ends)</Expiration>
                </Credentials>
              </AssumeRoleWithWebIdentityResult>
            </AssumeRoleWithWebIdentityResponse>
            """,
            headers: ["Content-Type": "text/xml"]
        )
    }

    static func xml(_ status: Int, _ code: String, _ message: String) -> ScriptedReply {
        .text(
            status,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
                + "<Code>\(code)</Code><Message>\(message)</Message></Error></ErrorResponse>"
        )
    }
}

// MARK: - On the machine

extension FakeAWS.Core {
    private func metadata(_ request: ReceivedRequest) -> ScriptedReply {
        let session = "imds-session-canary"
        if request.path == "/latest/api/token" {
            guard request.method == "PUT", request.headers["X-aws-ec2-metadata-token-ttl-seconds"] != nil else {
                return .text(400, "")
            }
            return .text(200, session)
        }
        guard request.headers["X-aws-ec2-metadata-token"] == session else { return .text(401, "") }
        let roles = "/latest/meta-data/iam/security-credentials/"
        guard request.method == "GET", let role = state.withLock({ $0.instanceRole }) else { return .text(404, "") }
        if request.path == roles { return .text(200, role) }
        return request.path == roles + role ? sessionKeys(["Code": "Success", "Type": "AWS-HMAC"]) : .text(404, "")
    }

    private func agent(_ request: ReceivedRequest) -> ScriptedReply {
        guard let token = state.withLock({ $0.agentToken }), request.headers["Authorization"] == token else {
            return .text(400, #"{"code":"InvalidToken","message":"the token is not valid"}"#)
        }
        return sessionKeys([:])
    }

    private func sessionKeys(_ more: [String: String]) -> ScriptedReply {
        let keys = FakeAWS.Keys("ASIALOCAL", "local/secret+canary", "local/token+canary")
        state.withLock { _ = $0.keys.insert(keys) }
        var tree: Tree = [
            "AccessKeyId": .string(keys.accessKey), "SecretAccessKey": .string(keys.secretKey),
            "Token": .string(keys.sessionToken ?? ""), "Expiration": .string("\(clock.now() + .seconds(3600))"),
        ]
        for (name, value) in more { tree[name] = .string(value) }
        return ScriptedReply(200, body: tree.jsonBytes())
    }
}

// MARK: - ECR

extension FakeAWS.Core {
    private func registry(_ request: ReceivedRequest) -> ScriptedReply {
        let isPublic = request.headers["X-Amz-Target"] == "SpencerFrontendService.GetAuthorizationToken"
        let isPrivate =
            request.headers["X-Amz-Target"] == "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
        guard isPublic || isPrivate, request.headers["Content-Type"] == "application/x-amz-json-1.1",
            request.text == "{}"
        else { return .text(400, #"{"__type":"UnknownOperationException"}"#) }
        let signature = ReceivedSignature(request)
        guard let signature, let keys = state.withLock({ $0.keys.first { $0.accessKey == signature.accessKey } }),
            keys.sessionToken == request.headers["X-Amz-Security-Token"]
        else {
            return .text(
                400,
                #"{"__type":"UnrecognizedClientException","message":"The security token is invalid."}"#
            )
        }
        guard signature.service == (isPublic ? "ecr-public" : "ecr"), signature.isValid(for: keys.secretKey) else {
            return .text(
                403,
                #"{"__type":"InvalidSignatureException","message":"The signature does not match"}"#
            )
        }
        guard signature.isFresh(at: clock.now()) else {
            return .text(403, #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#)
        }
        return password(isPublic, signature)
    }

    private func password(_ isPublic: Bool, _ signature: ReceivedSignature) -> ScriptedReply {
        let (password, life) = state.withLock { state in
            state.grants.append("\(signature.accessKey) \(signature.service) \(signature.region)")
            return (state.password, state.passwordLife)
        }
        let token = Base64.encode(Array("AWS:\(password)".utf8))
        let ends = (clock.now() + life).seconds
        let data: Tree = [
            "authorizationToken": .string(token), "expiresAt": .number(Tree.Number(validated: "\(ends).123")),
            "proxyEndpoint": "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        ]
        let tree: Tree = ["authorizationData": isPublic ? data : [data]]
        return ScriptedReply(200, headers: ["Content-Type": "application/x-amz-json-1.1"], body: tree.jsonBytes())
    }
}
