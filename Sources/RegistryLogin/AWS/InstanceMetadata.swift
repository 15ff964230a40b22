import CoreModel
import HTTPExchange

/// The instance metadata service of EC2 in its second version, which wants a token first; the first is not used.
struct InstanceMetadata: Sendable {
    let exchange: LoginExchange
    let environment: LoginEnvironment

    /// The keys of the instance's role.
    /// - Throws: `LoginError`.
    func keys() async throws -> AWSKeys {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { throw missing(nil) }
        var base = try environment.endpoint("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        base = base ?? HTTPURL(scheme: .http, host: "169.254.169.254")
        guard let base else { throw missing(nil) }
        let session = try await session(base)
        let roles = "/latest/meta-data/iam/security-credentials/"
        let role = try await get(base, roles, session).line()
        guard role.utf8.allSatisfy({ $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }) else { throw missing(nil) }
        return try AWSKeys(try await get(base, roles + role, session))
    }

    private func session(_ base: HTTPURL) async throws -> Redacted<String> {
        let url = Self.url(base, "/latest/api/token")
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token-ttl-seconds": "300"]
        do {
            let answer = try await exchange.send(.local(Self.name, .put, url, headers))
            return Redacted(try answer.line())
        } catch let error as LoginError where error.code == .unreachable {
            throw missing(error)
        }
    }

    private func get(_ base: HTTPURL, _ path: String, _ session: Redacted<String>) async throws -> LoginAnswer {
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": session.secret]
        let call = LoginCall.local(Self.name, .get, Self.url(base, path), headers)
        return try await exchange.send(call.hiding([session.secret]))
    }

    private static let name = "The EC2 metadata service"

    private static func url(_ base: HTTPURL, _ path: String) -> HTTPURL {
        var url = base
        url.path = (url.path == "/" ? "" : url.path) + path
        return url
    }

    private func missing(_ cause: (any Error)?) -> LoginError {
        LoginError(
            cause == nil ? .configuration : .unreachable,
            "There are no AWS credentials: neither AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE nor "
                + "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, and no EC2 metadata service gives a role; set up IRSA or "
                + "EKS Pod Identity, or replace the pod so that it takes effect",
            cause: cause
        )
    }
}
