import CoreModel
import OCIDistribution
import SluiceAPI

/// Picks the layer of a manifest that a selector means.
enum LayerChoice {
    /// The manifest has no such layer, or cannot have one.
    struct NoLayer: ModuleError {
        let message: String
        var cause: (any Error)? { nil }
        var kind: FailureKind { .transient }
    }

    /// The first layer of the selector's media type, or the first of all where it names none.
    /// - Throws: `NoLayer` that names the layers that are there.
    static func layer(of manifest: Manifest, _ selector: OCIRepository.LayerSelector, reference: String) throws
        -> Descriptor
    {
        if selector.mediaType.isEmpty, let first = manifest.contentLayers.first { return first }
        if let layer = manifest.layers.first(where: { $0.mediaType == selector.mediaType }) { return layer }
        guard !manifest.contentLayers.isEmpty else {
            throw NoLayer(message: "The artifact \(reference) has no layers with content; push one that has")
        }
        let present = Set(manifest.layers.map(\.mediaType)).sorted().joined(separator: ", ")
        throw NoLayer(
            message:
                "failed to find layer with media type '\(selector.mediaType)' in artifact \(reference); it "
                + "has \(present)"
        )
    }

    /// The manifest of an index that is meant: its only one, or the one for linux/amd64.
    /// - Throws: `NoLayer` where there is no such, or several.
    static func child(of index: ImageIndex, reference: String) throws -> Descriptor {
        guard let child = index.defaultManifest else {
            throw NoLayer(
                message:
                    "\(reference) is an index of \(index.manifests.count) manifests, of which not exactly one is "
                    + "for linux/amd64; name one by spec.ref.digest"
            )
        }
        return child
    }
}
