import OCIDistribution

/// How manifests of a layout are named: the annotation of their descriptors in `index.json` (OCI image spec,
/// annotations.md). Some tools write a tag there, others a whole reference.
package enum LayoutName {
    package static let annotation = "org.opencontainers.image.ref.name"

    /// What a manifest of an index is called: its annotation, or the tag that it had in its registry where `cosign
    /// save` wrote the layout, which says only what kind of thing each manifest is.
    static func name(of descriptor: Descriptor, among all: [Descriptor]) -> String? {
        if let name = descriptor.annotations[annotation] { return name }
        guard let kind = cosignKind(descriptor) else { return nil }
        let images = all.filter { cosignKind($0).map(imageKinds.contains) ?? false }
        guard images.count == 1, let image = images.first else { return nil }
        return switch kind {
        case "sigs": CosignTag.signature(for: image.digest)
        case "atts": CosignTag.attestation(for: image.digest)
        case _ where imageKinds.contains(kind): "latest"
        default: nil
        }
    }

    private static let imageKinds: Set<String> = ["image", "imageIndex"]

    private static func cosignKind(_ descriptor: Descriptor) -> String? {
        guard let kind = descriptor.annotations["kind"], kind.hasPrefix("dev.cosignproject.cosign/") else { return nil }
        return String(kind.drop { $0 != "/" }.dropFirst())
    }

    /// The tag that a name stands for: `v1` of `v1` and of `ghcr.io/acme/app:v1`. Nil for a name without one.
    package static func tag(of name: String) -> String? {
        var rest = Substring(name)
        if let at = rest.lastIndex(of: "@") { rest = rest[..<at] }
        if let colon = rest.lastIndex(of: ":") {
            rest = rest[rest.index(after: colon)...]
        }
        let tag = String(rest)
        return OCIReference.isTag(tag) ? tag : nil
    }
}
