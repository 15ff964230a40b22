package import CoreModel

/// The list of a digest's referrers that clients keep as an index under a tag, where the registry keeps none itself
/// (OCI distribution spec, "Referrers Tag Schema").
struct ReferrersList: Sendable {
    private(set) var index: ImageIndex

    init(_ index: ImageIndex = ImageIndex(manifests: [])) { self.index = index }

    /// `sha256-<hex>`: the algorithm and its text, cut to what a tag can hold.
    static func tag(of digest: Digest) -> String {
        "\(digest.algorithm.rawValue.prefix(32))-\(digest.hex.prefix(64))"
    }

    /// Nothing refers to the digest any more.
    var isEmpty: Bool { index.manifests.isEmpty }

    /// Whether the list changed: a referrer stands in it once.
    mutating func add(_ referrer: Descriptor) -> Bool {
        guard !index.manifests.contains(where: { $0.digest == referrer.digest }) else { return false }
        index.manifests.append(referrer)
        return true
    }

    /// Whether the list changed.
    mutating func remove(_ digest: Digest) -> Bool {
        let before = index.manifests.count
        index.manifests.removeAll { $0.digest == digest }
        return index.manifests.count != before
    }
}

extension ManifestDocument {
    /// The manifest that this one says something about.
    package var subject: Descriptor? {
        switch self {
        case .manifest(let manifest): manifest.subject
        case .index(let index): index.subject
        }
    }

    /// What kind of artifact this is to those who look for referrers: an image manifest without a type of its own is
    /// of its config's type (OCI distribution spec, "Listing Referrers").
    package var referrerType: String? {
        switch self {
        case .manifest(let manifest):
            manifest.artifactType.flatMap { $0.isEmpty ? nil : $0 } ?? manifest.config.mediaType
        case .index(let index): index.artifactType
        }
    }

    /// How a list of referrers describes this document.
    package func referrerDescriptor(digest: Digest, size: Int64) -> Descriptor {
        var descriptor = Descriptor(mediaType: mediaType, digest: digest, size: size, annotations: annotations)
        descriptor.artifactType = referrerType
        return descriptor
    }
}
