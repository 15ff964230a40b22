package import CoreModel
package import OCIDistribution

/// What a reference pointed at when it was resolved; from here on only the digest counts.
package struct ResolvedRevision: Hashable, Sendable {
    /// The reference that was resolved, as `host/path:tag` or `host/path@digest`.
    package let reference: OCIReference
    /// The manifest that it pointed at.
    package let descriptor: Descriptor

    package init(reference: OCIReference, descriptor: Descriptor) {
        self.reference = reference
        self.descriptor = descriptor
    }

    /// The digest of the manifest.
    package var digest: Digest { descriptor.digest }

    /// `tag@digest`, or the digest alone where the reference has one.
    package var revision: Revision {
        Revision(name: reference.digest == nil ? reference.effectiveTag : nil, digest: digest)
    }
}
