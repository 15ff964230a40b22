import CoreModel
package import HTTPExchange
import SignatureCrypto

/// The bytes of a blob as they come in, unverified.
package struct BlobStream: Sendable {
    /// Which byte of the blob comes first: what was asked for, or 0 where the registry does not do ranges.
    package let start: Int64
    package let body: HTTPResponseBody
}

extension RegistryClient {
    /// A transfer that brought so many bytes before it broke off is not counted against the next attempt.
    private static let progress: Int64 = 1 << 20

    /// Streams a blob from a byte on. Nothing about it has been checked; that is up to the closure.
    package func withBlob<Result: Sendable>(
        _ repository: Repository,
        _ descriptor: Descriptor,
        _ access: RegistryAccess,
        offset: Int64 = 0,
        body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let context = blobContext(repository, descriptor, access)
        return try await blob(descriptor, context, offset: offset) { stream in
            guard let stream else { throw shortBlob(descriptor, context, received: offset) }
            return try await body(stream)
        }
    }

    /// Brings a whole blob into a sink, and goes on where a transfer broke off.
    ///
    /// The sink ends up with exactly `descriptor.size` bytes; whether they are the right ones is for the sink's digest
    /// to say. What it holds before is taken as the blob's beginning. With `held`, which should be the whole blob, a
    /// registry that has the blob need not send it: then the sink gets `held`.
    package func fetchBlob(
        _ repository: Repository,
        _ descriptor: Descriptor,
        _ access: RegistryAccess,
        into sink: any BlobSink,
        held: [UInt8]? = nil
    ) async throws {
        let context = blobContext(repository, descriptor, access)
        var failures = 0
        while sink.received < descriptor.size {
            let before = sink.received
            do {
                try await continueBlob(descriptor, context, into: sink, held: held)
                guard sink.received < descriptor.size else { break }
                throw shortBlob(descriptor, context, received: sink.received)
            } catch {
                failures = sink.received - before >= Self.progress ? 1 : failures + 1
                guard let pause = pauseOfBlob(after: error, failures: failures, context) else { throw error }
                try await sleep(pause, context)
            }
        }
        guard sink.received == descriptor.size else { throw tooLong(descriptor, context) }
    }

    /// Reads a small blob into memory and checks size and digest; `held` as with `fetchBlob`.
    package func blob(
        _ repository: Repository,
        _ descriptor: Descriptor,
        _ access: RegistryAccess,
        limit: Int64,
        held: [UInt8]? = nil
    ) async throws -> [UInt8] {
        let name = "The blob \(descriptor.digest) of \(repository)"
        guard descriptor.size <= limit else {
            throw RegistryError(
                .invalidManifest,
                "\(name) has \(ByteCount(descriptor.size)) where at most \(ByteCount(limit)) are read"
            )
        }
        if let data = descriptor.data { return data }
        let sink = MemoryBlobSink()
        try await fetchBlob(repository, descriptor, access, into: sink, held: held)
        let digest = try Digest.of(sink.bytes, descriptor.digest.algorithm)
        guard digest == descriptor.digest else {
            throw RegistryError(.digestMismatch, "\(name) has other content: its digest is \(digest)")
        }
        return sink.bytes
    }

    private func blobContext(
        _ repository: Repository,
        _ descriptor: Descriptor,
        _ access: RegistryAccess
    ) -> OperationContext {
        OperationContext(
            repository,
            access,
            scopes: [.pull(repository)],
            subject: "blob \(descriptor.digest) of \(repository)"
        )
    }

