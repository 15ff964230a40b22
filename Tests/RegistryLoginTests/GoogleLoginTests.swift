import CoreModel
import HTTPExchange
import ManifestTree
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@testable import RegistryLogin

@Suite struct GoogleLoginTests {
    private static let audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"
    private static let email = "reader@acme.iam.gserviceaccount.com"

    private static func password(of subject: String) -> RegistryCredentials {
        .basic(username: "oauth2accesstoken", password: Redacted(FakeGoogle.token(of: subject)))
    }

    private static func federation(_ source: String, impersonating: Bool = false) -> String {
        let url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/\(email):generateAccessToken"
        return """
            {"type": "external_account", "audience": "\(audience)",
             "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
             "token_url": "https://sts.googleapis.com/v1/token", "credential_source": \(source)
             \(impersonating ? ", \"service_account_impersonation_url\": \"\(url)\"" : "")}
            """
    }

    @Test func takesTheMetadataServersToken() async throws {
        let fixture = try LoginFixture()
        fixture.google.with { $0.hasServiceAccount = true }
        let map = fixture.map()
        #expect(try await fixture.credentials(.gcp, [:], over: map) == Self.password(of: "metadata"))
        let path = "/computeMetadata/v1/instance/service-accounts/default/token"
        #expect(map.addresses == ["GET http://metadata.google.internal:80\(path)"])
        #expect(map.requests.first?.profile.ignoresEnvironmentProxy == true)
        let elsewhere = ["GCE_METADATA_HOST": fixture.google.server.authority]
        #expect(try await fixture.credentials(.gcp, elsewhere) == Self.password(of: "metadata"))
    }

