package import CoreModel
import HTTPExchange
import SignatureCrypto

/// How blobs are pushed.
package struct PushOptions: Sendable {
    /// Blobs larger than a chunk travel in chunks; nil sends every blob in one request.
    package var chunkBytes: Int?
    /// A repository of the same registry that may hold the blob already.
    package var mountFrom: Repository?
    /// Told how many bytes of the blob have been sent so far; fewer than before when an upload begins again.
    package var progress: (@Sendable (Int64) -> Void)?

    package init(
        chunkBytes: Int? = nil,
        mountFrom: Repository? = nil,
        progress: (@Sendable (Int64) -> Void)? = nil
    ) {
        self.chunkBytes = chunkBytes
        self.mountFrom = mountFrom
        self.progress = progress
    }
}

/// What became of a blob that was to be pushed.
package enum PushOutcome: Hashable, Sendable {
    case existed, mounted, uploaded
}

extension RegistryClient {
    /// Whether the repository holds the blob; false also where the registry does not tell.
    package func blobExists(_ repository: Repository, _ digest: Digest, _ access: RegistryAccess) async throws -> Bool {
        try await blobExists(
            digest,
            writing(repository, access, "blob \(digest) of \(repository)", [.pull(repository)])
        )
    }

    /// Puts a blob into a repository, unless it is there already: mounted where a neighbour has it, in one request or
    /// in chunks otherwise. What broke off goes on where the registry says, or begins again.
    package func pushBlob(
        _ repository: Repository,
        _ source: BlobSource,
        _ access: RegistryAccess,
        _ options: PushOptions = PushOptions()
    ) async throws -> PushOutcome {
        let digest = source.descriptor.digest
        let origin = options.mountFrom.flatMap { $0.registry == repository.registry && $0 != repository ? $0 : nil }
        let context = writing(repository, access, "blob \(digest) of \(repository)", [.push(repository)])
        if try await blobExists(digest, context) { return .existed }
        let upload =
            if let origin { try await mount(digest, from: origin, context) } else { try await beginUpload(context) }
        guard let upload else { return .mounted }
        try await send(BlobUpload(source: source, options: options, context: context), upload)
        return .uploaded
    }

    /// Puts a manifest or index under a tag, or under its digest where `tag` is nil.
    /// - Returns: its digest, which the registry has confirmed where it says one.
    @discardableResult
    package func pushManifest(
        _ repository: Repository,
        _ bytes: [UInt8],
        mediaType: String,
        tag: String?,
        _ access: RegistryAccess
    ) async throws -> Digest {
        let digest = try Digest.of(bytes)
        let reference =
            try tag.map { try OCIReference(repository: repository, tag: $0) }
            ?? OCIReference(repository: repository, digest: digest)
        let context = writing(repository, access, reference.description, [.push(repository)])
        var call = manifestCall(.put, reference, accepting: [200, 201, 202]).carrying(.bytes(bytes))
        call.headers = ["Content-Type": mediaType]
        let response = try await buffered(call, context, limit: ErrorBody.limit)
        resolutions.forget(repository)
        if let said = response.head.headers["Docker-Content-Digest"].flatMap({ Digest($0) }),
            said != (try Digest.of(bytes, said.algorithm))
        {
            throw RegistryError(
                .digestMismatch,
                "Registry \(repository.registry) stored \(reference) as \(said), which is not what was sent (\(digest))"
            )
        }
        try await noteSubject(of: bytes, digest, response, context)
        return digest
    }

    /// Makes a manifest with a subject findable where the registry does not say that it does so itself (OCI
    /// distribution spec, "Pushing Manifests with Subject").
    private func noteSubject(
        of bytes: [UInt8],
        _ digest: Digest,
        _ response: BufferedResponse,
        _ context: OperationContext
    ) async throws {
        guard response.head.headers["OCI-Subject"] == nil, let document = try? ManifestDocument(parsing: bytes),
            let subject = document.subject
        else { return }
        let descriptor = document.referrerDescriptor(digest: digest, size: Int64(bytes.count))
        try await noteReferrer(descriptor, of: subject.digest, context)
    }

    /// Gives what a reference stands for another tag.
    @discardableResult
    package func tag(_ reference: OCIReference, as tag: String, _ access: RegistryAccess) async throws -> Digest {
        let target = try OCIReference(repository: reference.repository, tag: tag)
        let found = try await manifest(reference, access)
        let mediaType = found.document.mediaType
        return try await pushManifest(target.repository, found.bytes, mediaType: mediaType, tag: tag, access)
    }

    func writing(
        _ repository: Repository,
        _ access: RegistryAccess,
        _ subject: String,
        _ scopes: [RegistryScope]
    ) -> OperationContext {
        OperationContext(repository, access, scopes: scopes.sorted { $0.path < $1.path }, subject: subject)
    }

    /// False also where the registry does not say: whoever asks would then send the blob.
    func blobExists(_ digest: Digest, _ context: OperationContext) async throws -> Bool {
        let path = "/v2/\(context.repository.path)/blobs/\(digest)"
        let call = RegistryCall(.head, path, accepting: [200, 404])
        do {
            return try await buffered(call, context, limit: 0).head.status == 200
        } catch let error as RegistryError where [.denied, .rejected].contains(error.code) || error.status == 501 {
            return false
        }
    }
}
