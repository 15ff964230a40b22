package import CoreModel
package import OCIDistribution

/// The signatures that lie beside an artifact in its own repository, of a registry or a layout.
package struct RepositorySignatureSource: SignatureSource {
    private let repository: any ArtifactRepository

    /// Uses the repository with the same access that the artifact is fetched with.
    package init(_ repository: any ArtifactRepository) { self.repository = repository }

    package func manifest(_ target: ManifestTarget) async throws -> ManifestDocument? {
        do {
            return try await repository.manifest(target).document
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    package func descriptor(of digest: Digest) async throws -> Descriptor? {
        do {
            return try await repository.manifest(.digest(digest)).descriptor
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    /// Not filtered by the registry: where it keeps no list itself, cosign 3 writes one with the wrong type in it.
    package func referrers(of digest: Digest) async throws -> [Descriptor] {
        try await repository.referrers(of: digest, artifactType: nil)
    }

    package func blob(_ descriptor: Descriptor, held: [UInt8]?) async throws -> [UInt8] {
        try await repository.blob(descriptor, limit: CosignSignatures.attestationLimit, held: held)
    }
}
