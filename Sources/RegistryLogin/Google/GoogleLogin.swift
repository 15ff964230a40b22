import CoreModel
import HTTPExchange
import ManifestTree
import OCIDistribution

/// An access token of Google Cloud, which its registries take as a password.
struct GoogleLogin: RegistryLogin {
    private let exchange: LoginExchange
    private let environment: LoginEnvironment

    init(_ exchange: LoginExchange, _ environment: LoginEnvironment) {
        (self.exchange, self.environment) = (exchange, environment)
    }

    /// One token opens every registry that the identity may read.
    let scope = "oauth2"

    /// The user's name that goes with an access token.
    static let username = "oauth2accesstoken"

    func grant(_ account: LoginAccount?) async throws -> RegistryGrant {
        let token = if let account { try await token(for: account) } else { try await token() }
        return RegistryGrant(
            credentials: .basic(username: Self.username, password: token.value),
            expires: token.expires
        )
    }

    /// Where Google's own tools look, in their order: a credentials file, the one that `gcloud auth application-default
    /// login` writes, the machine's metadata server.
    private func token() async throws -> GoogleToken {
        if let path = environment["GOOGLE_APPLICATION_CREDENTIALS"] {
            return try await token(ofFile: path, named: "The file \(path) of GOOGLE_APPLICATION_CREDENTIALS")
        }
        if let path = userFile, let bytes = try LoginEnvironment.bytesIfPresent(path, named: "The file \(path)") {
            let file = try GoogleCredentialFile(parsing: bytes, subject: "The file \(path)")
            return try await GoogleFileLogin(exchange: exchange).token(file)
        }
        return try await GoogleMetadata(exchange: exchange, environment: environment).token()
    }

    private func token(ofFile path: String, named subject: String) async throws -> GoogleToken {
        let bytes = try LoginEnvironment.bytes(path, named: subject)
        let file = try GoogleCredentialFile(parsing: bytes, subject: subject)
        return try await GoogleFileLogin(exchange: exchange).token(file)
    }

    private var userFile: String? {
        let folder = environment["CLOUDSDK_CONFIG"] ?? environment["HOME"].map { "\($0)/.config/gcloud" }
        return folder.map { "\($0)/application_default_credentials.json" }
    }

    /// Workload identity federation for a ServiceAccount: through the provider that it names, or on GKE through the
    /// cluster's own; then, where it names one, as the Google service account.
    private func token(for account: LoginAccount) async throws -> GoogleToken {
        let email = "iam.gke.io/gcp-service-account"
        let provider = "gcp.auth.fluxcd.io/workload-identity-provider"
        let metadata = GoogleMetadata(exchange: exchange, environment: environment)
        let audience: (cluster: String, google: String)
        if account.annotation(provider) != nil {
            let name = try account.annotation(
                provider,
                matching:
                    "projects/[0-9]{1,30}/locations/global/workloadIdentityPools/[^/]{1,100}/providers/[^/]{1,100}",
                like: "projects/1234567890/locations/global/workloadIdentityPools/pool/providers/cluster"
            )
            audience = ("//iam.googleapis.com/\(name)", "//iam.googleapis.com/\(name)")
        } else {
            audience = try await metadata.audiences()
        }
        var impersonated: HTTPURL?
        if account.annotation(email) != nil {
            let name = try account.annotation(
                email,
                matching: "[a-zA-Z0-9-]{1,100}@[a-zA-Z0-9.-]{1,100}[.]iam[.]gserviceaccount[.]com",
                like: "reader@project.iam.gserviceaccount.com"
            )
            impersonated = try impersonation(of: name)
        }
        let sts = try environment.endpoint("CLOUDSDK_API_ENDPOINT_OVERRIDES_STS")
        let federation = GoogleFederation(
            exchange: exchange,
            tokenEndpoint: Self.url(sts ?? HTTPURL(scheme: .https, host: "sts.googleapis.com"), "/v1/token"),
            audience: audience.google,
            subjectType: "urn:ietf:params:oauth:token-type:jwt",
            impersonation: impersonated
        )
        return try await federation.token(for: try await account.token(audience.cluster))
    }

    private func impersonation(of email: String) throws -> HTTPURL {
        let given = try environment.endpoint("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS")
        let base = given ?? HTTPURL(scheme: .https, host: "iamcredentials.googleapis.com")
        return Self.url(base, "/v1/projects/-/serviceAccounts/\(email):generateAccessToken")
    }

    private static func url(_ base: HTTPURL, _ path: String) -> HTTPURL {
        var url = base
        url.path = (url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path) + path
        return url
    }
}

/// An access token and when it ends.
struct GoogleToken: Sendable {
    let value: Redacted<String>
    let expires: Timestamp

    /// What tokens are asked for, as Flux asks.
    static let scopes = [
        "https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email",
    ]

    init(value: Redacted<String>, expires: Timestamp) {
        (self.value, self.expires) = (value, expires)
    }

    /// An OAuth 2.0 answer (RFC 6749 section 5.1).
    /// - Throws: `LoginError.badAnswer`.
    init(_ answer: LoginAnswer, now: Timestamp) throws {
        let tree = try answer.json()
        value = try answer.token("access_token", in: tree)
        guard let life = tree["expires_in"]?.integer, (1...31_536_000).contains(life) else {
            throw answer.useless("has no usable 'expires_in'")
        }
        expires = now + .seconds(life)
    }
}
