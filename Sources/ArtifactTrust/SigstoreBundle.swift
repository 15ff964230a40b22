internal import CoreModel
internal import ManifestTree
internal import SignatureCrypto

/// A signed statement as it lies in a registry since cosign 3: a Sigstore bundle with a DSSE envelope in it.
struct SigstoreBundle: Hashable, Sendable {
    /// The media type that is written: of the manifest, of its layer, and in the bundle itself.
    static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

    /// All that earlier versions differ in is how they carry certificates and proofs.
    private static let mediaTypes: Set<String> = [
        mediaType, "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
    ]

    let envelope: SignedEnvelope
    /// Which key made the signature, as far as the signer says: base64 of the SHA-256 of its SubjectPublicKeyInfo. Not
    /// believed.
    let hint: String?

    init(envelope: SignedEnvelope, hint: String?) {
        self.envelope = envelope
        self.hint = hint
    }

    /// Whether a media type is that of some version of a bundle.
    static func isBundle(_ mediaType: String?) -> Bool { mediaType.map { mediaTypes.contains($0) } ?? false }

    /// Parses strictly. Certificates, log entries and timestamps are not read: a policy of keys needs none of them.
    init(parsing bytes: [UInt8]) throws(StrictMap.Problem) {
        let top = try StrictMap(
            parsing: bytes,
            "the bundle",
            required: ["mediaType", "verificationMaterial"],
            optional: ["dsseEnvelope", "messageSignature"]
        )
        let type = try top.string("mediaType")
        guard Self.mediaTypes.contains(type) else {
            throw StrictMap.Problem(reason: "mediaType is \(type.quotedForMessage), which is no known bundle")
        }
        let keys: Set<String> = ["publicKey", "certificate", "x509CertificateChain"]
        let material = try top.map(
            "verificationMaterial",
            required: [],
            optional: keys.union(["tlogEntries", "timestampVerificationData"])
        )
        guard keys.intersection(material.entries.keys).count == 1 else {
            throw StrictMap.Problem(reason: "verificationMaterial does not hold exactly one key or certificate")
        }
        let isKey = material.entries["publicKey"] != nil
        let identifier = isKey ? try material.map("publicKey", required: [], optional: ["hint"]) : nil
        hint = identifier?.entries["hint"]?.string
        guard top.entries["messageSignature"] == nil else {
            throw StrictMap.Problem(reason: "it signs bytes and not a statement, which is not how artifacts are signed")
        }
        envelope = try SignedEnvelope(top.map("dsseEnvelope", required: SignedEnvelope.members))
    }

    /// The bundle as cosign writes it.
    func encode() -> [UInt8] {
        let tree: Tree = [
            "mediaType": .string(Self.mediaType),
            "verificationMaterial": ["publicKey": ["hint": .string(hint ?? "")]],
            "dsseEnvelope": envelope.tree,
        ]
        return tree.jsonBytes()
    }
}

/// A DSSE envelope with one signature (DSSE v1.0.2).
struct SignedEnvelope: Hashable, Sendable {
    static let members: Set<String> = ["payload", "payloadType", "signatures"]

    let payload: [UInt8]
    let payloadType: String
    let signature: [UInt8]

    /// Signs a payload.
    init(signing payload: [UInt8], type: String, by key: SigningKey) throws {
        self.payload = payload
        payloadType = type
        signature = try key.sign(Self.signedBytes(payload, type))
    }

    init(_ map: StrictMap) throws(StrictMap.Problem) {
        payload = try map.bytes("payload")
        payloadType = try map.string("payloadType")
        // A Sigstore bundle holds one signature alone, so that its verification material belongs to something.
        let signatures = try map.list("signatures", limit: 1)
        let only = try StrictMap(signatures.first, "signatures[0]", required: ["sig"], optional: ["keyid"])
        signature = try only.bytes("sig")
    }

    /// What the signature is over, so that the type is signed too (DSSE, "PAE").
    var signedBytes: [UInt8] { Self.signedBytes(payload, payloadType) }

    var tree: Tree {
        [
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": [["sig": .string(Base64.encode(signature))]],
        ]
    }

    private static func signedBytes(_ payload: [UInt8], _ type: String) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
