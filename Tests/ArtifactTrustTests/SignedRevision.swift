import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

extension TrustContext {
    /// The time of all tests.
    static let test = TrustContext(now: Timestamp(seconds: 1_760_000_000))
}

extension TrustPolicy {
    /// Every key that it holds, in order.
    var keys: [NamedKey] {
        rules.flatMap(\.authorities).flatMap { authority in
            if case .cosignKeys(let method) = authority.method { method.keys } else { [] as [NamedKey] }
        }
    }
}

/// A revision with the signature object beside it, in memory; each test bends one part of it.
struct SignedRevision {
    static let simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
    static let signatureKey = "dev.cosignproject.cosign/signature"

    /// What the registry answers instead of a document or a blob.
    enum Answer: Sendable {
        case document(ManifestDocument)
        case nothing
        case failure(RegistryError)
    }

    var resolved: ResolvedRevision
    var layers: [Descriptor] = []
    var blobs: [Digest: [UInt8]] = [:]
    var failures: [Digest: RegistryError] = [:]
    /// Replaces the image manifest of `layers`.
    var answer: Answer?
    /// What lists the revision as its subject, and the manifests there are.
    var referrers: [Descriptor] = []
    var manifests: [Digest: ManifestDocument] = [:]
    /// What is under other tags than that of the signatures.
    var tags: [String: ManifestDocument] = [:]
    var listFailure: RegistryError?

    init() throws {
        let repository = try Repository(parsing: "registry.test/acme/app")
        let digest = try Digest.of("the manifest".utf8)
        resolved = try #require(ResolvedRevision(pinned: OCIReference(repository: repository, digest: digest)))
    }

    /// One with a good signature by each of the keys.
    static func signed(by keys: SigningKey...) throws -> SignedRevision {
        var revision = try SignedRevision()
        for key in keys { try revision.sign(revision.payload(), by: key) }
        return revision
    }

    func payload(
        digest: String? = nil,
        reference: String = "registry.test/acme/app",
        type: String = "cosign container image signature"
    ) -> String {
        """
        {"critical":{"identity":{"docker-reference":"\(reference)"},"image":{"docker-manifest-digest":\
        "\(digest ?? resolved.digest.description)"},"type":"\(type)"},"optional":{"creator":"a test"}}
        """
    }

    mutating func sign(_ payload: String, by key: SigningKey) throws { try sign(Array(payload.utf8), by: key) }

    mutating func sign(_ payload: [UInt8], by key: SigningKey) throws {
        try append(payload, annotations: [Self.signatureKey: Base64.encode(key.sign(payload))])
    }

    mutating func append(_ payload: [UInt8], annotations: [String: String]) throws {
        var layer = try Descriptor(mediaType: Self.simpleSigning, of: payload)
        layer.annotations = annotations
        layers.append(layer)
        blobs[layer.digest] = payload
    }

    /// Puts another signature on the first layer.
    mutating func replaceSignature(_ change: ([UInt8]) -> [UInt8]) {
        let text = layers[0].annotations[Self.signatureKey] ?? ""
        layers[0].annotations[Self.signatureKey] = Base64.encode(change(Base64.decode(text) ?? []))
    }

    func verdict(_ policy: TrustPolicy) async throws -> TrustVerdict {
        try await ArtifactVerifier(source: MemorySource(revision: self)).verify(resolved, policy: policy, at: .test)
    }
}

/// Hands out what a `SignedRevision` holds.
struct MemorySource: SignatureSource {
    let revision: SignedRevision

    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        if case .digest(let digest) = target { return revision.manifests[digest] }
        if case .tag(let tag) = target, let document = revision.tags[tag] { return document }
        guard case .tag("sha256-\(revision.resolved.digest.hex).sig") = target else { return nil }
        switch revision.answer {
        case nil:
            let config = try Descriptor(mediaType: "application/vnd.oci.image.config.v1+json", of: Array("{}".utf8))
            return .manifest(Manifest(config: config, layers: revision.layers))
        case .document(let document): return document
        case .nothing: return nil
        case .failure(let error): throw error
        }
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] {
        if let failure = revision.listFailure { throw failure }
        return digest == revision.resolved.digest ? revision.referrers : []
    }

    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] {
        if let failure = revision.failures[descriptor.digest] { throw failure }
        guard let bytes = revision.blobs[descriptor.digest] else {
            throw RegistryError(.notFound, "The blob \(descriptor.digest) is not there")
        }
        return bytes
    }
}

func policy(_ keys: (String, SigningKey)..., pinning repositories: Set<Repository>? = nil) throws -> TrustPolicy {
    try TrustPolicy(
        keys: keys.map { NamedKey(name: $0.0, key: $0.1.publicKey) },
        requirements: TrustRequirements(signedFor: repositories)
    )
}
