package import OCIDistribution

/// Where the signatures of one repository's artifacts are found. What it returns is checked before it is believed.
package protocol SignatureSource: Sendable {
    /// The manifest or index under a tag; nil when there is none.
    /// - Throws: when the registry does not tell, or with `RegistryError.invalidManifest` when it holds something else.
    func manifest(tag: String) async throws -> ManifestDocument?

    /// The content of a descriptor, of at most its size.
    /// - Throws: when the registry does not give it, or with `RegistryError` `notFound` or `digestMismatch`.
    func blob(_ descriptor: Descriptor) async throws -> [UInt8]
}
