package import CoreModel

/// One repository of artifacts, wherever it is: in a registry (`RegistryRepository`) or in an OCI image layout on a
/// disk. Commands and the copier work on this and do not ask which it is.
///
/// Everything read is checked by its digest before it is handed out; a blob's sink has the last word on its bytes.
/// - Throws: every function throws `RegistryError`, also for layouts, and what a sink or a source throws.
package protocol ArtifactRepository: Sendable {
    /// As messages name it: `ghcr.io/acme/app`, `oci-layout:/media/disk/app`.
    var name: String { get }

    /// The digest that a tag or a digest stands for, with its media type and size where they are known.
    func resolve(_ target: ManifestTarget) async throws -> ResolvedManifest

    /// The manifest or index that a tag or digest stands for now.
    func manifest(_ target: ManifestTarget) async throws -> FetchedManifest

    /// Brings a whole blob into a sink; see `RegistryClient.fetchBlob`.
    func fetchBlob(_ descriptor: Descriptor, into sink: any BlobSink) async throws

    /// A small blob in memory, its size and digest checked. With `held`, which the caller has worked out to be the
    /// blob's content, a registry may answer that it has just that, instead of sending it.
    func blob(_ descriptor: Descriptor, limit: Int64, held: [UInt8]?) async throws -> [UInt8]

    func hasBlob(_ digest: Digest) async throws -> Bool

    /// Puts a blob there, unless it is there already.
    func pushBlob(_ source: BlobSource, _ options: PushOptions) async throws -> PushOutcome

    /// Puts a manifest or index under a tag, or under its digest alone. A manifest with a `subject` can be found by
    /// `referrers` afterwards.
    @discardableResult
    func pushManifest(_ bytes: [UInt8], mediaType: String, tag: String?) async throws -> Digest

    /// Every tag, each once.
    func tags() async throws -> [String]

    /// The manifests that name the digest as their subject; with an `artifactType`, only those of that type. None is an
    /// empty list, also where the digest itself is not there.
    func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor]

    /// Takes a tag away, or a manifest together with every tag on it. Blobs stay.
    func delete(_ target: ManifestTarget) async throws
}

extension ArtifactRepository {
    /// A small blob in memory, its size and digest checked.
    package func blob(_ descriptor: Descriptor, limit: Int64) async throws -> [UInt8] {
        try await blob(descriptor, limit: limit, held: nil)
    }
}

/// Which manifest of a repository is meant.
package enum ManifestTarget: Hashable, Sendable, CustomStringConvertible {
    case tag(String)
    case digest(Digest)

    package var description: String {
        switch self {
        case .tag(let tag): tag
        case .digest(let digest): digest.description
        }
    }
}

/// What a target stood for when it was asked.
package struct ResolvedManifest: Hashable, Sendable {
    package let digest: Digest
    /// As the registry says; nil where it did not.
    package let mediaType: String?
    /// Bytes of the manifest; nil where the registry did not say.
    package let size: Int64?

    package init(digest: Digest, mediaType: String?, size: Int64?) {
        self.digest = digest
        self.mediaType = mediaType
        self.size = size
    }
}
