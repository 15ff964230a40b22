import ArtifactTrust
import CoreModel
import OCIDistribution
import SignatureCrypto
import Testing

/// The parts of a bundle that a test may bend before it is signed and stored.
struct TestBundle {
    static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    static let inToto = "application/vnd.in-toto+json"

    var statement: String
    var payloadType = inToto
    /// What the signature is over, where it is not what the specification says.
    var signedBytes: [UInt8]?
    /// Replaces the signature.
    var signature: [UInt8]?
    /// Changes the finished bundle's text.
    var edit: @Sendable (String) -> String = { $0 }
    /// Changes the manifest that holds it.
    var editManifest: @Sendable (inout Manifest) -> Void = { _ in }
    /// Changes how the list of referrers describes that.
    var editReferrer: @Sendable (inout Descriptor) -> Void = { _ in }

    init(_ revision: SignedRevision) {
        statement = """
            {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":\
            {"sha256":"\(revision.resolved.digest.hex)"},"annotations":{}}],"predicateType":\
            "https://sigstore.dev/cosign/sign/v1","predicate":{}}
            """
    }

    func encoded(_ key: SigningKey) throws -> [UInt8] {
        let payload = Array(statement.utf8)
        let over =
            signedBytes ?? Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
        let text = """
            {"mediaType":"\(Self.mediaType)","verificationMaterial":{"publicKey":{"hint":"anything"}},"dsseEnvelope":\
            {"payload":"\(Base64.encode(payload))","payloadType":"\(payloadType)","signatures":[{"sig":\
            "\(Base64.encode(try signature ?? key.sign(over)))"}]}}
            """
        return Array(edit(text).utf8)
    }
}

extension SignedRevision {
    /// One with a bundle, and nothing under the tag.
    static func bundled(
        by key: SigningKey,
        _ change: (inout TestBundle, SignedRevision) throws -> Void = { _, _ in }
    ) throws -> SignedRevision {
        var revision = try SignedRevision()
        revision.answer = .nothing
        try revision.add(by: key, change)
        return revision
    }

    mutating func add(
        by key: SigningKey,
        _ change: (inout TestBundle, SignedRevision) throws -> Void = { _, _ in }
    ) throws {
        var bundle = TestBundle(self)
        try change(&bundle, self)
        let bytes = try bundle.encoded(key)
        let layer = try Descriptor(mediaType: TestBundle.mediaType, of: bytes)
        var manifest = Manifest(
            config: try Descriptor(mediaType: MediaType.ociEmpty, of: Array("{}".utf8)),
            layers: [layer],
            annotations: ["dev.sigstore.bundle.content": "dsse-envelope"],
            artifactType: TestBundle.mediaType
        )
        manifest.subject = Descriptor(mediaType: MediaType.ociManifest, digest: resolved.digest, size: 12)
        bundle.editManifest(&manifest)
        var referrer = try Descriptor(mediaType: MediaType.ociManifest, of: manifest.encode())
        referrer.artifactType = manifest.artifactType
        blobs[layer.digest] = bytes
        manifests[referrer.digest] = .manifest(manifest)
        bundle.editReferrer(&referrer)
        referrers.append(referrer)
    }
}
