internal import CoreModel
internal import HTTPExchange
internal import SafeFiles

/// git's smart HTTP protocol from the asking side: what a server has, and the objects of one commit without its
/// history (gitprotocol-http, gitprotocol-v2; version 0 for servers that do not know 2).
struct UploadPack: Sendable {
    /// What the server said of itself.
    struct Service: Sendable {
        /// Where it answers, after redirects.
        var address: HTTPURL
        /// Nil with version 0.
        var capabilities: [String: String]?
        /// What version 0 tells at once: names and commits, and its capabilities.
        var references: [(name: String, object: String)] = []
        var features: Set<String> = []
    }

    let transport: any HTTPTransport
    let remote: GitRemote
    let timeout: Duration

    /// Asks for what there is.
    /// - Throws: `GitError`, `HTTPError`.
    func discover(_ url: HTTPURL) async throws -> Service {
        var asked = Self.appending("/info/refs", to: url).adding("service", "git-upload-pack")
        if let query = url.query { asked.query = "\(query)&\(asked.query ?? "")" }
        let request = request(.get, asked)
        return try await send(request) { reached, lines in
            var address = reached
            // The rest of the conversation goes to where this answer came from (gitprotocol-http, "Smart Clients").
            guard address.path.hasSuffix("/info/refs") else {
                throw protocolBroken("it redirects to an address that does not end in /info/refs")
            }
            address.path.removeLast("/info/refs".count)
            address.query = url.query
            return try await Self.read(lines, Service(address: address))
        }
    }

    /// The commit, tag object or other object that a reference names; nil where there is none.
    ///
    /// A full object name is taken as it is. Otherwise the first of git's own places counts (gitrevisions(7)).
    func object(_ reference: String, _ service: Service) async throws -> String? {
        if Self.isObjectName(reference) { return reference.lowercased() }
        let places = ["", "refs/", "refs/tags/", "refs/heads/"].map { $0 + reference }
        let known = service.capabilities == nil ? service.references : try await list(places, service)
        let objects = Dictionary(known.map { ($0.name, $0.object) }) { first, _ in first }
        return places.lazy.compactMap { objects[$0] }.first
    }

    /// Writes the pack with one object, and all that its tree needs, to a file.
    /// - Parameter limit: the most bytes taken.
    /// - Throws: `GitError`, `HTTPError`, `FileError`.
    func fetch(_ object: String, _ service: Service, into file: WritableFile, limit: Int64) async throws {
        let body = service.capabilities == nil ? Self.oldQuery(object, service) : Self.query(object, service)
        try await send(post(body, service)) { _, lines in
            try await receive(lines, isOld: service.capabilities == nil, into: file, limit: limit)
        }
    }

    private func list(_ places: [String], _ service: Service) async throws -> [(name: String, object: String)] {
        var body = PacketLine.encode("command=ls-refs") + PacketLine.delimiterBytes
        for place in places { body += PacketLine.encode("ref-prefix \(place)") }
        return try await send(post(body + PacketLine.flushBytes, service)) { _, lines in
            var found: [(name: String, object: String)] = []
            while case .data(let bytes)? = try await lines.next() {
                if let reference = Self.reference(bytes) { found.append(reference) }
            }
            return found
        }
    }

    private func receive(
        _ lines: PacketLineStream,
        isOld: Bool,
        into file: WritableFile,
        limit: Int64
    ) async throws {
        var isPack = isOld
        while let line = try await lines.next() {
            guard case .data(let bytes) = line else {
                // Version 0 ends its list of shallow commits with a flush, and so its pack.
                if isPack, file.size > 0 { return }
                continue
            }
            if !isPack {
                isPack = line.text == "packfile"
                continue
            }
            switch bytes.first {
            case 1:
                guard file.size + Int64(bytes.count) <= limit else {
                    throw GitError(
                        .tooLarge,
                        "The git repository '\(remote.description)' sends more than the \(ByteCount(limit)) taken"
                    )
                }
                try await BlockingPool.shared.run { try file.write(bytes[1...]) }
            case 2: continue
            case 3: throw protocolBroken(String(decoding: bytes[1...].prefix(300), as: UTF8.self).debugDescription)
            // "NAK" and "shallow …" come before the pack.
            default: continue
            }
        }
        guard file.size > 0 else { throw protocolBroken("it sends no pack") }
    }

    private func post(_ body: [UInt8], _ service: Service) -> HTTPRequest {
        var request = request(.post, Self.appending("/git-upload-pack", to: service.address))
        request.headers["Content-Type"] = "application/x-git-upload-pack-request"
        request.headers["Accept"] = "application/x-git-upload-pack-result"
        request.body = .bytes(body)
        return request
    }

    private func request(_ method: HTTPMethod, _ url: HTTPURL) -> HTTPRequest {
        var request = HTTPRequest(method, url)
        // Some servers give smart answers only to agents that begin so.
        request.headers["User-Agent"] = "git/2.0 (sluice)"
        request.headers["Git-Protocol"] = "version=2"
        request.headers["Authorization"] = remote.authorization?.secret
        request.timeout = timeout
        return request
    }

    private func send<Value: Sendable>(
        _ request: HTTPRequest,
        _ read: (HTTPURL, PacketLineStream) async throws -> Value
    ) async throws -> Value {
        var (current, hop) = (request, 0)
        let rule = RedirectRule(repeatsEffects: true)
        while true {
            let asked = current
            let answer: Answer<Value> = try await transport.withResponse(to: asked) { head, body in
                if let next = try rule.next(after: head, to: asked, hop: hop) { return .redirect(next) }
                guard head.isSuccess else { throw refused(head.status, asked) }
                return .value(try await read(asked.url, PacketLineStream(body)))
            }
            switch answer {
            case .value(let value): return value
            case .redirect(let next): (current, hop) = (next, hop + 1)
            }
        }
    }

    private enum Answer<Value: Sendable>: Sendable {
        case value(Value)
        case redirect(HTTPRequest)
    }

    private func refused(_ status: Int, _ request: HTTPRequest) -> GitError {
        let advice =
            switch status {
            case 401, 403: "sign in with https://USER:TOKEN@host/…"
            case 404: "check the address; many servers also say so to whoever is not signed in"
            default: "try again later"
            }
        return GitError(
            .refused,
            "The git repository '\(remote.description)' answers with status \(status); \(advice)",
            kind: RetryPolicy.passingStatuses.contains(status) ? .transient : .terminal
        )
    }

    private func protocolBroken(_ reason: String) -> GitError {
        GitError(.protocolBroken, "The git repository '\(remote.description)' cannot be fetched from: \(reason)")
    }
}
