import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import Synchronization
import TestSupport
import Testing

@Suite struct RegistryUploadTests {
    private let registry: ScriptedRegistry
    private let client: RegistryClient
    private let repository: Repository
    private let access = RegistryFixture.access()
    private let bytes = pattern(100_000)
    private let source: BlobSource

    init() throws {
        registry = try ScriptedRegistry()
        client = try RegistryFixture().client
        repository = try Repository(parsing: "\(registry.host)/acme/app")
        source = BlobSource(try Descriptor(mediaType: "a/b", of: bytes), bytes: bytes)
    }

    private func push(_ options: PushOptions = PushOptions()) async throws {
        #expect(try await client.pushBlob(repository, source, access, options) == .uploaded)
        #expect(registry.blob("acme/app", source.descriptor.digest) == bytes)
    }

    /// Bytes of a chunk (nil for one request), bytes that are kept of what breaks off, why.
    static let breaks: [(Int?, Int, String)] = [
        (30_000, 12_345, "the rest of the chunk and what follows"),
        (30_000, 30_000, "the answer was lost, not the chunk"),
        (30_000, 0, "nothing was kept: 202 and 204 without Range"),
        (30_000, 1, "one byte looks like none (0-0)"),
        (nil, 60_000, "one request goes on too"),
        (nil, 0, "one request begins again"),
    ]

    @Test(arguments: breaks) func goesOnAfterALostConnection(chunk: Int?, kept: Int, why: String)
        async throws
    {
        registry.breakNextUpload(keeping: kept)
        try await push(PushOptions(chunkBytes: chunk))
        let starts = registry.requests(.patch).compactMap { $0.headers["Content-Range"] }
        if kept == 12_345 {
            // libcurl may send the first chunk once more by itself, when its connection turns out to be dead.
            #expect(starts.suffix(3) == ["12345-42344", "42345-72344", "72345-99999"], "\(why)")
        }
        #expect(registry.count(.post, "/uploads/") == (kept == 1 ? 2 : 1), "\(why)")
        if chunk == nil, kept > 0 {
            #expect(registry.requests(.put).last?.headers["Content-Range"] == "60000-99999", "\(why)")
            #expect(registry.requests(.put).last?.body.count == 40_000, "\(why)")
        }
    }

    @Test func asksWhereItIsAfterA416() async throws {
        registry.failNext(.patch, "/uploads/", status: 416)
        try await push(PushOptions(chunkBytes: 40_000))
        #expect(registry.count(.get, "/uploads/") == 1)
        #expect(registry.count(.post, "/uploads/") == 1, "the same upload")
    }

    @Test func beginsAgainWhenTheUploadIsForgotten() async throws {
        let registry = registry
        let progress: @Sendable (Int64) -> Void = { if $0 == 40_000 { registry.forgetUploads() } }
        // The second time it is forgotten too, and the third: a registry without a memory ends it.
        let error = try await #require(throws: RegistryError.self) {
            try await client.pushBlob(repository, source, access, PushOptions(chunkBytes: 40_000, progress: progress))
        }
        #expect(error.code == .notFound)
        #expect(error.registryCode == "BLOB_UPLOAD_UNKNOWN")
        #expect(registry.count(.post, "/uploads/") == 3)
        try await push(PushOptions(chunkBytes: 40_000))
    }

    @Test func noticesThatOnlyTheAnswerWasLost() async throws {
        let (registry, digest) = (registry, source.descriptor.digest)
        registry.breakNext(.put, "/uploads/", times: 1) { $0.delivered(.resettingAtOnce) }
        try await push()
        #expect(registry.count(.put, "/uploads/") == 1, "the blob was there: \(digest)")
    }

    @Test func tellsItsProgress() async throws {
        let told = Mutex<[Int64]>([])
        try await push(PushOptions { sent in told.withLock { $0.append(sent) } })
        #expect(told.withLock { $0.last } == 100_000)
        #expect(told.withLock { $0 == $0.sorted() })
    }

    /// What the `Location` of an upload looks like; `HOST` is the registry.
    static let locations: [(String, String)] = [
        ("http://HOST/v2/acme/app/blobs/uploads/u1?_state=x", "absolute, with a query"),
        ("/v2/acme/app/blobs/uploads/u1", "a path"),
        ("u1?a=b&c=d", "relative to the request"),
        ("//HOST/v2/acme/app/blobs/uploads/u1", "without a scheme"),
    ]

    @Test(arguments: locations) func followsLocations(location: String, why: String) async throws {
        let host = registry.host
        registry.breakNext(.post, "/uploads/") { $0.with("Location", location.replacing("HOST", with: host)) }
        try await push()
        let query = registry.requests(.put).last?.query ?? ""
        #expect(query.hasSuffix("digest=sha256%3A\(source.descriptor.digest.hex)"), "\(why)")
    }

    @Test func anUploadWithoutALocationIsAViolation() async throws {
        registry.breakNext(.post, "/uploads/") { $0.without("Location") }
        let error = try await #require(throws: RegistryError.self) {
            try await client.pushBlob(repository, source, access)
        }
        #expect(error.code == .protocolViolation)
    }

    @Test(arguments: [401, 403, 404, 405]) func uploadsWhatMayNotBeMounted(status: Int) async throws {
        registry.failNext(.post, "mount=", status: status, times: .max)
        try await push(PushOptions(mountFrom: try Repository(parsing: "\(registry.host)/acme/base")))
    }

    @Test(arguments: [403, 405, 501]) func uploadsWhereNobodySaysWhetherItIsThere(status: Int) async throws {
        registry.failNext(.head, "/blobs/", status: status, times: .max)
        try await push()
    }

    @Test func aNewTokenLetsAnUploadGoOn() async throws {
        let users = ["ann": "s3cret"]
        let registry = try ScriptedRegistry(sign: .token(users: users))
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        let ann = RegistryCredentials.basic(username: "ann", password: Redacted("s3cret"))
        let progress: @Sendable (Int64) -> Void = { if $0 == 60_000 { registry.revokeTokens() } }
        let options = PushOptions(chunkBytes: 30_000, progress: progress)
        let access = RegistryFixture.access(ann, for: registry.host)
        #expect(try await client.pushBlob(repository, source, access, options) == .uploaded)
        #expect(registry.count(.post, "/uploads/") == 1)
        #expect(registry.blob("acme/app", source.descriptor.digest) == bytes)
    }
}