    /// What holds the subject token, and how a federation's file says so.
    static let sources: [(String, String, String)] = [
        ("subject-canary\n", #"{"file": "FOLDER/token"}"#, "text"),
        (
            #"{"id_token": "subject-canary"}"#,
            #"{"file": "FOLDER/token", "format": {"type": "json", "subject_token_field_name": "id_token"}}"#, "JSON"
        ),
    ]

    @Test(arguments: sources) func federates(content: String, source: String, why: String) async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["token": content])
        fixture.google.with { $0.subjects = [Self.audience: "subject-canary"] }
        let file = Self.federation(source.replacing("FOLDER", with: folder.path))
        let path = try folder.write("credentials.json", file)
        let environment = ["GOOGLE_APPLICATION_CREDENTIALS": path]
        #expect(try await fixture.credentials(.gcp, environment) == Self.password(of: "federated"), "\(why)")
    }

    @Test func federatesATokenFromAnAddressAndImpersonates() async throws {
        let fixture = try LoginFixture()
        let issuer = try LoopbackServer { request in
            request.headers["X-Key"] == "k" ? .text(200, #"{"value": "subject-canary"}"#) : .text(403, "")
        }
        fixture.google.with {
            $0.subjects = [Self.audience: "subject-canary"]
            $0.impersonated = [Self.email]
        }
        let source = """
            {"url": "\(issuer.url("/token"))", "headers": {"X-Key": "k"},
             "format": {"type": "json", "subject_token_field_name": "value"}}
            """
        let folder = try ScratchFolder(["credentials.json": Self.federation(source, impersonating: true)])
        let environment = ["GOOGLE_APPLICATION_CREDENTIALS": "\(folder.path)/credentials.json"]
        #expect(try await fixture.credentials(.gcp, environment) == Self.password(of: Self.email))
        #expect(fixture.google.with { $0.grants } == ["federated", Self.email])
    }

    @Test func signsWithAServiceAccountsKey() async throws {
        let fixture = try LoginFixture()
        let key = try SigningKey(pem: Redacted(TestKeys.rsa))
        fixture.google.with { $0.keys = [Self.email: key.publicKey] }
        let file: Tree = [
            "type": "service_account", "client_email": .string(Self.email), "private_key": .string(TestKeys.rsa),
            "private_key_id": "1", "token_uri": "https://oauth2.googleapis.com/token",
        ]
        let folder = try ScratchFolder(["credentials.json": file.jsonString()])
        let environment = ["GOOGLE_APPLICATION_CREDENTIALS": "\(folder.path)/credentials.json"]
        #expect(try await fixture.credentials(.gcp, environment) == Self.password(of: Self.email))
    }

    @Test func usesWhatAPersonLoggedInWith() async throws {
        let fixture = try LoginFixture()
        fixture.google.with { $0.refreshTokens = ["user-refresh-canary"] }
        let file = """
            {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "user-refresh-canary"}
            """
        let folder = try ScratchFolder([".config/gcloud/application_default_credentials.json": file])
        #expect(try await fixture.credentials(.gcp, ["HOME": folder.path]) == Self.password(of: "user"))
    }

    @Test func logsInAsAServiceAccountThroughANamedProvider() async throws {
        let fixture = try LoginFixture()
        let accounts = FakeAccount()
        fixture.google.with {
            $0.subjects = [Self.audience: FakeAccount.token(Self.audience)]
            $0.impersonated = [Self.email]
            $0.hasServiceAccount = true
        }
        let provider = String(Self.audience.dropFirst("//iam.googleapis.com/".count))
        var annotations = ["gcp.auth.fluxcd.io/workload-identity-provider": provider]
        let direct = try await fixture.credentials(.gcp, [:], account: accounts.account(annotations))
        #expect(direct == Self.password(of: "federated"))
        annotations["iam.gke.io/gcp-service-account"] = Self.email
        let acting = try await fixture.credentials(.gcp, [:], account: accounts.account(annotations))
        #expect(acting == Self.password(of: Self.email))
    }

    @Test func logsInAsAServiceAccountOnGKE() async throws {
        let fixture = try LoginFixture()
        let accounts = FakeAccount()
        let pool = "acme.svc.id.goog"
        let cluster = "https://container.googleapis.com/v1/projects/acme/locations/eu/clusters/prod"
        fixture.google.with {
            $0.metadata = [
                "project/project-id": "acme", "instance/attributes/cluster-location": "eu",
                "instance/attributes/cluster-name": "prod",
            ]
            $0.subjects = ["identitynamespace:\(pool):\(cluster)": FakeAccount.token(pool)]
        }
        let credentials = try await fixture.credentials(.gcp, [:], account: accounts.account([:]))
        #expect(credentials == Self.password(of: "federated"))
        #expect(accounts.audiences == [pool])
        fixture.google.with { $0.metadata = [:] }
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.gcp, [:], account: accounts.account([:]))
        }
        #expect(error.message.contains("gcp.auth.fluxcd.io/workload-identity-provider"), "\(error)")
    }

    @Test(arguments: [
        ("gcp.auth.fluxcd.io/workload-identity-provider", "projects/x/locations/global"),
        ("iam.gke.io/gcp-service-account", "reader@evil.example/../x.iam.gserviceaccount.com"),
    ]) func refusesAnnotationsOfAnotherShape(name: String, value: String) async throws {
        let fixture = try LoginFixture()
        fixture.google.with {
            for path in [
                "project/project-id", "instance/attributes/cluster-location", "instance/attributes/cluster-name",
            ] {
                $0.metadata[path] = "x"
            }
        }
        let error = try await #require(throws: LoginError.self) {
            try await fixture.credentials(.gcp, [:], account: FakeAccount().account([name: value]))
        }
        #expect(error.code == .configuration && error.message.contains(name), "\(error)")
    }

    /// A credentials file that cannot be used, what its error names.
    static let files: [(String, String)] = [
        ("x", "no JSON object"), (#"{"type": "gdch_service_account"}"#, "'type'"),
        (#"{"type": "external_account", "audience": ""}"#, "'audience'"),
        (federation(#"{"executable": {"command": "x"}}"#), "'credential_source'"),
        (federation(#"{"file": "/x", "format": {"type": "json"}}"#), "subject_token_field_name"),
        (federation(#"{"file": "/x"}"#).replacing("https://sts", with: "http://sts"), "'token_url'"),
        (#"{"type": "service_account", "client_email": "x"}"#, "'private_key'"),
    ]

    @Test(arguments: files) func namesWhatAFileLacks(file: String, part: String) async throws {
        let fixture = try LoginFixture()
        let folder = try ScratchFolder(["credentials.json": file])
        let environment = ["GOOGLE_APPLICATION_CREDENTIALS": "\(folder.path)/credentials.json"]
        let error = try await #require(throws: LoginError.self) { try await fixture.credentials(.gcp, environment) }
        #expect(error.code == .configuration && error.message.contains(part), "\(error)")
    }
}
