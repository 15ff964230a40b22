import OCIDistribution

/// How manifests of a layout are named: the annotation of their descriptors in `index.json` (OCI image spec,
/// annotations.md). Some tools write a tag there, others a whole reference.
package enum LayoutName {
    package static let annotation = "org.opencontainers.image.ref.name"

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
