import CoreModel
import HTTPExchange
import OCIDistribution
import SignatureCrypto
import TestSupport
import Testing

@Suite struct RegistryPushTests {
    private let registry: ScriptedRegistry
    private let client: RegistryClient
    private let repository: Repository
    private let access = RegistryFixture.access()
    private let bytes = pattern(100_000)
    private let blob: Descriptor

    init() throws {
        registry = try ScriptedRegistry()
        client = try RegistryFixture().client
        repository = try Repository(parsing: "\(registry.host)/acme/app")
        blob = try Descriptor(mediaType: "a/b", of: bytes)
    }

    @Test(arguments: [nil, 30_000, 100_000, 1]) func uploads(chunk: Int?) async throws {
        let bytes = chunk == 1 ? Array(self.bytes.prefix(5)) : self.bytes
        let source = BlobSource(try Descriptor(mediaType: "a/b", of: bytes), bytes: bytes)
        let options = PushOptions(chunkBytes: chunk)
        #expect(try await client.pushBlob(repository, source, access, options) == .uploaded)
        #expect(registry.blob("acme/app", source.descriptor.digest) == bytes)
        let chunks = chunk.map { bytes.count > $0 ? (bytes.count + $0 - 1) / $0 : 0 } ?? 0
        #expect(registry.count(.patch, "") == chunks)
        #expect(try await client.pushBlob(repository, source, access, options) == .existed)
    }

    @Test func keepsToTheSmallestChunk() async throws {
        registry.requireChunks(of: 60_000)
        _ = try await client.pushBlob(
            repository,
            BlobSource(blob, bytes: bytes),
            access,
            PushOptions(chunkBytes: 10_000)
        )
        #expect(registry.requests(.patch, "").map(\.body.count) == [60_000, 40_000])
    }

    @Test func mountsWhatANeighbourHas() async throws {
        try registry.addBlob("acme/base", bytes)
        let neighbour = try Repository(parsing: "\(registry.host)/acme/base")
        let source = BlobSource(blob, bytes: bytes)
        let outcome = try await client.pushBlob(repository, source, access, PushOptions(mountFrom: neighbour))
        #expect(outcome == .mounted)
        #expect(registry.blob("acme/app", blob.digest) == bytes)
        #expect(registry.count(.put, "") == 0)
    }

    @Test func uploadsWhatCannotBeMounted() async throws {
        let neighbour = try Repository(parsing: "\(registry.host)/acme/empty")
        let source = BlobSource(blob, bytes: bytes)
        let outcome = try await client.pushBlob(repository, source, access, PushOptions(mountFrom: neighbour))
        #expect(outcome == .uploaded)
    }

    @Test func beginsTheUploadAgainAfterAFailure() async throws {
        registry.failNext(.put, "/blobs/uploads/", status: 502)
        let source = BlobSource(blob, bytes: bytes)
        #expect(try await client.pushBlob(repository, source, access) == .uploaded)
        #expect(registry.blob("acme/app", blob.digest) == bytes)
    }

    @Test func pushesTagsAndDeletesManifests() async throws {
        let manifest = Manifest(config: try Descriptor(mediaType: "a/c", of: [1]), layers: [blob])
        let encoded = manifest.encode()
        let digest = try await client.pushManifest(
            repository,
            encoded,
            mediaType: manifest.mediaType,
            tag: "v1",
            access
        )
        #expect(digest == (try Digest.of(encoded)))
        let reference = try OCIReference(repository: repository, tag: "v1")
        let fetched = try await client.manifest(reference, access)
        #expect(fetched.document == .manifest(manifest))
        #expect(fetched.bytes == encoded)
        #expect(try await client.tag(reference, as: "v2", access) == digest)
        #expect(try await client.tags(repository, access) == ["v1", "v2"])
        try await client.deleteManifest(OCIReference(repository: repository, digest: digest), access)
        #expect(registry.digest("acme/app", "v1") == nil)
    }

    @Test func noticesThatSomethingElseWasStored() async throws {
        registry.claimDigest(try Digest.of([7]))
        let error = try await #require(throws: RegistryError.self) {
            try await client.pushManifest(repository, [1, 2], mediaType: MediaType.ociManifest, tag: "v1", access)
        }
        #expect(error.code == .digestMismatch)
    }
}
