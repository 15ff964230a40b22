internal import CoreModel
package import OCIDistribution

/// The signatures that lie beside an artifact in its own repository, be it in a registry or in a layout on a disk.
package struct RepositorySignatureSource: SignatureSource {
    private let repository: any ArtifactRepository

    /// Reads with the same access that the artifact is fetched with.
    package init(_ repository: any ArtifactRepository) { self.repository = repository }

    package func manifest(tag: String) async throws -> ManifestDocument? {
        do {
            return try await repository.manifest(.tag(tag)).document
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    package func blob(_ descriptor: Descriptor) async throws -> [UInt8] {
        try await repository.blob(descriptor, limit: CosignVerification.payloadLimit)
    }
}
