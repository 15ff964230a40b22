import CoreModel

/// Which layers of an artifact are meant.
///
/// Without a media type and a position it is the first layer of Flux's or Helm's content types (a chart can have its
/// provenance before it), and where there is none of them the first layer that holds something, whatever its type.
package struct LayerSelector: Hashable, Sendable {
    /// How many of those that fit are taken.
    package enum Amount: String, Hashable, Sendable, CaseIterable {
        case first
        /// In the manifest's order, so that later ones go over earlier ones.
        case all
    }

    /// Exactly as the manifest has it; nil for any.
    package var mediaType: String?
    package var amount: Amount
    /// The place among all layers of the manifest, from 0; goes without media type and amount.
    package var position: Int?

    package init(mediaType: String? = nil, amount: Amount = .first, position: Int? = nil) {
        self.mediaType = mediaType
        self.amount = amount
        self.position = position
    }

    /// The layers that are meant, at least one.
    /// - Parameter subject: what messages call the artifact, such as `ghcr.io/acme/app@sha256:…`.
    /// - Throws: `RegistryError.notSelected` that names the layers that are there.
    package func layers(of manifest: Manifest, subject: String) throws -> [Descriptor] {
        let content = manifest.contentLayers
        guard !content.isEmpty else {
            throw RegistryError(.notSelected, "The artifact \(subject) has no layers with content; push one that has")
        }
        if let position {
            guard manifest.layers.indices.contains(position) else {
                throw refusal(manifest, "there is none at position \(position), counted from 0", subject)
            }
            return [manifest.layers[position]]
        }
        if let mediaType {
            let fitting = manifest.layers.filter { $0.mediaType == mediaType }
            guard let first = fitting.first else {
                throw refusal(manifest, "none has the media type '\(mediaType)'", subject)
            }
            return amount == .all ? fitting : [first]
        }
        return amount == .all ? content : [content.first { Self.isKnownContent($0.mediaType) } ?? content[0]]
    }

    private static func isKnownContent(_ mediaType: String) -> Bool {
        // Flux writes the file's extension behind its type where the content is a single file.
        mediaType == MediaType.helmContent || mediaType == MediaType.fluxFile
            || mediaType.hasPrefix("\(MediaType.fluxFile).")
    }

    private func refusal(_ manifest: Manifest, _ reason: String, _ subject: String) -> RegistryError {
        let listed = manifest.layers.prefix(10).map { layer in
            let title = layer.annotations[Self.title].map { ", \($0.prefix(100))" } ?? ""
            return "\(layer.mediaType) (\(ByteCount(layer.size))\(title))"
        }
        let count = manifest.layers.count
        let more = count > 10 ? " and \(count - 10) more" : ""
        return RegistryError(
            .notSelected,
            "The artifact \(subject) has \(count == 1 ? "one layer" : "\(count) layers"): "
                + "\(listed.joined(separator: ", "))\(more); \(reason); select one of them"
        )
    }

    /// The annotation in which tools keep the name of the file that a layer holds.
    package static let title = "org.opencontainers.image.title"
}
