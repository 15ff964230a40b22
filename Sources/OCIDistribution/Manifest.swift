import ManifestTree

/// An image manifest: one config and its layers (OCI image spec, manifest.md; Docker's schema 2 reads the same).
package struct Manifest: Hashable, Sendable {
    package var mediaType: String
    package var artifactType: String?
    package var config: Descriptor
    /// In order; the first is the lowest.
    package var layers: [Descriptor]
    package var annotations: [String: String]
    /// The manifest that this one says something about.
    package var subject: Descriptor?

    package init(
        config: Descriptor,
        layers: [Descriptor],
        annotations: [String: String] = [:],
        artifactType: String? = nil
    ) {
        mediaType = MediaType.ociManifest
        self.config = config
        self.layers = layers
        self.annotations = annotations
        self.artifactType = artifactType
    }

    /// Parses strictly: no key twice, every field of its type, valid digests and sizes.
    /// - Throws: `RegistryError.invalidManifest`, also for an index.
    package init(parsing bytes: [UInt8], subject: String = "The manifest") throws {
        guard case .manifest(let manifest) = try ManifestDocument(parsing: bytes, subject: subject) else {
            throw RegistryError(.invalidManifest, "\(subject) is an index where an image manifest belongs")
        }
        self = manifest
    }

    init(_ fields: DocumentFields, mediaType: String) throws {
        self.mediaType = mediaType
        artifactType = try fields.string("artifactType")
        guard let config = try fields.descriptor("config") else { throw fields.missing("config") }
        self.config = config
        guard let layers = try fields.descriptors("layers") else { throw fields.missing("layers") }
        self.layers = layers
        annotations = try fields.strings("annotations")
        subject = try fields.descriptor("subject")
    }

    /// The layers that hold something: an artifact without content has the empty descriptor as its only layer (OCI
    /// image spec, "Guidelines for artifact usage").
    package var contentLayers: [Descriptor] { layers.filter { $0.mediaType != MediaType.ociEmpty } }

    /// The manifest as JSON: the same bytes for equal manifests, without white space.
    package func encode() -> [UInt8] {
        var tree: Tree = ["schemaVersion": 2, "mediaType": .string(mediaType)]
        tree["artifactType"] = artifactType.map { .string($0) }
        tree["config"] = config.tree
        tree["layers"] = .list(layers.map(\.tree))
        tree["subject"] = subject?.tree
        tree["annotations"] = annotations.isEmpty ? nil : Descriptor.tree(annotations)
        return tree.jsonBytes()
    }
}

/// A list of manifests, as a rule one for each platform (OCI image spec, image-index.md; Docker's manifest list).
package struct ImageIndex: Hashable, Sendable {
    package var mediaType: String
    package var artifactType: String?
    package var manifests: [Descriptor]
    package var annotations: [String: String]
    package var subject: Descriptor?

    package init(manifests: [Descriptor], annotations: [String: String] = [:]) {
        mediaType = MediaType.ociIndex
        self.manifests = manifests
        self.annotations = annotations
    }

    init(_ fields: DocumentFields, mediaType: String) throws {
        self.mediaType = mediaType
        artifactType = try fields.string("artifactType")
        guard let manifests = try fields.descriptors("manifests") else { throw fields.missing("manifests") }
        self.manifests = manifests
        annotations = try fields.strings("annotations")
        subject = try fields.descriptor("subject")
    }

    /// The index as JSON: the same bytes for equal indexes, without white space.
    package func encode() -> [UInt8] {
        var tree: Tree = ["schemaVersion": 2, "mediaType": .string(mediaType)]
        tree["artifactType"] = artifactType.map { .string($0) }
        tree["manifests"] = .list(manifests.map(\.tree))
        tree["subject"] = subject?.tree
        tree["annotations"] = annotations.isEmpty ? nil : Descriptor.tree(annotations)
        return tree.jsonBytes()
    }
}
