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
        guard !manifest.layers.isEmpty else {
            throw NoLayer(message: "The artifact \(reference) has no layers; push one that has")
        }
        if selector.mediaType.isEmpty { return manifest.layers[0] }
        if let layer = manifest.layers.first(where: { $0.mediaType == selector.mediaType }) { return layer }
        let present = Set(manifest.layers.map(\.mediaType)).sorted().joined(separator: ", ")
        throw NoLayer(
            message:
                "failed to find layer with media type '\(selector.mediaType)' in artifact \(reference); it "
                + "has \(present)"
        )
    }

    /// The only child of an index.
    /// - Throws: `NoLayer` where there are several, or none.
    static func child(of index: ImageIndex, reference: String) throws -> Descriptor {
        guard index.manifests.count == 1 else {
            throw NoLayer(
                message:
                    "\(reference) is an index of \(index.manifests.count) manifests, and nothing says which "
                    + "one is meant; "
                    + "name one by spec.ref.digest"
            )
        }
        return index.manifests[0]
    }
}
