import CoreModel
import HTTPExchange
import ManifestTree

/// A credentials file of Google's, in one of the forms that are understood (AIP-4110).
enum GoogleCredentialFile: Sendable {
    /// Workload identity federation: where a token of another provider is found, and where it is exchanged.
    case federation(Federation)
    /// The key of a service account.
    case serviceAccount(email: String, keyIdentifier: String?, key: Redacted<String>, tokenEndpoint: HTTPURL)
    /// A person who logged in with gcloud.
    case user(client: String, clientSecret: Redacted<String>, refreshToken: Redacted<String>)

    struct Federation: Sendable {
        let audience: String
        let subjectType: String
        let tokenEndpoint: HTTPURL
        let impersonation: HTTPURL?
        let lifetime: Int64
        let source: Source
        /// The field of a JSON document that holds the token; nil where the whole text is the token.
        let field: String?
    }

    enum Source: Sendable {
        case file(String)
        case url(HTTPURL, headers: [String: String])
    }

    /// - Throws: `LoginError.configuration` that names the field and quotes nothing.
    init(parsing bytes: [UInt8], subject: String) throws {
        guard let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(depth: 32)), tree.map != nil else {
            throw LoginError(.configuration, "\(subject) is no JSON object; name a Google credentials file")
        }
        let fields = Fields(tree: tree, subject: subject)
        switch tree["type"]?.string {
        case "external_account": self = .federation(try Federation(fields))
        case "service_account":
            self = .serviceAccount(
                email: try fields.text("client_email"),
                keyIdentifier: tree["private_key_id"]?.string,
                key: Redacted(try fields.text("private_key")),
                tokenEndpoint: try fields.url("token_uri")
            )
        case "authorized_user":
            self = .user(
                client: try fields.text("client_id"),
                clientSecret: Redacted(try fields.text("client_secret")),
                refreshToken: Redacted(try fields.text("refresh_token"))
            )
        default:
            throw fields.wrong("type", "is none of external_account, service_account and authorized_user")
        }
    }

    fileprivate struct Fields {
        let tree: Tree
        let subject: String

        func wrong(_ field: String, _ problem: String) -> LoginError {
            LoginError(.configuration, "\(subject) has a '\(field)' that \(problem); make the file anew")
        }

        func text(_ field: String) throws -> String {
            guard let text = tree[field]?.string, !text.isEmpty else { throw wrong(field, "is missing or no text") }
            return text
        }

        /// An https URL: what is sent there is a secret.
        func url(_ field: String) throws -> HTTPURL {
            guard let url = HTTPURL(try text(field)), url.scheme == .https || url.isLoopback else {
                throw wrong(field, "is no https URL")
            }
            return url
        }
    }
}

extension GoogleCredentialFile.Federation {
    fileprivate init(_ fields: GoogleCredentialFile.Fields) throws {
        let tree = fields.tree
        audience = try fields.text("audience")
        subjectType = try fields.text("subject_token_type")
        tokenEndpoint = try fields.url("token_url")
        let impersonates = tree["service_account_impersonation_url"].map { !$0.isNull } ?? false
        impersonation = impersonates ? try fields.url("service_account_impersonation_url") : nil
        lifetime = tree["service_account_impersonation"]?["token_lifetime_seconds"]?.integer ?? 3600
        let source = tree["credential_source"] ?? .null
        if let path = source["file"]?.string {
            self.source = .file(path)
        } else if let text = source["url"]?.string {
            guard let url = HTTPURL(text) else { throw fields.wrong("credential_source", "has no usable 'url'") }
            let headers =
                source["headers"]?.map?.compactMap { entry in entry.value.string.map { (entry.key, $0) } } ?? []
            self.source = .url(url, headers: Dictionary(headers, uniquingKeysWith: { $1 }))
        } else {
            throw fields.wrong("credential_source", "has neither 'file' nor 'url', the two kinds that are understood")
        }
        let format = source["format"]
        field = format?["type"]?.string == "json" ? format?["subject_token_field_name"]?.string : nil
        if format?["type"]?.string == "json", field == nil {
            throw fields.wrong("credential_source", "has no 'subject_token_field_name' for its format")
        }
    }
}

/// Logs in with what a credentials file says.
struct GoogleFileLogin: Sendable {
    let exchange: LoginExchange

    /// - Throws: `LoginError`, `CryptoError` for a service account's key that cannot be used.
    func token(_ file: GoogleCredentialFile) async throws -> GoogleToken {
        switch file {
        case .federation(let federation):
            let subject = try await subjectToken(federation)
            let service = GoogleFederation(
                exchange: exchange,
                tokenEndpoint: federation.tokenEndpoint,
                audience: federation.audience,
                subjectType: federation.subjectType,
                impersonation: federation.impersonation,
                lifetime: federation.lifetime
            )
            return try await service.token(for: subject)
        case .serviceAccount(let email, let identifier, let key, let endpoint):
            let assertion = try GoogleAssertion(email: email, endpoint: endpoint, now: exchange.clock.now())
                .signed(key: key, identifier: identifier)
            let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            return try await oauth(endpoint, [grant, ("assertion", assertion.secret)], hiding: [assertion.secret])
        case .user(let client, let secret, let refresh):
            let fields = [
                ("grant_type", "refresh_token"), ("client_id", client), ("client_secret", secret.secret),
                ("refresh_token", refresh.secret),
            ]
            let endpoint = HTTPURL(scheme: .https, host: "oauth2.googleapis.com", path: "/token")
            return try await oauth(endpoint, fields, hiding: [secret.secret, refresh.secret])
        }
    }

    private func oauth(_ url: HTTPURL, _ fields: [(String, String)], hiding: [String]) async throws -> GoogleToken {
        let call = LoginCall.form("Google OAuth (\(url.authority))", to: url, fields)
        return try GoogleToken(try await exchange.send(call.hiding(hiding)), now: exchange.clock.now())
    }

    private func subjectToken(_ federation: GoogleCredentialFile.Federation) async throws -> Redacted<String> {
        let (bytes, subject) = try await content(of: federation.source)
        guard let field = federation.field else {
            guard let text = String(validating: bytes, as: UTF8.self)?.trimmingSpace(), !text.isEmpty else {
                throw LoginError(.configuration, "\(subject) holds no token; look at what writes it")
            }
            return Redacted(text)
        }
        let tree = try? JSONReader.parse(bytes, limits: DocumentLimits(bytes: 1 << 20, depth: 32))
        guard let token = tree?[field]?.string, !token.isEmpty else {
            throw LoginError(.configuration, "\(subject) has no token in its field '\(field)'; look at what writes it")
        }
        return Redacted(token)
    }

    private func content(of source: GoogleCredentialFile.Source) async throws -> ([UInt8], subject: String) {
        switch source {
        case .file(let path):
            let subject = "The token file \(path) of the federation"
            return (try LoginEnvironment.bytes(path, named: subject), subject)
        case .url(let url, let headers):
            let subject = "The token source \(url.authority) of the federation"
            var call = LoginCall.local(subject, .get, url, [:])
            for (name, value) in headers { call.request.headers[name] = value }
            call.isLocal = url.scheme == .http
            return (try await exchange.send(call.hiding(Array(headers.values))).body, subject)
        }
    }
}
