import CoreModel
import CurlTransport
import HTTPExchange
import OCIDistribution
import TestSupport
import Testing

private let ann = RegistryCredentials.basic(username: "ann", password: Redacted("s3cret"))
private let users = ["ann": "s3cret"]

/// How one public registry differs from the specification, or uses its freedom.
private struct RegistryQuirk: Sendable {
    let name: String
    let why: String
    /// As people write it; the tag is `v1`.
    let repository: String
    var authentication = ScriptedRegistryAuthentication.none
    var credentials = RegistryCredentials.anonymous
    /// Where blobs are kept; nil for the registry itself.
    var storage: String?
    /// What the requests for tokens ask for.
    var scopes: Set<String> = []
    var prepare: @Sendable (ScriptedRegistry) -> Void = { _ in }

    var parsed: Repository { get throws { try Repository(parsing: repository) } }

    private static func tokens(_ realm: String, anonymously: Bool = false) -> ScriptedRegistryAuthentication {
        .token(users: users, anonymousPull: anonymously, realm: realm)
    }

    /// Changes the challenge of a refused request; `CHALLENGE` is the registry's own.
    private static func challenge(_ texts: [String]) -> @Sendable (ScriptedRegistry) -> Void {
        { registry in
            registry.breakNext(nil, "/v2/") { reply in
                guard let own = reply.headers["WWW-Authenticate"] else { return reply }
                var reply = reply.without("WWW-Authenticate")
                for text in texts { reply.headers.append("Www-Authenticate", text.replacing("CHALLENGE", with: own)) }
                return reply
            }
        }
    }

