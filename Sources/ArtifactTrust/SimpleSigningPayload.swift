internal import CoreModel
internal import ManifestTree

/// The statement that a cosign signature signs (SIGNATURE_SPEC.md, "Simple Signing").
struct SimpleSigningPayload: Hashable, Sendable {
    /// The media type of the layer that holds it.
    static let mediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
    /// The only `critical.type` that cosign makes and takes.
    static let cosignType = "cosign container image signature"

    /// What the signature is for; free text of the signer's.
    let dockerReference: String
    /// The digest of the signed manifest, as written.
    let manifestDigest: String

    /// Why a payload says nothing that may be believed.
    struct Refusal: Error {
        let reason: String
    }

    /// Parses strictly. The `critical` part has to hold exactly the known members, as containers-signature(5) demands:
    /// what the signer thought critical must not be overlooked. The `optional` part is not read.
    init(parsing bytes: [UInt8]) throws(Refusal) {
        let tree: Tree
        do {
            tree = try JSONReader.parse(bytes, source: "payload", limits: DocumentLimits(depth: 64))
        } catch {
            throw Refusal(reason: "its payload is not valid: \(error.message.quotedForMessage)")
        }
        let top = try Self.members(of: tree, "the payload", required: ["critical"], optional: ["optional"])
        let critical = try Self.members(of: top["critical"], "critical", required: ["identity", "image", "type"])
        let identity = try Self.members(of: critical["identity"], "critical.identity", required: ["docker-reference"])
        let image = try Self.members(of: critical["image"], "critical.image", required: ["docker-manifest-digest"])
        let type = try Self.string(critical["type"], "critical.type")
        guard type == Self.cosignType else {
            throw Refusal(reason: "its critical.type is \(type.quotedForMessage), not \"\(Self.cosignType)\"")
        }
        dockerReference = try Self.string(identity["docker-reference"], "critical.identity.docker-reference")
        manifestDigest = try Self.string(image["docker-manifest-digest"], "critical.image.docker-manifest-digest")
    }

    private static func members(
        of value: Tree?,
        _ name: String,
        required: Set<String>,
        optional: Set<String> = []
    ) throws(Refusal) -> TreeMap {
        guard let map = value?.map else { throw Refusal(reason: "its payload is not valid: \(name) is not a map") }
        let keys = Set(map.keys)
        if let missing = required.subtracting(keys).sorted().first {
            throw Refusal(reason: "its payload is not valid: \(name) has no \(missing)")
        }
        if let unknown = keys.subtracting(required).subtracting(optional).sorted().first {
            throw Refusal(
                reason: "its payload is not valid: \(name) has the unknown member \(unknown.quotedForMessage)"
            )
        }
        return map
    }

    private static func string(_ value: Tree?, _ name: String) throws(Refusal) -> String {
        guard let string = value?.string else {
            throw Refusal(reason: "its payload is not valid: \(name) is not a string")
        }
        return string
    }
}

extension String {
    /// The text in quotes with control characters escaped, cut where a hostile one would flood a message.
    var quotedForMessage: String { String(prefix(200)).debugDescription + (count > 200 ? "…" : "") }
}
