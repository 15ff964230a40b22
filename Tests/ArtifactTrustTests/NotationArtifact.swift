import ArtifactTrust
import CoreModel
import ManifestTree
import NotationTrust
import OCIDistribution
import SignatureCrypto
import Synchronization
import TestSupport
import Testing

/// A signer with a certificate below a root of its own, and everything that verifiers need of it.
struct NotationTestSigner: Sendable {
    let root: SigningAuthority
    let key: TestKeyPair
    let chain: [Certificate]
    let identity: SigningIdentity

    init(_ name: String = "acme", _ kind: TestKeyPair.Kind = .p256) throws {
        root = try SigningAuthority.root("Sluice test root of \(name)")
        let middle = try root.intermediate("Sluice test intermediate of \(name)")
        key = try TestKeyPair("notation signer \(name)", kind)
        let leaf = try middle.issue(.leaf(TestName(common: name), key: key))
        chain = try [leaf, middle.der, root.der].map { try Certificate(der: $0) }
        identity = try SigningIdentity(key: key.signing, certificates: chain)
    }

    /// The certificates as one PEM file, as notation wants them.
    var chainPEM: String { chain.map { TestKeyPair.pem("CERTIFICATE", $0.der) }.joined() }

    /// A trust policy document.
    static func document(
        level: Tree = ["level": "strict"],
        scope: String = "*",
        identity: String = "*",
        stores: Tree = ["ca:acme"]
    ) -> Tree {
        [
            "version": "1.0",
            "trustPolicies": [
                [
                    "name": "acme", "registryScopes": [.string(scope)], "signatureVerification": level,
                    "trustStores": stores, "trustedIdentities": [.string(identity)],
                ]
            ],
        ]
    }

    /// What a Secret holds that trusts this signer.
    func secret(_ document: Tree = document()) -> [String: [UInt8]] {
        ["trustpolicy.json": document.jsonBytes(), "ca.crt": Array(root.pem.utf8)]
    }

    func authority(_ document: Tree = Self.document()) throws -> TrustAuthority {
        let method = try NotationMethod(secret: "notation", data: secret(document))
        return TrustAuthority(name: "notation", method: .notation(method))
    }

    func policy(
        _ document: Tree = Self.document(),
        _ requirements: TrustRequirements = TrustRequirements()
    ) throws -> TrustPolicy {
        try TrustPolicy(TrustRule(name: "spec.verify", authorities: [authority(document)], requirements: requirements))
    }
}

/// An artifact in memory with its signatures as referrers; tests bend what is stored.
struct NotationArtifact: Sendable {
    static let type = "application/vnd.cncf.notary.signature"

    let bytes: [UInt8]
    let subject: Descriptor
    var referrers: [Descriptor] = []
    var manifests: [Digest: [UInt8]] = [:]
    var blobs: [Digest: [UInt8]] = [:]

    init() throws {
        let config = try Descriptor(mediaType: "application/vnd.oci.empty.v1+json", of: Array("{}".utf8))
        bytes = Manifest(config: config, layers: [config]).encode()
        subject = try Descriptor(mediaType: "application/vnd.oci.image.manifest.v1+json", of: bytes)
        manifests[subject.digest] = bytes
    }

    /// How a signature's manifest is put together.
    struct Plan {
        var annotations: [String: String] = [:]
        var target: Descriptor?
        var layerType: String?
        var change: (inout Manifest) -> Void = { _ in }
        var editEnvelope: ([UInt8]) -> [UInt8] = { $0 }
        var listed: (inout Descriptor) -> Void = { _ in }
    }

    mutating func sign(
        _ signer: NotationTestSigner,
        _ format: EnvelopeFormat = .jws,
        _ plan: Plan = Plan()
    ) throws {
        let target = plan.target ?? subject
        let payload = NotationPayload(
            mediaType: target.mediaType,
            digest: target.digest,
            size: target.size,
            annotations: plan.annotations
        )
        let times = SigningTimes(signed: TrustContext.test.now)
        let draft = try EnvelopeDraft(payload, as: format, by: signer.identity, at: times)
        let envelope = plan.editEnvelope(draft.encode())
        let config = try Descriptor(mediaType: Self.type, of: Array("{}".utf8))
        let layer = try Descriptor(mediaType: plan.layerType ?? format.rawValue, of: envelope)
        var manifest = Manifest(config: config, layers: [layer])
        manifest.subject = subject
        plan.change(&manifest)
        let stored = manifest.encode()
        var listed = try Descriptor(mediaType: manifest.mediaType, of: stored)
        listed.artifactType = Self.type
        plan.listed(&listed)
        blobs[layer.digest] = envelope
        manifests[listed.digest] = stored
        referrers.append(listed)
    }

    func verdict(_ policy: TrustPolicy, of reference: String = "registry.test/acme/app:v1") async throws -> TrustVerdict
    {
        let subject = TrustSubject(subject.digest, reference: reference, repository: nil, tag: "v1")
        return try await ArtifactVerifier(source: NotationMemory(self)).verify(subject, policy: policy, at: .test)
    }
}

/// Hands out what a `NotationArtifact` holds, and counts how often it is asked.
final class NotationMemory: SignatureSource {
    private let artifact: NotationArtifact
    private let count = Mutex(0)

    init(_ artifact: NotationArtifact) { self.artifact = artifact }

    var requests: Int { count.withLock { $0 } }

    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        count.withLock { $0 += 1 }
        guard case .digest(let digest) = target, let bytes = artifact.manifests[digest] else { return nil }
        return try ManifestDocument(parsing: bytes)
    }

    func descriptor(of digest: Digest) async throws -> Descriptor? {
        count.withLock { $0 += 1 }
        return digest == artifact.subject.digest ? artifact.subject : nil
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] {
        count.withLock { $0 += 1 }
        return digest == artifact.subject.digest ? artifact.referrers : []
    }

    func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] {
        count.withLock { $0 += 1 }
        guard let bytes = artifact.blobs[descriptor.digest] else {
            throw RegistryError(.notFound, "The blob \(descriptor.digest) is not there")
        }
        return bytes
    }
}
