package import CoreModel
import HTTPExchange
import SignatureCrypto

/// How blobs are pushed.
package struct PushOptions: Sendable {
    /// Blobs larger than a chunk travel in chunks; nil sends every blob in one request.
    package var chunkBytes: Int?
    /// A repository of the same registry that may hold the blob already.
    package var mountFrom: Repository?
    /// Told how many bytes have been sent.
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
    /// Whether the repository holds the blob.
    package func blobExists(_ repository: Repository, _ digest: Digest, _ access: RegistryAccess) async throws -> Bool {
        try await blobExists(
            digest,
            writing(repository, access, "blob \(digest) of \(repository)", [.pull(repository)])
        )
    }

    /// Puts a blob into a repository, unless it is there already.
    package func pushBlob(
        _ repository: Repository,
        _ source: BlobSource,
        _ access: RegistryAccess,
        _ options: PushOptions = PushOptions()
    ) async throws -> PushOutcome {
        let digest = source.descriptor.digest
        let origin = options.mountFrom.flatMap { $0.registry == repository.registry && $0 != repository ? $0 : nil }
        let scopes = [.push(repository)] + (origin.map { [RegistryScope.pull($0)] } ?? [])
        let context = writing(repository, access, "blob \(digest) of \(repository)", scopes)
        if try await blobExists(digest, context) { return .existed }
        return try await retrying(context) {
            guard var upload = try await beginUpload(digest, from: origin, context) else { return .mounted }
            if let size = options.chunkBytes, source.descriptor.size > Int64(size) {
                try await sendChunks(of: source, options, &upload, context)
            } else {
                try await sendWhole(source, upload, context)
                options.progress?(source.descriptor.size)
            }
            return .uploaded
        }
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

    private func blobExists(_ digest: Digest, _ context: OperationContext) async throws -> Bool {
        let path = "/v2/\(context.repository.path)/blobs/\(digest)"
        let call = RegistryCall(.head, path, accepting: [200, 404])
        return try await buffered(call, context, limit: 0).head.status == 200
    }
}

// MARK: - Uploads

/// An upload that is under way: where its next request goes, and how small a chunk may be.
private struct Upload {
    var location: HTTPURL
    var minimumChunk: Int
}

extension RegistryClient {
    /// Nil when the blob was mounted, so that nothing is left to send.
    private func beginUpload(
        _ digest: Digest,
        from origin: Repository?,
        _ context: OperationContext
    ) async throws -> Upload? {
        var path = "/v2/\(context.repository.path)/blobs/uploads/"
        if let origin {
            path += "?mount=\(HTTPURL.percentEncode(digest.description))&from=\(HTTPURL.percentEncode(origin.path))"
        }
        let call = RegistryCall(.post, path, accepting: [201, 202])
        let response = try await buffered(call, context, limit: ErrorBody.limit)
        if response.head.status == 201, origin != nil { return nil }
        let minimum = response.head.headers["OCI-Chunk-Min-Length"].flatMap { Int($0) } ?? 0
        return Upload(location: try nextLocation(response, context), minimumChunk: min(max(minimum, 0), 64 << 20))
    }

    private func sendWhole(_ source: BlobSource, _ upload: Upload, _ context: OperationContext) async throws {
        let body = HTTPRequestBody.stream(length: source.descriptor.size, open: source.open)
        try await finish(upload.location, source.descriptor.digest, body, context)
    }

    private func sendChunks(
        of source: BlobSource,
        _ options: PushOptions,
        _ upload: inout Upload,
        _ context: OperationContext
    ) async throws {
        var reader = ChunkReader(
            try await source.open(),
            size: max(options.chunkBytes ?? 0, upload.minimumChunk, 1)
        )
        var sent: Int64 = 0
        while let chunk = try await reader.chunk() {
            let end = sent + Int64(chunk.count)
            let headers: HTTPHeaders = [
                "Content-Type": "application/octet-stream",
                "Content-Range": "\(sent)-\(end - 1)",
            ]
            let call = RegistryCall(.patch, .url(upload.location), headers: headers, accepting: [202])
            let response = try await exchange(call.carrying(.bytes(chunk)), context) { head, body, url in
                BufferedResponse(head: head, body: try await body.collect(upTo: ErrorBody.limit), url: url)
            }
            upload.location = try nextLocation(response, context)
            sent = end
            options.progress?(sent)
        }
        try await finish(upload.location, source.descriptor.digest, .none, context)
    }

    private func finish(
        _ location: HTTPURL,
        _ digest: Digest,
        _ body: HTTPRequestBody,
        _ context: OperationContext
    ) async throws {
        let url = location.adding("digest", digest.description)
        let headers: HTTPHeaders = ["Content-Type": "application/octet-stream"]
        let call = RegistryCall(.put, .url(url), headers: headers, accepting: [201, 204]).carrying(body)
        let said = try await exchange(call, context) { head, _, _ in head.headers["Docker-Content-Digest"] }
        if let stored = said.flatMap({ Digest($0) }), stored.algorithm == digest.algorithm, stored != digest {
            throw RegistryError(
                .digestMismatch,
                "Registry \(context.repository.registry) stored \(context.subject) as \(stored)"
            )
        }
    }

    /// Where an upload goes on. A registry behind a proxy that ends TLS may name itself with the wrong scheme or port;
    /// what it calls its own host is reached as before.
    private func nextLocation(_ response: BufferedResponse, _ context: OperationContext) throws -> HTTPURL {
        guard let text = response.head.headers["Location"], var url = response.url.resolving(text) else {
            throw RegistryError(
                .protocolViolation,
                "Registry \(context.repository.registry) began an upload of \(context.subject) without saying where"
            )
        }
        if response.url.scheme == .https, url.scheme == .http {
            guard url.host == response.url.host else {
                throw RegistryError(
                    .protocolViolation,
                    "Registry \(context.repository.registry) sends the upload of \(context.subject) from https to "
                        + "plain http at \(url.host), which is never done"
                )
            }
            (url.scheme, url.port) = (response.url.scheme, response.url.port)
        }
        return url
    }
}
