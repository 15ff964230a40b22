internal import CoreModel
package import HTTPExchange

/// A repository behind a URL.
package struct MirrorRepository: UpdateRepository {
    package let name: String
    private let metadataURL: HTTPURL
    private let targetsURL: HTTPURL
    private let transport: any HTTPTransport
    private let profile: ConnectionProfile

    /// Bounds one file, from the first attempt to connect to its last byte.
    private static let timeout = Duration.seconds(60)

    /// - Parameters:
    ///   - url: where metadata is.
    ///   - targets: where targets are, relative to it.
    ///   - profile: with the proxy and the authorities of who asks.
    package init(
        _ url: HTTPURL,
        targets: String = "targets",
        transport: any HTTPTransport,
        profile: ConnectionProfile = .standard
    ) {
        name = "\(url)"
        metadataURL = url
        targetsURL = targets.isEmpty ? url : Self.appending(targets, to: url)
        self.transport = transport
        self.profile = profile
    }

    package func metadata(_ file: String, limit: Int) async throws -> [UInt8]? {
        try await fetch(Self.appending(file, to: metadataURL), limit)
    }

    package func target(_ path: String, limit: Int) async throws -> [UInt8]? {
        try await fetch(Self.appending(path, to: targetsURL), limit)
    }

    private static func appending(_ path: String, to base: HTTPURL) -> HTTPURL {
        var url = base
        while url.path.hasSuffix("/") { url.path.removeLast() }
        for component in path.split(separator: "/") { url.path += "/\(HTTPURL.percentEncode(String(component)))" }
        return url
    }

    /// Who answers a redirect is trusted as little as who gave it, so redirects are followed within the usual bounds.
    private func fetch(_ url: HTTPURL, _ limit: Int) async throws -> [UInt8]? {
        var request = HTTPRequest(.get, url, profile: profile)
        request.timeout = Self.timeout
        let rule = RedirectRule()
        do {
            for hop in 0... {
                let sent = request
                switch try await transport.withResponse(
                    to: sent,
                    { try await answer($0, $1, to: sent, rule, hop, limit) }
                ) {
                case .bytes(let bytes): return bytes
                case .absent: return nil
                case .elsewhere(let next): request = next
                }
            }
            return nil
        } catch let error as HTTPError where error.code == .tooLarge {
            throw tooLarge(url, limit)
        } catch let error as HTTPError {
            throw UpdateError(.unavailable, "The TUF file \(url) cannot be fetched", cause: error)
        }
    }

    private enum Answer: Sendable {
        case bytes([UInt8])
        case absent
        case elsewhere(HTTPRequest)
    }

    private func answer(
        _ head: HTTPResponseHead,
        _ body: HTTPResponseBody,
        to request: HTTPRequest,
        _ rule: RedirectRule,
        _ hop: Int,
        _ limit: Int
    ) async throws -> Answer {
        if let next = try rule.next(after: head, to: request, hop: hop) { return .elsewhere(next) }
        // Object stores that may not be listed say 403 of what they do not have.
        if [403, 404, 410].contains(head.status) { return .absent }
        guard head.status == 200 else {
            throw UpdateError(
                .unavailable,
                "The TUF file \(request.url) cannot be fetched: the answer is \(head.status)"
            )
        }
        if let length = head.contentLength, length > Int64(limit) { throw tooLarge(request.url, limit) }
        return .bytes(try await body.collect(upTo: limit))
    }

    private func tooLarge(_ url: HTTPURL, _ limit: Int) -> UpdateError {
        UpdateError(.tooLarge, "The TUF file \(url) is larger than the \(limit) bytes that are taken")
    }
}
