import CoreModel
import HTTPExchange

/// One blob on its way to a repository.
struct BlobUpload: Sendable {
    let source: BlobSource
    let options: PushOptions
    let context: OperationContext

    var digest: Digest { source.descriptor.digest }

    /// The size of chunks; nil where the rest of the blob travels in one request.
    var chunkBytes: Int? { options.chunkBytes.flatMap { source.descriptor.size > Int64($0) ? max($0, 1) : nil } }
}

extension RegistryClient {
    /// A transfer that brought so many bytes further before it broke off is not counted against the next attempt.
    private static let uploadProgress: Int64 = 1 << 20

    /// Sends a blob, and goes on where a transfer broke off as far as the registry remembers it.
    func send(_ blob: BlobUpload, _ begun: Upload) async throws {
        var upload = begun
        var failures = 0
        while true {
            let before = upload.offset
            do {
                return try await sendRest(blob, &upload)
            } catch {
                failures = upload.offset - before >= Self.uploadProgress ? 1 : failures + 1
                guard let pause = uploadPause(after: error, failures: failures, blob.context) else { throw error }
                try await sleep(pause, blob.context)
                guard let next = try await resume(upload, blob) else { return }
                upload = next
            }
        }
    }

    /// Begins an upload.
    func beginUpload(_ context: OperationContext) async throws -> Upload {
        let path = "/v2/\(context.repository.path)/blobs/uploads/"
        let response = try await buffered(
            RegistryCall(.post, path, accepting: [202]),
            context,
            limit: ErrorBody.limit
        )
        return try upload(in: response, context)
    }

    /// Asks for a blob of another repository of the same registry. Nil when it is there now; an upload to fill when the
    /// registry does not do that, or does not let us.
    func mount(_ digest: Digest, from origin: Repository, _ context: OperationContext) async throws -> Upload? {
        let scopes = (context.scopes + [.pull(origin)]).sorted { $0.path < $1.path }
        let wider = OperationContext(
            context.repository,
            try context.accessForPart(),
            scopes: scopes,
            subject: context.subject
        )
        let path =
            "/v2/\(context.repository.path)/blobs/uploads/?mount=\(HTTPURL.percentEncode(digest.description))"
            + "&from=\(HTTPURL.percentEncode(origin.path))"
        do {
            let call = RegistryCall(.post, path, accepting: [201, 202])
            let response = try await buffered(call, wider, limit: ErrorBody.limit)
            return response.head.status == 201 ? nil : try upload(in: response, context)
        } catch let error as RegistryError where [.unauthorized, .denied, .notFound, .rejected].contains(error.code) {
            return try await beginUpload(context)
        }
    }

    private func upload(in response: BufferedResponse, _ context: OperationContext) throws -> Upload {
        let minimum = response.head.headers["OCI-Chunk-Min-Length"].flatMap { Int($0) } ?? 0
        return Upload(location: try nextLocation(response.head, response.url, context), minimumChunk: minimum)
    }

    private func sendRest(_ blob: BlobUpload, _ upload: inout Upload) async throws {
        guard let size = blob.chunkBytes else { return try await sendWhole(blob, upload) }
        var reader = ChunkReader(
            try await blob.source.open(at: upload.offset),
            size: max(size, upload.minimumChunk)
        )
        while let chunk = try await reader.chunk() {
            let (start, end) = (upload.offset, upload.offset + Int64(chunk.count))
            var call = RegistryCall(.patch, .url(upload.location), accepting: [202, 204]).carrying(.bytes(chunk))
            call.headers = [
                "Content-Type": "application/octet-stream", "Content-Range": "\(start)-\(end - 1)",
            ]
            let (head, url) = try await exchange(call, blob.context) { head, _, url in (head, url) }
            upload.location = try nextLocation(head, url, blob.context)
            guard upload.acknowledge(upTo: end, head.headers) else { throw outOfStep(blob.context) }
            blob.options.progress?(end)
        }
        try await finish(blob, upload, .none)
    }

    private func sendWhole(_ blob: BlobUpload, _ upload: Upload) async throws {
        let (source, offset, progress) = (blob.source, upload.offset, blob.options.progress)
        let body = HTTPRequestBody.stream(length: source.descriptor.size - offset) {
            let next = try await source.open(at: offset)
            guard let progress else { return next }
            let count = ByteCounter(offset)
            return {
                guard let piece = try await next() else { return nil }
                progress(count.add(piece.count))
                return piece
            }
        }
        try await finish(blob, upload, body)
    }

