internal import CoreModel
package import OCIDistribution

/// The signatures that lie beside an artifact in its own repository.
package struct RegistrySignatureSource: SignatureSource {
    private let client: RegistryClient
    private let access: RegistryAccess

    /// Uses the client with the same access that the artifact is fetched with.
    package init(client: RegistryClient, access: RegistryAccess) {
        self.client = client
        self.access = access
    }

    package func manifest(tag: String, in repository: Repository) async throws -> ManifestDocument? {
        do {
            return try await client.manifest(OCIReference(repository: repository, tag: tag), access).document
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    package func blob(_ descriptor: Descriptor, in repository: Repository) async throws -> [UInt8] {
        try await client.blob(repository, descriptor, access, limit: CosignVerification.payloadLimit)
    }
}
