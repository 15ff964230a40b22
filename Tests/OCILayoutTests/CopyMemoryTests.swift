import CoreModel
import OCIDistribution
import OCILayout
import SignatureCrypto
import Synchronization
import Testing

/// Bytes on their way from one repository to another.
@Suite struct CopyMemoryTests {
    private static let piece = [UInt8](repeating: 7, count: 1 << 16)
    private static let pieces = 1024

    /// Gives one blob of 64 MiB, and counts how much of it has been asked for.
    private final class Giver: ArtifactRepository {
        let given = Atomic<Int>(0)
        let rounds = Atomic<Int>(0)
        let manifest: Manifest
        let layer: Descriptor

        init() throws {
            let digest = try DigestStream()
            for _ in 0..<pieces { digest.update(piece) }
            let size = digest.byteCount
            layer = Descriptor(mediaType: "text/plain", digest: try digest.finish(), size: size)
            var config = try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8))
            config.data = Array("{}".utf8)
            manifest = Manifest(config: config, layers: [layer])
        }

        let name = "a giver"

        func resolve(_ target: ManifestTarget) async throws -> ResolvedManifest {
            let fetched = try await manifest(target)
            return ResolvedManifest(digest: fetched.digest, mediaType: nil, size: nil)
        }

        func manifest(_ target: ManifestTarget) async throws -> FetchedManifest {
            guard target == .tag("v1") else { throw RegistryError(.notFound, "It is not there") }
            let bytes = manifest.encode()
            let digest = try Digest.of(bytes)
            return try FetchedManifest(checking: bytes, against: digest, contentType: nil, subject: "It")
        }

        func fetchBlob(_ descriptor: Descriptor, into sink: any BlobSink) async throws {
            rounds.add(1, ordering: .relaxed)
            for _ in 0..<pieces {
                try await sink.write(piece)
                given.add(piece.count, ordering: .relaxed)
            }
        }

        func blob(_ descriptor: Descriptor, limit: Int64, held: [UInt8]?) async throws -> [UInt8] { [] }
        func hasBlob(_ digest: Digest) async throws -> Bool { true }
        func pushBlob(_ source: BlobSource, _ options: PushOptions) async throws -> PushOutcome { .existed }
        func pushManifest(_ bytes: [UInt8], mediaType: String, tag: String?) async throws -> Digest {
            try Digest.of(bytes)
        }
        func tags() async throws -> [String] { ["v1"] }
        func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] { [] }
        func delete(_ target: ManifestTarget) async throws {}
    }

    /// Looks at what has been given at every piece that it takes.
    private final class Taker: ArtifactRepository {
        enum Manner: Sendable { case whole, twice, never, givesUp }

        let giver: Giver
        let manner: Manner
        let ahead = Atomic<Int>(0)
        let taken = Atomic<Int>(0)

        init(_ giver: Giver, _ manner: Manner) { (self.giver, self.manner) = (giver, manner) }

        let name = "a taker"

        func pushBlob(_ source: BlobSource, _ options: PushOptions) async throws -> PushOutcome {
            guard source.descriptor.size > 2 else { return .existed }
            if manner == .never { return .existed }
            if manner == .twice {
                struct Enough: Error {}
                do { try await source.forEachPiece { _ in throw Enough() } } catch is Enough {}
            }
            let before = giver.given.load(ordering: .relaxed)
            var read = 0
            try await source.forEachPiece { bytes in
                read += bytes.count
                if manner == .givesUp { throw RegistryError(.denied, "The taker gives up") }
                let ahead = giver.given.load(ordering: .relaxed) - read - before
                if ahead > self.ahead.load(ordering: .relaxed) { self.ahead.store(ahead, ordering: .relaxed) }
            }
            taken.store(read, ordering: .relaxed)
            return .uploaded
        }

        func resolve(_ target: ManifestTarget) async throws -> ResolvedManifest {
            throw RegistryError(.notFound, "It is not there")
        }
        func manifest(_ target: ManifestTarget) async throws -> FetchedManifest {
            throw RegistryError(.notFound, "It is not there")
        }
        func fetchBlob(_ descriptor: Descriptor, into sink: any BlobSink) async throws {}
        func blob(_ descriptor: Descriptor, limit: Int64, held: [UInt8]?) async throws -> [UInt8] { [] }
        func hasBlob(_ digest: Digest) async throws -> Bool { false }
        func pushManifest(_ bytes: [UInt8], mediaType: String, tag: String?) async throws -> Digest {
            try Digest.of(bytes)
        }
        func tags() async throws -> [String] { [] }
        func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] { [] }
        func delete(_ target: ManifestTarget) async throws {}
    }

    @Test func holdsFewBytesAtATime() async throws {
        let giver = try Giver()
        let taker = Taker(giver, .whole)
        _ = try await ArtifactCopier(from: giver, to: taker).copy(.tag("v1"), as: "v1")
        #expect(taker.taken.load(ordering: .relaxed) == Self.pieces * Self.piece.count)
        #expect(taker.ahead.load(ordering: .relaxed) <= (1 << 20) + 2 * Self.piece.count)
    }

    @Test func beginsAgainWhenTheDestinationDoes() async throws {
        let giver = try Giver()
        let taker = Taker(giver, .twice)
        _ = try await ArtifactCopier(from: giver, to: taker).copy(.tag("v1"), as: "v1")
        #expect(taker.taken.load(ordering: .relaxed) == Self.pieces * Self.piece.count)
        #expect(giver.rounds.load(ordering: .relaxed) == 2)
    }

    @Test func fetchesNothingThatNobodyTakes() async throws {
        let giver = try Giver()
        let copier = ArtifactCopier(from: giver, to: Taker(giver, .never))
        _ = try await copier.copy(.tag("v1"), as: "v1")
        #expect(giver.rounds.load(ordering: .relaxed) == 0)
        #expect(copier.summary.existed == 2)
    }

    @Test func endsWithTheOneWhoGivesUp() async throws {
        let giver = try Giver()
        let error = await ImageLayout.failure {
            _ = try await ArtifactCopier(from: giver, to: Taker(giver, .givesUp)).copy(.tag("v1"), as: "v1")
        }
        #expect(error?.code == .denied)
        #expect(giver.given.load(ordering: .relaxed) < Self.pieces * Self.piece.count)
    }

    @Test func endsWithItsTask() async throws {
        let giver = try Giver()
        let result = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                let copier = ArtifactCopier(from: giver, to: Taker(giver, .whole))
                do {
                    _ = try await copier.copy(.tag("v1"), as: "v1")
                    return true
                } catch {
                    return FailureKind(of: error) == .cancelled
                }
            }
            group.cancelAll()
            return await group.next()
        }
        #expect(result == true, "it ends, one way or the other")
    }
}
