package import CoreModel
package import OCIDistribution

/// Where the signatures of one repository's artifacts are found. What it returns is checked before it is believed.
package protocol SignatureSource: Sendable {
    /// The manifest or index under a tag or with a digest; nil when there is none.
    /// - Throws: when the registry does not tell, or with `RegistryError` `invalidManifest` or `digestMismatch` when it
    ///   holds something else.
    func manifest(_ target: ManifestTarget) async throws -> ManifestDocument?

    /// What says that it is about a digest: descriptors of manifests with that subject, of any type.
    /// - Throws: when the registry does not tell, or with `RegistryError.invalidManifest`.
    func referrers(of digest: Digest) async throws -> [Descriptor]

    /// What the manifest or index with a digest is, and how large; nil when there is none, and where that is not known.
    /// - Throws: as `manifest(_:)`.
    func descriptor(of digest: Digest) async throws -> Descriptor?

    /// The content of a descriptor, of at most its size.
    /// - Throws: when the registry does not give it, or with `RegistryError` `notFound` or `digestMismatch`.
    func blob(_ descriptor: Descriptor) async throws -> [UInt8]
}

extension SignatureSource {
    package func descriptor(of digest: Digest) async throws -> Descriptor? { nil }
}