    static let all: [RegistryQuirk] = [
        RegistryQuirk(
            name: "docker-registry 2",
            why: "upload locations are absolute, and its list of referrers is a 404",
            repository: "registry.example/acme/app"
        ) { registry in
            registry.answerReferrers { $0.isKept = false }
            registry.breakNext(.post, "/uploads/") { reply in
                reply.with("Location", reply.headers["Location"].map { "https://registry.example\($0)" })
            }
        },
        RegistryQuirk(
            name: "docker-registry 3",
            why: "behind a proxy that ends TLS it calls itself http, and its pages are links to that",
            repository: "registry.example/acme/app"
        ) { registry in
            registry.breakNext(.post, "/uploads/") { reply in
                reply.with("Location", reply.headers["Location"].map { "http://registry.example\($0)" })
            }
            registry.pageTags(by: 1)
            registry.breakNext(.get, "/tags/") { reply in
                reply.with("Link", reply.headers["Link"]?.replacing("</v2", with: "<http://registry.example/v2"))
            }
        },
        RegistryQuirk(
            name: "zot",
            why: "it wants a password for everything, with a realm of its own wording",
            repository: "zot.example/acme/app",
            authentication: .basic(users: users),
            credentials: ann,
            prepare: challenge([#"basic realm=zot"#])
        ),
        RegistryQuirk(
            name: "Harbor",
            why: "its token service is a path of its own",
            repository: "harbor.example/acme/app",
            authentication: tokens("https://harbor.example/service/token"),
            credentials: ann,
            scopes: ["repository:acme/app:pull", "repository:acme/app:pull,push"]
        ),
        RegistryQuirk(
            name: "GHCR",
            why: "anonymous readers need a token, and the root's challenge names a repository that nobody has",
            repository: "ghcr.io/acme/app",
            authentication: tokens("https://ghcr.io/token", anonymously: true),
            scopes: ["repository:acme/app:pull"]
        ) { registry in
            registry.answerReferrers { $0.isKept = false }
            registry.breakNext(.get, "/v2/", times: 1) { reply in
                let challenge =
                    #"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull""#
                return reply.status == 401 ? reply.with("WWW-Authenticate", challenge) : reply
            }
        },
        RegistryQuirk(
            name: "Docker Hub",
            why: "a single name is in library/, the API and the token service have other hosts, and so have blobs",
            repository: "nginx",
            authentication: tokens("https://auth.docker.io/token", anonymously: true),
            storage: "production.cloudflare.docker.com",
            scopes: ["repository:library/nginx:pull"]
        ),
        RegistryQuirk(
            name: "Docker Hub by another name",
            why: "index.docker.io is docker.io, also for credentials",
            repository: "index.docker.io/library/nginx",
            authentication: tokens("https://auth.docker.io/token"),
            credentials: ann,
            storage: "production.cloudflare.docker.com",
            scopes: ["repository:library/nginx:pull", "repository:library/nginx:pull,push"]
        ),
        RegistryQuirk(
            name: "ECR",
            why: "it takes the login as a password and knows no tokens; blobs are in S3",
            repository: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/app",
            authentication: .basic(users: ["AWS": "s3cret"]),
            credentials: .basic(username: "AWS", password: Redacted("s3cret")),
            storage: "prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com",
            prepare: challenge([
                #"Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com""#
            ])
        ),
        RegistryQuirk(
            name: "ECR Public",
            why: "its token service ends in a slash; blobs are behind a CDN",
            repository: "public.ecr.aws/acme/app",
            authentication: tokens("https://public.ecr.aws/token/", anonymously: true),
            storage: "d5l0dvt14r5h8.cloudfront.net",
            scopes: ["repository:acme/app:pull"]
        ),
        RegistryQuirk(
            name: "Artifact Registry",
            why: "an access token is a password; blobs come with a 302",
            repository: "europe-docker.pkg.dev/project/acme/app",
            authentication: .token(
                users: ["oauth2accesstoken": "s3cret"],
                realm: "https://europe-docker.pkg.dev/v2/token"
            ),
            credentials: .basic(username: "oauth2accesstoken", password: Redacted("s3cret")),
            storage: "storage.googleapis.com",
            scopes: ["repository:project/acme/app:pull", "repository:project/acme/app:pull,push"]
        ) { registry in
            registry.breakNext(.get, "/blobs/") { reply in
                var reply = reply
                if reply.status == 307 { reply.status = 302 }
                return reply
            }
        },
        RegistryQuirk(
            name: "ACR",
            why: "an identity token is exchanged by POST; it offers Basic beside it; blobs are in a storage account",
            repository: "acme.azurecr.io/acme/app",
            authentication: tokens("https://acme.azurecr.io/oauth2/token"),
            credentials: .identityToken(Redacted("s3cret")),
            storage: "acme.blob.core.windows.net",
            scopes: ["repository:acme/app:pull", "repository:acme/app:pull,push"],
            prepare: challenge(["CHALLENGE", #"Basic realm="acme""#])
        ),
        RegistryQuirk(
            name: "Quay",
            why: "its token service is below /v2/; HEAD on a manifest is not allowed, and GET names no digest",
            repository: "quay.io/acme/app",
            authentication: tokens("https://quay.io/v2/auth"),
            credentials: ann,
            storage: "cdn01.quay.io",
            scopes: ["repository:acme/app:pull", "repository:acme/app:pull,push"]
        ) { registry in
            registry.breakNext(.head, "/manifests/") { reply in
                reply.status == 401 ? reply : ScriptedReply(405)
            }
            registry.breakNext(.get, "/manifests/") { $0.without("Docker-Content-Digest") }
        },
        RegistryQuirk(
            name: "GitLab",
            why: "tokens come from another host, and blobs from a third",
            repository: "registry.gitlab.example/group/project/app",
            authentication: tokens("https://gitlab.example/jwt/auth"),
            credentials: ann,
            storage: "objects.gitlab.example",
            scopes: ["repository:group/project/app:pull", "repository:group/project/app:pull,push"]
        ),
        RegistryQuirk(
            name: "Nexus",
            why: "several headers, another scheme first, names in any case, HEAD says 404",
            repository: "nexus.example/acme/app",
            authentication: tokens("https://nexus.example/token"),
            credentials: ann,
            scopes: ["repository:acme/app:pull", "repository:acme/app:pull,push"]
        ) { registry in
            challenge(["Negotiate", #"BASIC realm="Nexus""#, "CHALLENGE"])(registry)
            registry.breakNext(.head, "/manifests/") { reply in
                reply.status == 401 ? reply : ScriptedReply(404)
            }
        },
    ]
}

@Suite struct RegistryQuirkTests {
    private struct Stage {
        let home: ScriptedRegistry
        let storage: ScriptedRegistry
        let hosts: NamedHosts
        let repository: RegistryRepository
        let artifact: ScriptedArtifact
    }

    private static let layer = pattern(5000)
    private static let tokenHosts = ["auth.docker.io", "gitlab.example"]

    private func stage(_ quirk: RegistryQuirk) throws -> Stage {
        let (home, storage) = (try ScriptedRegistry(sign: quirk.authentication), try ScriptedRegistry())
        let repository = try quirk.parsed
        let artifact = try home.addArtifact(repository.path, tag: "v1", layer: Self.layer)
        home.tag(repository.path, "v2", artifact.manifest)
        try storage.addBlob(repository.path, Self.layer)
        if let host = quirk.storage { home.redirectBlobs(to: "https://\(host)") }
        quirk.prepare(home)
        var servers = [repository.apiHost: home.server]
        for host in Self.tokenHosts { servers[host] = home.server }
        if let host = quirk.storage { servers[host] = storage.server }
        let hosts = NamedHosts(try CurlTransport(userAgent: "sluice-tests"), servers)
        var settings = RegistryClient.Settings()
        settings.retry.attempts = 1
        let access = RegistryAccess(
            credentials: FixedCredentials(quirk.credentials, for: repository.registry),
            timeout: .seconds(30)
        )
        let client = RegistryClient(transport: hosts, clock: ManualWallClock(), settings: settings)
        return Stage(
            home: home,
            storage: storage,
            hosts: hosts,
            repository: RegistryRepository(client: client, repository: repository, access: access),
            artifact: artifact
        )
    }

    @Test(arguments: RegistryQuirk.all.indices) func isReadAndWritten(index: Int) async throws {
        let quirk = RegistryQuirk.all[index]
        let stage = try stage(quirk)
        let (repository, why) = (stage.repository, Comment(rawValue: "\(quirk.name): \(quirk.why)"))
        #expect(try await repository.resolve(.tag("v1")).digest == stage.artifact.manifest, why)
        guard case .manifest(let manifest) = try await repository.manifest(.tag("v1")).document else {
            Issue.record("no manifest")
            return
        }
        let sink = CountingSink()
        try await repository.fetchBlob(try #require(manifest.layers.first), into: sink)
        #expect(sink.bytes == Self.layer, why)
        #expect(try await repository.tags() == ["v1", "v2"], why)
        if !quirk.credentials.isAnonymous || quirk.name.hasPrefix("docker-registry") {
            try await push(repository, why)
        }
        checkCredentials(quirk, stage, why)
    }

    private func push(_ repository: RegistryRepository, _ why: Comment) async throws {
        let bytes = pattern(300)
        let blob = try Descriptor(mediaType: "a/b", of: bytes)
        #expect(try await repository.pushBlob(BlobSource(blob, bytes: bytes), PushOptions()) == .uploaded, why)
        let manifest = Manifest(config: blob, layers: [blob])
        let digest = try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: "v3")
        #expect(try await repository.resolve(.tag("v3")).digest == digest, why)
        #expect(try await repository.referrers(of: digest, artifactType: nil) == [], why)
    }

    /// Nothing that shows who we are goes anywhere but to the registry and its token service, over TLS.
    private func checkCredentials(_ quirk: RegistryQuirk, _ stage: Stage, _ why: Comment) {
        let trusted = Self.tokenHosts + [stage.repository.repository.apiHost]
        for request in stage.hosts.requests {
            #expect(request.url.scheme == .https, why)
            guard !trusted.contains(request.url.host) else { continue }
            #expect(request.headers["Authorization"] == nil, why)
        }
        if quirk.storage != nil { #expect(stage.storage.count(.get, "/blobs/") == 1, why) }
        guard case .token(_, _, let realm?, _) = quirk.authentication, let path = HTTPURL(realm)?.path else { return }
        let tokens = stage.home.requests(nil, path).filter { $0.path == path }
        let asked = tokens.map { Self.scope(of: $0.method == "POST" ? $0.text : $0.query) }
        #expect(Set(asked) == quirk.scopes, why)
        #expect(asked.count == quirk.scopes.count, "one token for each scope; \(quirk.name)")
    }

    private static func scope(of fields: String) -> String {
        let field = fields.split(separator: "&").first { $0.hasPrefix("scope=") } ?? ""
        return String(field.dropFirst("scope=".count)).replacing("%3A", with: ":").replacing("%2F", with: "/")
            .replacing("%2C", with: ",")
    }
}
