import ArtifactTrust
import CoreModel
import OCIDistribution
import Synchronization

/// Counts what is asked of another source.
final class CountingSource: SignatureSource {
    private let source: any SignatureSource
    private let count = Mutex(0)

    init(_ source: any SignatureSource) { self.source = source }

    var requests: Int { count.withLock { $0 } }

    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        count.withLock { $0 += 1 }
        return try await source.manifest(target)
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] {
        count.withLock { $0 += 1 }
        return try await source.referrers(of: digest)
    }

    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] {
        count.withLock { $0 += 1 }
        return try await source.blob(descriptor, held: held)
    }
}
