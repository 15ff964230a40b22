internal import CoreModel
internal import OCIDistribution
internal import Synchronization

/// Asks for a list of referrers and for each manifest once, however many places are looked into.
///
/// Blobs are not kept: each signature is looked at once, by everybody who may know it. Failures are not kept either.
final class RememberingSignatureSource: SignatureSource {
    private struct Known {
        var manifests: [ManifestTarget: ManifestDocument?] = [:]
        var referrers: [Digest: [Descriptor]] = [:]
        var descriptors: [Digest: Descriptor] = [:]
    }

    private let source: any SignatureSource
    private let known = Mutex(Known())

    init(_ source: any SignatureSource) { self.source = source }

    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        if let held = known.withLock({ $0.manifests[target] }) { return held }
        let document = try await source.manifest(target)
        known.withLock { $0.manifests[target] = .some(document) }
        return document
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] {
        if let held = known.withLock({ $0.referrers[digest] }) { return held }
        let referrers = try await source.referrers(of: digest)
        known.withLock { $0.referrers[digest] = referrers }
        return referrers
    }

    func descriptor(of digest: Digest) async throws -> Descriptor? {
        if let held = known.withLock({ $0.descriptors[digest] }) { return held }
        let descriptor = try await source.descriptor(of: digest)
        known.withLock { $0.descriptors[digest] = descriptor }
        return descriptor
    }

    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] {
        try await source.blob(descriptor, held: held)
    }
}
