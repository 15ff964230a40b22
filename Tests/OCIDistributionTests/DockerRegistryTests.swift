import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: PeerServer.programs != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"))
struct DockerRegistryTests {
    @Test func worksWithARealRegistry() async throws {
        let registry = try PeerRegistry()
        let (client, access) = (try RegistryFixture(attempts: 12).client, RegistryFixture.access())
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        try await waitForStart(client, repository, access)

        let bytes = pattern(5_000_000)
        let layer = try Descriptor(mediaType: MediaType.fluxContent, of: bytes)
        let options = PushOptions(chunkBytes: 1 << 20)
        #expect(try await client.pushBlob(repository, BlobSource(layer, bytes: bytes), access, options) == .uploaded)
        #expect(try await client.pushBlob(repository, BlobSource(layer, bytes: bytes), access, options) == .existed)
        let other = try Repository(parsing: "\(registry.host)/acme/other")
        let mount = PushOptions(mountFrom: repository)
        #expect(try await client.pushBlob(other, BlobSource(layer, bytes: bytes), access, mount) == .mounted)

        let contents = try FluxArtifact.contents(
            layer: layer,
            diffID: layer.digest,
            created: Timestamp(seconds: 0),
            annotations: [:]
        )
        let config = BlobSource(contents.manifest.config, bytes: contents.config)
        #expect(try await client.pushBlob(repository, config, access) == .uploaded)
        let encoded = contents.manifest.encode()
        let digest = try await client.pushManifest(
            repository,
            encoded,
            mediaType: contents.manifest.mediaType,
            tag: "v1",
            access
        )
        let reference = try OCIReference(repository: repository, tag: "v1")
        #expect(try await client.resolve(reference, access).digest == digest)
        #expect(try await client.manifest(repository, digest, access).document == .manifest(contents.manifest))
        for name in ["v2", "v3"] { try await client.tag(reference, as: name, access) }
        #expect(try await client.tags(repository, access) == ["v1", "v2", "v3"])

        let sink = CountingSink()
        sink.write(Array(bytes.prefix(1_000_000)))
        try await client.fetchBlob(repository, layer, access, into: sink)
        #expect(sink.bytes == bytes)
        #expect(sink.resets == 0, "it serves ranges")
        try await client.deleteManifest(reference.pinned(to: digest), access)
        let gone = try await #require(throws: RegistryError.self) { try await client.resolve(reference, access) }
        #expect(gone.code == .notFound)
    }

    /// Requests whose effect is kept and whose answer is lost, why.
    static let losses: [(HTTPMethod, String)] = [
        (.patch, "a chunk is there, and nobody said so"),
        (.put, "the blob is there, and nobody said so"),
        (.post, "an upload that nobody knows of is left behind"),
    ]

    @Test(
        .enabled(if: PeerServer.programs != nil, "SLUICE_PEERS does not name the folder that hack/peers fills"),
        arguments: losses
    )
    func uploadsGoOnAfterALostAnswer(method: HTTPMethod, why: String) async throws {
        let registry = try PeerRegistry()
        let (fixture, access) = (try RegistryFixture(attempts: 12), RegistryFixture.access())
        let repository = try Repository(parsing: "\(registry.host)/acme/app")
        try await waitForStart(fixture.client, repository, access)
        var settings = RegistryClient.Settings()
        settings.retry = RetryPolicy(attempts: 3, firstPause: .zero, longestPause: .seconds(1))
        let client = RegistryClient(transport: ForgetfulTransport(fixture.transport, method), settings: settings)
        let bytes = pattern(250_000)
        let source = BlobSource(try Descriptor(mediaType: "a/b", of: bytes), bytes: bytes)
        let options = PushOptions(chunkBytes: 100_000)
        #expect(try await client.pushBlob(repository, source, access, options) == .uploaded, "\(why)")
        let pulled = try await client.blob(repository, source.descriptor, access, limit: 1 << 20)
        #expect(pulled == bytes, "\(why)")
        // What is held is not sent again, so that nothing but its digest tells that this is something else.
        await #expect(throws: RegistryError.self, "\(why)") {
            let held = Array(bytes.reversed())
            return try await client.blob(repository, source.descriptor, access, limit: 1 << 20, held: held)
        }
        try await client.deleteBlob(repository, source.descriptor.digest, access)
        #expect(try await client.blobExists(repository, source.descriptor.digest, access) == false)
    }

    /// It is from before the list of referrers, so the list is ours to keep.
    @Test func referrersAreFoundWithoutAListOfTheRegistry() async throws {
        let registry = try PeerRegistry()
        let (client, access) = (try RegistryFixture(attempts: 12).client, RegistryFixture.access())
        let path = try Repository(parsing: "\(registry.host)/acme/app")
        try await waitForStart(client, path, access)
        let repository = RegistryRepository(client: client, repository: path, access: access)
        let empty = try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8))
        _ = try await repository.pushBlob(BlobSource(empty, bytes: Array("{}".utf8)), PushOptions())
        var manifest = Manifest(config: empty, layers: [empty])
        let bytes = manifest.encode()
        let digest = try await repository.pushManifest(bytes, mediaType: manifest.mediaType, tag: "v1")
        manifest.subject = Descriptor(mediaType: manifest.mediaType, digest: digest, size: Int64(bytes.count))
        manifest.artifactType = "a/signature"
        let signature = try await repository.pushManifest(manifest.encode(), mediaType: manifest.mediaType, tag: nil)
        #expect(try await repository.referrers(of: digest, artifactType: "a/signature").map(\.digest) == [signature])
        try await repository.delete(.digest(signature))
        #expect(try await repository.referrers(of: digest, artifactType: nil) == [])
    }

    private func waitForStart(_ client: RegistryClient, _ repository: Repository, _ access: RegistryAccess) async throws
    {
        for _ in 1...100 {
            if (try? await client.ping(repository, access)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await client.ping(repository, access)
    }
}

/// Sends everything, and loses the first answer to one method.
private final class ForgetfulTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let method: Mutex<HTTPMethod?>

    init(_ base: any HTTPTransport, _ method: HTTPMethod) {
        self.base = base
        self.method = Mutex(method)
    }

    func withResponse<Result: Sendable>(
        to request: HTTPRequest,
        _ body: (HTTPResponseHead, HTTPResponseBody) async throws -> Result
    ) async throws -> Result {
        let isLost = method.withLock { method in
            guard method == request.method else { return false }
            method = nil
            return true
        }
        return try await base.withResponse(to: request) { head, response in
            guard isLost else { return try await body(head, response) }
            _ = try await response.collect(upTo: 1 << 20)
            throw HTTPError(.connection, "The answer was lost")
        }
    }
}
