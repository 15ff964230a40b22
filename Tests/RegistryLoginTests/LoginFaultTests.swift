import CoreModel
import HTTPExchange
import OCIDistribution
import TestSupport
import Testing

@testable import RegistryLogin

/// Token services that refuse, fail, hang or talk nonsense. Each ends in an error of the right kind, and none of it
/// tells a secret.
@Suite struct LoginFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let code: LoginError.Code
        /// What the message has to tell.
        var fragment = ""
        /// How often the service is asked.
        var times = 1
        var retryAfter: Duration?
        let reply: ScriptedReply
        var testDescription: String { name }
    }

    private static let telling = "canary-token eyJhbGciOiJSUzI1NiJ9.e30.c2ln canary"

    static let faults = [
        Fault(
            name: "denied, as STS says it",
            code: .refused,
            fragment: "AccessDenied: Not authorized to perform it",
            reply: .text(
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform it</Message></Error>"
                    + "</ErrorResponse>"
            )
        ),
        Fault(
            name: "an expired token, as STS says it",
            code: .refused,
            fragment: "ExpiredTokenException: Token expired &",
            reply: .text(
                400,
                "<Error><Code>ExpiredTokenException</Code><Message>Token expired &amp; gone</Message></Error>"
            )
        ),
        Fault(
            name: "denied, as AWS' JSON protocol says it",
            code: .refused,
            fragment: "AccessDeniedException: User is not authorized",
            reply: .text(
                400,
                #"{"__type":"com.amazonaws.ecr#AccessDeniedException","Message":"User is not authorized"}"#
            )
        ),
        Fault(
            name: "refused, as Entra says it",
            code: .refused,
            fragment: "invalid_client: AADSTS700016: Application not found.",
            reply: .text(
                401,
                #"{"error":"invalid_client","error_description":"AADSTS700016: Application not found.\r\nTrace ID: 1"}"#
            )
        ),
        Fault(
            name: "refused, as Google says it",
            code: .refused,
            fragment: "PERMISSION_DENIED: Permission denied on resource",
            reply: .text(
                403,
                #"{"error":{"code":403,"message":"Permission denied on resource","status":"PERMISSION_DENIED"}}"#
            )
        ),
        Fault(name: "refused without a word", code: .refused, fragment: "HTTP 403", reply: .text(403, "")),
        Fault(
            name: "an answer with the secret in it",
            code: .refused,
            fragment: "HTTP 400",
            reply: .text(400, "{\"error\":\"invalid\",\"error_description\":\"\(telling)\"}")
        ),
        Fault(name: "failing", code: .unavailable, fragment: "HTTP 503", times: 3, reply: .text(503, "")),
        Fault(
            name: "too many requests",
            code: .unavailable,
            fragment: "too many requests",
            retryAfter: .seconds(120),
            reply: .text(429, "", headers: ["Retry-After": "120"])
        ),
        Fault(
            name: "a redirect",
            code: .badAnswer,
            fragment: "redirects",
            reply: .text(302, "", headers: ["Location": "http://evil.example/"])
        ),
        Fault(name: "no JSON", code: .badAnswer, reply: .text(200, telling)),
        Fault(name: "JSON without what is needed", code: .badAnswer, reply: .text(200, "{\"x\":\"\(telling)\"}")),
        Fault(
            name: "a token that cannot travel in a header",
            code: .badAnswer,
            reply: .text(200, #"{"access_token":"canary\r\nX: y","refresh_token":"canary\n","expires_in":1}"#)
        ),
        Fault(
            name: "too much",
            code: .badAnswer,
            fragment: "too long",
            reply: ScriptedReply(200, body: [UInt8](repeating: 0x20, count: (1 << 20) + 1))
        ),
        Fault(
            name: "silence",
            code: .unreachable,
            fragment: "could not be reached",
            reply: ScriptedReply(200).delivered(.silent)
        ),
        Fault(
            name: "a reset",
            code: .unreachable,
            fragment: "could not be reached",
            times: 3,
            reply: ScriptedReply(200).delivered(.resettingAtOnce)
        ),
    ]

    /// A provider, and the environment with which its first request goes to a service of the Internet.
    private static func environment(_ provider: CloudProvider, _ folder: ScratchFolder) throws -> [String: String] {
        let token = try folder.write("token", "canary-token")
        switch provider {
        case .aws: return ["AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"]
        case .azure:
            return ["AZURE_FEDERATED_TOKEN_FILE": token, "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c"]
        case .gcp:
            let path = try folder.write(
                "credentials.json",
                """
                {"type": "external_account", "audience": "a", "token_url": "https://sts.googleapis.com/v1/token",
                 "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                 "credential_source": {"file": "\(token)"}}
                """
            )
            return ["GOOGLE_APPLICATION_CREDENTIALS": path]
        }
    }

    @Test(arguments: CloudProvider.allCases, faults)
    func endsInAnError(provider: CloudProvider, fault: Fault) async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder()
        let replies = [ScriptedReply](repeating: fault.reply, count: 5)
        fixture.aws.with { $0.replies = replies }
        fixture.entra.with { $0.replies = replies }
        fixture.google.with { $0.replies = replies }
        let map = fixture.map()
        let environment = try Self.environment(provider, folder)
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(provider, environment, over: map)
        }
        #expect(error.code == fault.code, "\(error)")
        #expect(error.message.contains(fault.fragment), "\(error)")
        #expect(error.retryAfter == fault.retryAfter)
        #expect(map.requests.count == fault.times)
        #expect(error.kind != .terminal)
        for text in [error.description, String(reflecting: error), "\(error as any Error)"] {
            #expect(!text.contains("canary"), "\(text)")
            #expect(!text.contains("eyJ"), "\(text)")
        }
    }

    @Test(arguments: CloudProvider.allCases) func getsOverAPassingFailure(provider: CloudProvider) async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder()
        let replies: [ScriptedReply] = [.text(500, ""), ScriptedReply(200).delivered(.closingAtOnce)]
        fixture.aws.with {
            $0.roles = ["arn:aws:iam::1:role/x": "canary-token"]
            $0.replies = replies
        }
        fixture.entra.with {
            $0.assertions = ["t/c": "canary-token"]
            $0.replies = replies
        }
        fixture.google.with {
            $0.subjects = ["a": "canary-token"]
            $0.replies = replies
        }
        let environment = try Self.environment(provider, folder)
        #expect(try await !fixture.credentials(provider, environment).isAnonymous)
    }

    @Test func aCancelledLoginIsCancelled() async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder()
        fixture.aws.with { $0.replies = [ScriptedReply(200).delivered(.silent)] }
        let environment = try Self.environment(.aws, folder)
        let task = Task { try await fixture.credentials(.aws, environment) }
        while fixture.aws.server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        let error = try await #require(throws: LoginError.self) { try await task.value }
        #expect(error.kind == .cancelled)
    }

    /// Files that variables name and that are not what they should be.
    @Test func namesTheFileThatCannotBeUsed() async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["empty": "\n"])
        for path in ["\(folder.path)/nothing", "\(folder.path)/empty", folder.path] {
            let environment = ["AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": "arn:aws:iam::1:role/x"]
            let error = try await #require(throws: LoginError.self) {
                try await fixture.credentials(.aws, environment)
            }
            #expect(error.code == .configuration)
            #expect(error.message.contains(path) && error.message.contains("AWS_WEB_IDENTITY_TOKEN_FILE"), "\(error)")
        }
    }

    @Test func nothingDescribesAnEnvironmentOrARequest() throws {
        let environment = LoginEnvironment(["AWS_SECRET_ACCESS_KEY": "canary"])
        let keys = AWSKeys(accessKey: "A", secretKey: Redacted("canary"), sessionToken: Redacted("canary"))
        var dumped = ""
        dump(environment, to: &dumped)
        dump(keys, to: &dumped)
        #expect(!"\(environment) \(String(reflecting: environment)) \(keys) \(dumped)".contains("canary"))
    }
}
