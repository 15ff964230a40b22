package import CoreModel

/// A repository of a registry, with the client and the access that its operations use.
package struct RegistryRepository: ArtifactRepository {
    package let client: RegistryClient
    package let repository: Repository
    package let access: RegistryAccess

    package init(client: RegistryClient, repository: Repository, access: RegistryAccess) {
        self.client = client
        self.repository = repository
        self.access = access
    }

    package var name: String { repository.description }

    package func resolve(_ target: ManifestTarget) async throws -> ResolvedManifest {
        let resolved = try await client.resolve(reference(target), access)
        return ResolvedManifest(digest: resolved.digest, mediaType: resolved.mediaType, size: resolved.size)
    }

    package func manifest(_ target: ManifestTarget) async throws -> FetchedManifest {
        try await client.manifest(reference(target), access)
    }

    package func fetchBlob(_ descriptor: Descriptor, into sink: any BlobSink) async throws {
        try await client.fetchBlob(repository, descriptor, access, into: sink)
    }

    package func blob(_ descriptor: Descriptor, limit: Int64, held: [UInt8]?) async throws -> [UInt8] {
        try await client.blob(repository, descriptor, access, limit: limit, held: held)
    }

    package func hasBlob(_ digest: Digest) async throws -> Bool {
        try await client.blobExists(repository, digest, access)
    }

    package func pushBlob(_ source: BlobSource, _ options: PushOptions) async throws -> PushOutcome {
        try await client.pushBlob(repository, source, access, options)
    }

    @discardableResult
    package func pushManifest(_ bytes: [UInt8], mediaType: String, tag: String?) async throws -> Digest {
        try await client.pushManifest(repository, bytes, mediaType: mediaType, tag: tag, access)
    }

    package func tags() async throws -> [String] { try await client.tags(repository, access) }

    package func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        try await client.referrers(repository, of: digest, artifactType: artifactType, access)
    }

    package func delete(_ target: ManifestTarget) async throws {
        try await client.deleteManifest(reference(target), access)
    }

    private func reference(_ target: ManifestTarget) throws -> OCIReference {
        switch target {
        case .tag(let tag): try OCIReference(repository: repository, tag: tag)
        case .digest(let digest): OCIReference(repository: repository, digest: digest)
        }
    }
}