    private func blob<Result: Sendable>(
        _ descriptor: Descriptor,
        _ context: OperationContext,
        offset: Int64,
        held: [UInt8]? = nil,
        _ body: (BlobStream?) async throws -> Result
    ) async throws -> Result {
        let path = "/v2/\(context.repository.path)/blobs/\(descriptor.digest)"
        // The digest is of the bytes as they travel, so nobody may compress them on the way.
        var call = RegistryCall(.get, path, headers: ["Accept-Encoding": "identity"], accepting: [200])
        if offset > 0 {
            call.headers["Range"] = "bytes=\(offset)-"
            call.accepted = [200, 206, 416]
        } else if held != nil {
            // Registries take the digest for the entity tag of a blob (RFC 9110 section 13.1.2).
            call.headers["If-None-Match"] = "\"\(descriptor.digest)\""
            call.accepted = [200, 304]
        }
        return try await exchange(call, context) { head, stream, _ in
            if head.status == 304, let held {
                return try await body(BlobStream(start: 0, body: HTTPResponseBody(bytes: held)))
            }
            let start = try Self.start(of: head, asked: offset, descriptor, context)
            return try await body(start.map { BlobStream(start: $0, body: stream) })
        }
    }

    /// The first byte that a response holds; nil for a refused range.
    private static func start(
        of head: HTTPResponseHead,
        asked: Int64,
        _ descriptor: Descriptor,
        _ context: OperationContext
    ) throws -> Int64? {
        switch head.status {
        case 416: return nil
        case 206:
            let range = head.headers["Content-Range"].flatMap { ContentRange($0) }
            guard let range, range.first == asked, range.total.map({ $0 == descriptor.size }) ?? true else {
                throw RegistryError(
                    .protocolViolation,
                    "Registry \(context.repository.registry) sent another part of \(context.subject) than was asked for"
                )
            }
            return asked
        default:
            if let length = head.contentLength, length != descriptor.size {
                throw RegistryError(
                    .digestMismatch,
                    "Registry \(context.repository.registry) has \(length) bytes for \(context.subject), where the "
                        + "manifest says \(descriptor.size)"
                )
            }
            return 0
        }
    }

    private func continueBlob(
        _ descriptor: Descriptor,
        _ context: OperationContext,
        into sink: any BlobSink,
        held: [UInt8]?
    ) async throws {
        let offset = sink.received
        let isRefused = try await blob(descriptor, context, offset: offset, held: held) { stream in
            guard let stream else { return true }
            if stream.start != offset { try await sink.reset() }
            while let piece = try await stream.body.next() {
                guard sink.received + Int64(piece.count) <= descriptor.size else { throw tooLong(descriptor, context) }
                try await sink.write(piece)
            }
            return false
        }
        // A registry that has no such range may still have the blob.
        if isRefused { try await sink.reset() }
    }

    private func pauseOfBlob(after error: any Error, failures: Int, _ context: OperationContext) -> Duration? {
        if let error = error as? RegistryError, error.code == .protocolViolation, error.cause is ShortBody {
            var random = SystemRandomNumberGenerator()
            return retry.pause(afterFailures: failures, asked: nil, using: &random)
        }
        return pause(after: error, failures: failures, context)
    }

    private func shortBlob(_ descriptor: Descriptor, _ context: OperationContext, received: Int64) -> RegistryError {
        RegistryError(
            .protocolViolation,
            "Registry \(context.repository.registry) ended \(context.subject) after \(received) of \(descriptor.size) "
                + "bytes",
            cause: ShortBody()
        )
    }

    private func tooLong(_ descriptor: Descriptor, _ context: OperationContext) -> RegistryError {
        RegistryError(
            .digestMismatch,
            "Registry \(context.repository.registry) sent more for \(context.subject) than the "
                + "\(descriptor.size) bytes "
                + "that the manifest says"
        )
    }
}

/// A body that ended in good order, but before its time.
private struct ShortBody: Error, CustomStringConvertible {
    var description: String { "the body ended early" }
}

/// `Content-Range: bytes first-last/total` (RFC 9110 section 14.4); the total is nil where it is `*`.
struct ContentRange: Hashable, Sendable {
    let first: Int64
    let last: Int64
    let total: Int64?

    init?(_ text: String) {
        guard text.prefix(6).lowercased() == "bytes " else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Int64(bounds[0]), let last = Int64(bounds[1]), first >= 0, last >= first
        else { return nil }
        self.first = first
        self.last = last
        total = parts[1] == "*" ? nil : Int64(parts[1])
        if total == nil, parts[1] != "*" { return nil }
    }
}
