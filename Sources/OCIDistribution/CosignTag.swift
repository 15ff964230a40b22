package import CoreModel

/// The tags under which cosign keeps what belongs to a digest in the same repository.
package enum CosignTag {
    /// `sha256-<hex>.sig`
    package static func signature(for digest: Digest) -> String { tag(digest, "sig") }

    /// `sha256-<hex>.att`
    package static func attestation(for digest: Digest) -> String { tag(digest, "att") }

    /// Every tag that cosign may have used for a digest: signatures, attestations, bills of materials.
    package static func all(for digest: Digest) -> [String] {
        ["sig", "att", "sbom"].map { tag(digest, $0) }.filter { OCIReference.isTag($0) }
    }

    private static func tag(_ digest: Digest, _ suffix: String) -> String {
        "\(digest.algorithm.rawValue)-\(digest.hex).\(suffix)"
    }
}
