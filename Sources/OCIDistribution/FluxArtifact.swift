package import CoreModel
import ManifestTree

/// The shape in which Flux pushes configuration: an image-like config, one layer, and where it came from as
/// annotations.
package enum FluxArtifact {
    package static let created = "org.opencontainers.image.created"
    package static let source = "org.opencontainers.image.source"
    package static let revision = "org.opencontainers.image.revision"

    /// A manifest and the config blob that it names.
    package struct Contents: Sendable {
        package let manifest: Manifest
        package let config: [UInt8]
    }

    /// Describes one packed layer.
    ///
    /// `diffID` is the digest of the layer before compression. `annotations` win over ours; a `created` among them is
    /// the config's too.
    /// - Throws: `RegistryError.invalidManifest` for a `created` annotation that is not RFC 3339; `CryptoError`.
    package static func contents(
        layer: Descriptor,
        diffID: Digest,
        created time: Timestamp,
        annotations: [String: String]
    ) throws -> Contents {
        var annotations = annotations
        let written = annotations[created] ?? time.description
        guard Timestamp(written) != nil else {
            throw RegistryError(
                .invalidManifest,
                "The annotation \(created) is '\(written)'; write a time as RFC 3339 does, such as \(time)"
            )
        }
        annotations[created] = written
        let config = config(diffID: diffID, created: written)
        let manifest = Manifest(
            config: try Descriptor(mediaType: MediaType.fluxConfig, of: config),
            layers: [layer],
            annotations: annotations
        )
        return Contents(manifest: manifest, config: config)
    }

    private static func config(diffID: Digest, created: String) -> [UInt8] {
        let tree: Tree = [
            "architecture": "",
            "created": .string(created),
            "history": [["created": "0001-01-01T00:00:00Z"]],
            "os": "",
            "rootfs": ["type": "layers", "diff_ids": [.string(diffID.description)]],
            "config": [:],
        ]
        return tree.jsonBytes()
    }
}
