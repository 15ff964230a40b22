internal import CoreModel
internal import ManifestTree

/// The statement that a cosign signature under a tag signs (SIGNATURE_SPEC.md, "Simple Signing").
struct SimpleSigningPayload: Hashable, Sendable {
    /// The media type of the layer that holds it.
    static let mediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
    /// The only `critical.type` that cosign makes and takes.
    static let cosignType = "cosign container image signature"

    /// What the signature is for; free text of the signer's.
    let dockerReference: String
    /// The digest of the signed manifest, as written.
    let manifestDigest: String
    /// What the signer added, `creator` and `timestamp` of some tools among it; nothing here is critical.
    let annotations: TreeMap

    init(dockerReference: String, manifestDigest: String, annotations: [String: String]) {
        self.dockerReference = dockerReference
        self.manifestDigest = manifestDigest
        self.annotations = .sorted(annotations)
    }

    /// Parses strictly. The `critical` part has to hold exactly the known members, as containers-signature(5) demands:
    /// what the signer thought critical must not be overlooked.
    init(parsing bytes: [UInt8]) throws(StrictMap.Problem) {
        let top = try StrictMap(parsing: bytes, "the payload", required: ["critical"], optional: ["optional"])
        let critical = try top.map("critical", required: ["identity", "image", "type"])
        let identity = try critical.map("identity", required: ["docker-reference"])
        let image = try critical.map("image", required: ["docker-manifest-digest"])
        let type = try critical.string("type")
        guard type == Self.cosignType else {
            throw StrictMap.Problem(reason: "critical.type is \(type.quotedForMessage), not \"\(Self.cosignType)\"")
        }
        dockerReference = try identity.string("docker-reference")
        manifestDigest = try image.string("docker-manifest-digest")
        let optional = top.entries["optional"] ?? .null
        annotations = optional.isNull ? [:] : try top.map("optional", required: [], optional: nil).entries
    }

    /// The payload as cosign writes it, so that the same statement has the same digest whoever signs.
    func encode() -> [UInt8] {
        let tree: Tree = [
            "critical": [
                "identity": ["docker-reference": .string(dockerReference)],
                "image": ["docker-manifest-digest": .string(manifestDigest)],
                "type": .string(Self.cosignType),
            ],
            "optional": annotations.isEmpty ? .null : .map(annotations),
        ]
        return tree.jsonBytes(htmlEscaped: true)
    }
}

extension TreeMap {
    /// Text values in the order of their keys.
    static func sorted(_ strings: [String: String]) -> TreeMap {
        TreeMap(strings.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) })
    }
}
