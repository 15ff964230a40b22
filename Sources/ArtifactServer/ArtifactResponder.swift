import CoreModel
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import SafeFiles

/// Answers requests for artifacts.
struct ArtifactResponder: Sendable {
    let source: any ArtifactSource
    let logger: Logger

    /// Bytes that are in memory for one client at a time.
    static let chunkSize: Int64 = 64 << 10
    /// A client that takes no byte for so long loses its connection, so that it cannot hold a file forever.
    static let stallTimeout = TimeAmount.seconds(60)
    /// What a client is asked to wait while artifacts are rebuilt.
    static let retryAfter = "5"

    func answer(_ request: Request, _ context: ConnectionContext) async -> Response {
        let response = await response(to: request, context)
        Counter(label: "sluice_artifact_requests_total", dimensions: [("code", String(response.status.code))])
            .increment()
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func response(to request: Request, _ context: ConnectionContext) async -> Response {
        guard request.method == .get || request.method == .head else {
            return .text(.methodNotAllowed, "Only GET and HEAD are served here", [.allow: "GET, HEAD"])
        }
        guard let path = ArtifactPath(requestTarget: request.head.path ?? "") else {
            return .text(.notFound, "There is no such artifact")
        }
        // Asked before the lookup: an artifact that is published in between is found, not called missing.
        let isExpected = source.isExpected(path.relative)
        do {
            let source = source
            guard let artifact = try await BlockingPool.shared.run({ try source.openArtifact(path.relative) }) else {
                return isExpected ? comeAgain : .text(.notFound, "There is no such artifact")
            }
            return answer(request, with: artifact, context)
        } catch {
            logger.error("artifact cannot be opened", metadata: ["path": "\(path.relative)", "error": "\(error)"])
            return comeAgain
        }
    }

    private var comeAgain: Response {
        .text(.serviceUnavailable, "Artifacts are being rebuilt; come again", [.retryAfter: Self.retryAfter])
    }

    private func answer(_ request: Request, with artifact: ServedArtifact, _ context: ConnectionContext) -> Response {
        let size = artifact.file.size
        let tag = "\"\(artifact.entityTag)\""
        var headers: HTTPFields = [
            .eTag: tag, .acceptRanges: "bytes", .contentType: "application/gzip",
            .cacheControl: artifact.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        if let held = request.headers[.ifNoneMatch], Self.matches(held, tag) {
            headers[.contentLength] = String(size)
            return Response(status: .notModified, headers: headers)
        }
        let condition = request.headers[.ifRange]
        let wantsPart = request.method == .get && condition.map { $0 == tag } ?? true
        let (status, part): (HTTPResponse.Status, Range<Int64>)
        switch ByteRange(header: wantsPart ? request.headers[.range] : nil, size: size) {
        case .whole: (status, part) = (.ok, 0..<size)
        case .part(let range):
            (status, part) = (.partialContent, range)
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        case .unsatisfiable:
            return .text(.rangeNotSatisfiable, "The artifact has \(size) bytes", [.contentRange: "bytes */\(size)"])
        }
        headers[.contentLength] = String(part.count)
        guard request.method == .get else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: body(artifact, part, context.channel))
    }

    /// Reads while it sends: one chunk is in memory, and the file is let go when the closure ends.
    private func body(_ artifact: ServedArtifact, _ part: Range<Int64>, _ channel: any Channel) -> ResponseBody {
        let logger = logger
        return ResponseBody(contentLength: part.count) { writer in
            var offset = part.lowerBound
            while offset < part.upperBound {
                let (start, count) = (offset, Int(min(Self.chunkSize, part.upperBound - offset)))
                let chunk = try await BlockingPool.shared.run { try artifact.file.read(upTo: count, at: start) }
                guard chunk.count == count else {
                    let place = "\(artifact.file.path)"
                    logger.error(
                        "artifact is shorter than it was; transfer broken off",
                        metadata: ["file": .string(place)]
                    )
                    throw ServerError.truncated(place)
                }
                let stall = channel.eventLoop.scheduleTask(in: Self.stallTimeout) { channel.close(promise: nil) }
                defer { stall.cancel() }
                try await writer.write(ByteBuffer(bytes: chunk))
                // A write returns before the event loop has seen it, and only the loop knows when the client is slow.
                // Without waiting for it, a busy loop is handed whole artifacts for clients that take little.
                try await channel.eventLoop.submit {}.get()
                Counter(label: "sluice_artifact_sent_bytes_total").increment(by: Int64(count))
                offset += Int64(count)
            }
            try await writer.finish(nil)
        }
    }

    /// Weak comparison over a list of entity tags (RFC 9110 section 13.1.2).
    static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let text = String(item)
            return text == "*" || text == tag || text == "W/" + tag
        }
    }
}
