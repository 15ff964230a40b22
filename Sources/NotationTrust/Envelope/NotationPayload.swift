package import CoreModel
internal import ManifestTree

/// What a signature of the Notary Project signs: the descriptor of a manifest (signature-specification.md, "Payload").
package struct NotationPayload: Hashable, Sendable {
    package let mediaType: String
    package let digest: Digest
    /// Bytes of the manifest.
    package let size: Int64
    /// What the signer said besides.
    package let annotations: [String: String]

    package init(mediaType: String, digest: Digest, size: Int64, annotations: [String: String] = [:]) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
    }

    /// Parses strictly. The descriptor may have members besides those that identify the manifest; the payload itself
    /// may not.
    package init(parsing bytes: [UInt8]) throws(NotationProblem) {
        let top = try JSONMap(parsing: bytes, "its payload", limit: SignatureEnvelope.sizeLimit)
        try top.allow(only: ["targetArtifact"])
        let target = try JSONMap(top.entries["targetArtifact"], "the targetArtifact of its payload")
        mediaType = try target.string("mediaType")
        let text = try target.string("digest")
        guard let digest = Digest(text) else {
            throw NotationProblem("the digest \(text.quotedForMessage) in its payload is not one that is supported")
        }
        self.digest = digest
        guard let size = target.entries["size"]?.integer, size >= 0 else {
            throw NotationProblem("the size in its payload is not a number of bytes")
        }
        self.size = size
        annotations = try Self.annotations(target)
    }

    /// The payload as `notation sign` writes it.
    package func encode() -> [UInt8] {
        var target: Tree = [
            "mediaType": .string(mediaType), "digest": .string(digest.description),
            "size": .number(Tree.Number(validated: String(size))),
        ]
        if !annotations.isEmpty {
            let sorted = annotations.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) }
            target["annotations"] = .map(TreeMap(sorted))
        }
        let tree: Tree = ["targetArtifact": target]
        return tree.jsonBytes()
    }

    private static func annotations(_ target: JSONMap) throws(NotationProblem) -> [String: String] {
        guard let value = target.entries["annotations"], !value.isNull else { return [:] }
        var annotations: [String: String] = [:]
        for (key, value) in try JSONMap(value, "the annotations of its payload").entries {
            guard let text = value.string else {
                throw NotationProblem("the annotation \(key.quotedForMessage) of its payload is not a string")
            }
            annotations[key] = text
        }
        return annotations
    }
}