    private func finish(_ blob: BlobUpload, _ upload: Upload, _ body: HTTPRequestBody) async throws {
        let url = upload.location.adding("digest", blob.digest.description)
        var call = RegistryCall(.put, .url(url), accepting: [201, 202, 204]).carrying(body)
        call.headers = ["Content-Type": "application/octet-stream"]
        if case .stream(let length, _) = body, upload.offset > 0 {
            call.headers["Content-Range"] = "\(upload.offset)-\(upload.offset + length - 1)"
        }
        let said = try await exchange(call, blob.context) { head, _, _ in head.headers["Docker-Content-Digest"] }
        if let stored = said.flatMap({ Digest($0) }), stored.algorithm == blob.digest.algorithm, stored != blob.digest {
            throw RegistryError(
                .digestMismatch,
                "Registry \(blob.context.repository.registry) stored \(blob.context.subject) as \(stored)"
            )
        }
    }
}

// MARK: - After a failure

extension RegistryClient {
    /// Where the upload goes on: at what the registry holds, or in a new one where it does not remember. Nil when the
    /// blob is there: the answer to the last request was lost, not its effect.
    private func resume(_ upload: Upload, _ blob: BlobUpload) async throws -> Upload? {
        if !upload.isResumed, let resumed = try await status(of: upload, blob.context),
            resumed.offset <= blob.source.descriptor.size
        {
            return resumed
        }
        if try await blobExists(blob.digest, blob.context) { return nil }
        return try await beginUpload(blob.context)
    }

    /// What the registry holds of an upload; nil where it does not say.
    private func status(of upload: Upload, _ context: OperationContext) async throws -> Upload? {
        do {
            let call = RegistryCall(.get, .url(upload.location), accepting: [200, 202, 204])
            let response = try await buffered(call, context, limit: ErrorBody.limit)
            var upload = upload
            let isMoved = response.head.headers["Location"] != nil
            let location = isMoved ? try nextLocation(response.head, response.url, context) : upload.location
            upload.resume(at: location, response.head.headers)
            return upload
        } catch let error as RegistryError where [.notFound, .rejected, .denied].contains(error.code) {
            return nil
        } catch let error as RegistryError where error.status == 501 {
            return nil
        }
    }

    private func uploadPause(after error: any Error, failures: Int, _ context: OperationContext) -> Duration? {
        // An upload that is not where we think it is, or not any more, is mended by asking.
        guard let error = error as? RegistryError,
            error.status == 416 || error.status == 404 || error.cause is OutOfStep
        else { return pause(after: error, failures: failures, context) }
        var random = SystemRandomNumberGenerator()
        return retry.pause(afterFailures: failures, asked: nil, using: &random)
    }

    private func outOfStep(_ context: OperationContext) -> RegistryError {
        RegistryError(
            .protocolViolation,
            "Registry \(context.repository.registry) took only a part of what was sent of \(context.subject)",
            cause: OutOfStep()
        )
    }

    /// Where an upload goes on. A registry behind a proxy that ends TLS may name itself with the wrong scheme or port;
    /// what it calls its own host is reached as before.
    private func nextLocation(
        _ head: HTTPResponseHead,
        _ asked: HTTPURL,
        _ context: OperationContext
    ) throws -> HTTPURL {
        guard let text = head.headers["Location"], var url = asked.resolving(text) else {
            throw RegistryError(
                .protocolViolation,
                "Registry \(context.repository.registry) took a part of \(context.subject) without saying where to go on"
            )
        }
        if asked.scheme == .https, url.scheme == .http {
            guard url.host == asked.host else {
                throw RegistryError(
                    .protocolViolation,
                    "Registry \(context.repository.registry) sends the upload of \(context.subject) from https to "
                        + "plain http at \(url.host), which is never done"
                )
            }
            (url.scheme, url.port) = (asked.scheme, asked.port)
        }
        return url
    }
}

/// The registry holds less than was sent.
private struct OutOfStep: Error, CustomStringConvertible {
    var description: String { "the upload is out of step" }
}
