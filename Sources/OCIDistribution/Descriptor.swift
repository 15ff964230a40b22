package import CoreModel
import ManifestTree
import SignatureCrypto

/// What a piece of content is, how large, and by which digest it is known (OCI image spec, descriptor.md).
package struct Descriptor: Hashable, Sendable {
    package var mediaType: String
    package var digest: Digest
    /// Bytes of the content; never negative.
    package var size: Int64
    package var annotations: [String: String]
    /// Only in an index.
    package var platform: Platform?
    package var artifactType: String?
    /// The content itself, where it is embedded; its size and digest have been checked.
    package var data: [UInt8]?

    package init(mediaType: String, digest: Digest, size: Int64, annotations: [String: String] = [:]) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
    }

    /// Describes bytes in memory by their SHA-256.
    /// - Throws: `CryptoError` when OpenSSL fails.
    package init(mediaType: String, of bytes: [UInt8]) throws {
        self.init(mediaType: mediaType, digest: try Digest.of(bytes), size: Int64(bytes.count))
    }

    init(_ fields: DocumentFields) throws {
        guard let mediaType = try fields.string("mediaType") else { throw fields.missing("mediaType") }
        guard MediaType.isValid(mediaType) else {
            throw fields.malformed("\(fields.child("mediaType")) is not a media type")
        }
        guard let written = try fields.string("digest") else { throw fields.missing("digest") }
        guard let digest = Digest(written) else {
            throw fields.malformed("\(fields.child("digest")) is not a digest that is supported")
        }
        guard let size = try fields.integer("size") else { throw fields.missing("size") }
        guard size >= 0 else { throw fields.malformed("\(fields.child("size")) is negative") }
        self.init(mediaType: mediaType, digest: digest, size: size, annotations: try fields.strings("annotations"))
        platform = try fields.fields("platform").map { try Platform($0) }
        artifactType = try fields.string("artifactType")
        data = try Self.data(in: fields, digest: digest, size: size)
    }

    private static func data(in fields: DocumentFields, digest: Digest, size: Int64) throws -> [UInt8]? {
        guard let text = try fields.string("data") else { return nil }
        guard let bytes = Base64.decode(text), Int64(bytes.count) == size,
            try Digest.of(bytes, digest.algorithm) == digest
        else { throw fields.malformed("\(fields.child("data")) does not match its size and digest") }
        return bytes
    }

    var tree: Tree {
        var tree: Tree = ["mediaType": .string(mediaType), "digest": .string(digest.description)]
        tree["size"] = .number(Tree.Number(validated: String(size)))
        tree["data"] = data.map { .string(Base64.encode($0)) }
        tree["annotations"] = annotations.isEmpty ? nil : Self.tree(annotations)
        tree["platform"] = platform?.tree
        tree["artifactType"] = artifactType.map { .string($0) }
        return tree
    }

    /// Annotations in the order of their names.
    static func tree(_ annotations: [String: String]) -> Tree {
        .map(TreeMap(annotations.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) }))
    }
}

/// What an image in an index runs on.
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    package var os: String
    package var architecture: String
    package var variant: String?

    package init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    init(_ fields: DocumentFields) throws {
        os = try fields.string("os") ?? ""
        architecture = try fields.string("architecture") ?? ""
        variant = try fields.string("variant")
    }

    /// `linux/arm64/v8`
    package var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }

    var tree: Tree {
        var tree: Tree = ["architecture": .string(architecture), "os": .string(os)]
        tree["variant"] = variant.map { .string($0) }
        return tree
    }
}
