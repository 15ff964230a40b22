import CoreModel
import HTTPExchange
import ManifestTree
import SignatureCrypto
import Synchronization

/// A change of replies; see `ScriptedRegistry.breakNext`.
struct ScriptedRegistryRule: Sendable {
    let method: String?
    let part: String
    var remaining: Int
    let change: @Sendable (ScriptedReply) -> ScriptedReply

    func fits(_ request: ReceivedRequest) -> Bool {
        remaining > 0 && (method == nil || method == request.method) && request.target.contains(part)
    }
}

/// One repository's content.
struct ScriptedRepository: Sendable {
    var manifests: [Digest: (type: String, bytes: [UInt8])] = [:]
    var blobs: [Digest: [UInt8]] = [:]
    /// In the order of their names, as registries list them.
    var tags: [(name: String, digest: Digest)] = []

    func digest(of tag: String) -> Digest? { tags.first { $0.name == tag }?.digest }

    mutating func set(_ tag: String, _ digest: Digest) {
        tags.removeAll { $0.name == tag }
        let position = tags.firstIndex { $0.name > tag } ?? tags.endIndex
        tags.insert((tag, digest), at: position)
    }

    mutating func remove(_ digest: Digest) {
        manifests[digest] = nil
        tags.removeAll { $0.digest == digest }
    }
}

/// What the threads of a registry's server share.
final class ScriptedRegistryCore: Sendable {
    struct State {
        var repositories: [String: ScriptedRepository] = [:]
        var uploads: [String: [UInt8]] = [:]
        var nextUpload = 0
        var rules: [ScriptedRegistryRule] = []
        var tokens: [String: Set<String>] = [:]
        var nextToken = 0
        var blobRedirect: String?
        var doesRanges = true
        var tagPageSize = Int.max
        var minimumChunk: Int?
        var referrers = ScriptedReferrers()
    }

    let state = Mutex(State())
    let authentication: ScriptedRegistryAuthentication

    init(_ authentication: ScriptedRegistryAuthentication) { self.authentication = authentication }

    func reply(to request: ReceivedRequest) -> ScriptedReply {
        let rules: [ScriptedRegistryRule] = state.withLock { state in
            state.rules.indices.compactMap { index in
                guard state.rules[index].fits(request) else { return nil }
                state.rules[index].remaining -= 1
                return state.rules[index]
            }
        }
        return rules.reduce(plainReply(to: request)) { reply, rule in rule.change(reply) }
    }

    private func plainReply(to request: ReceivedRequest) -> ScriptedReply {
        if request.path == "/token" { return token(for: request) }
        guard request.path.hasPrefix("/v2/") else { return Self.error(404, "NOT_FOUND", "no such page") }
        if let refusal = refusal(of: request) { return refusal }
        if request.path == "/v2/" { return .text(200, "{}") }
        let parts = request.path.dropFirst("/v2/".count).split(separator: "/").map(String.init)
        for (index, part) in parts.enumerated().reversed() where index > 0 {
            let repository = parts[..<index].joined(separator: "/")
            let rest = Array(parts[(index + 1)...])
            switch (part, rest.count) {
            case ("manifests", 1): return manifest(repository, rest[0], request)
            case ("tags", 1): return tags(repository, request)
            case ("referrers", 1): return referrers(repository, rest[0], request)
            case ("blobs", 1) where rest[0] != "uploads": return blob(repository, rest[0], request)
            case ("uploads", _) where parts[index - 1] == "blobs":
                return upload(parts[..<(index - 1)].joined(separator: "/"), rest.first, request)
            default: continue
            }
        }
        return Self.error(404, "NOT_FOUND", "no such page")
    }

    static func error(_ status: Int, _ code: String, _ message: String) -> ScriptedReply {
        let tree: Tree = ["errors": [["code": .string(code), "message": .string(message)]]]
        return ScriptedReply(
            status,
            headers: ["Content-Type": "application/json"],
            body: tree.jsonBytes()
        )
    }
}

// MARK: - Reading

extension ScriptedRegistryCore {
    private func manifest(_ repository: String, _ name: String, _ request: ReceivedRequest) -> ScriptedReply {
        if request.method == "PUT" { return putManifest(repository, name, request) }
        let found = state.withLock { state -> (Digest, (type: String, bytes: [UInt8]))? in
            guard let content = state.repositories[repository],
                let digest = Digest(name) ?? content.digest(of: name), let manifest = content.manifests[digest]
            else { return nil }
            return (digest, manifest)
        }
        guard let (digest, manifest) = found else { return Self.error(404, "MANIFEST_UNKNOWN", "manifest unknown") }
        if request.method == "DELETE" {
            state.withLock { state in
                if Digest(name) == nil {
                    state.repositories[repository]?.tags.removeAll { $0.name == name }
                } else {
                    state.repositories[repository]?.remove(digest)
                }
            }
            return ScriptedReply(202)
        }
        let headers: HTTPHeaders = [
            "Content-Type": manifest.type, "Docker-Content-Digest": digest.description,
            "Content-Length": String(manifest.bytes.count),
        ]
        return ScriptedReply(200, headers: headers, body: manifest.bytes)
    }

    private func blob(_ repository: String, _ name: String, _ request: ReceivedRequest) -> ScriptedReply {
        let (bytes, redirect, doesRanges) = state.withLock { state in
            (
                Digest(name).flatMap { state.repositories[repository]?.blobs[$0] }, state.blobRedirect, state.doesRanges
            )
        }
        guard let bytes else { return Self.error(404, "BLOB_UNKNOWN", "blob unknown") }
        if request.method == "DELETE" {
            state.withLock { state in Digest(name).map { state.repositories[repository]?.blobs[$0] = nil } }
            return ScriptedReply(202)
        }
        if let redirect { return ScriptedReply(307, headers: ["Location": redirect + request.target]) }
        let headers: HTTPHeaders = ["Content-Type": "application/octet-stream", "Docker-Content-Digest": name]
        guard doesRanges, let range = request.headers["Range"] else {
            var whole = ScriptedReply(200, headers: headers, body: bytes)
            whole.headers["Content-Length"] = String(bytes.count)
            return whole
        }
        guard let start = Int(range.dropFirst("bytes=".count).dropLast()), start < bytes.count else {
            return Self.error(416, "RANGE", "range not satisfiable")
        }
        var part = ScriptedReply(206, headers: headers, body: Array(bytes[start...]))
        part.headers["Content-Range"] = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
        return part
    }

    private func tags(_ repository: String, _ request: ReceivedRequest) -> ScriptedReply {
        let query = Self.fields(request.query)
        let (names, pageSize) = state.withLock { state in
            (state.repositories[repository]?.tags.map(\.name), state.tagPageSize)
        }
        guard let names else { return Self.error(404, "NAME_UNKNOWN", "repository name not known to registry") }
        let rest = names.filter { name in query["last"].map { name > $0 } ?? true }
        let page = rest.prefix(min(pageSize, query["n"].flatMap { Int($0) } ?? Int.max))
        let tree: Tree = ["name": .string(repository), "tags": .list(page.map { .string($0) })]
        var reply = ScriptedReply(200, headers: ["Content-Type": "application/json"], body: tree.jsonBytes())
        if page.count < rest.count, let last = page.last {
            reply.headers["Link"] = "</v2/\(repository)/tags/list?last=\(last)&n=\(page.count)>; rel=\"next\""
        }
        return reply
    }

    /// The fields of a query or form, decoded.
    static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for item in text.split(separator: "&") {
            let name = item.prefix { $0 != "=" }
            fields[decode(name)] = decode(item.dropFirst(name.count + 1))
        }
        return fields
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.popFirst().flatMap(Hex.value),
                let low = rest.popFirst().flatMap(Hex.value)
            {
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: - Writing

extension ScriptedRegistryCore {
    private func putManifest(_ repository: String, _ name: String, _ request: ReceivedRequest) -> ScriptedReply {
        guard let digest = try? Digest.of(request.body), Digest(name).map({ $0 == digest }) ?? true else {
            return Self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        let type = request.headers["Content-Type"] ?? ""
        state.withLock { state in
            state.repositories[repository, default: .init()].manifests[digest] = (type, request.body)
            if Digest(name) == nil { state.repositories[repository]?.set(name, digest) }
        }
        var headers: HTTPHeaders = ["Docker-Content-Digest": digest.description]
        headers["OCI-Subject"] = subjectHeader(of: request.body)
        return ScriptedReply(201, headers: headers)
    }

    private func upload(_ repository: String, _ identifier: String?, _ request: ReceivedRequest) -> ScriptedReply {
        let query = Self.fields(request.query)
        guard request.method != "POST" else { return beginUpload(repository, query) }
        guard let identifier, let held = state.withLock({ $0.uploads[identifier] }) else {
            return Self.error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        }
        if request.method == "PATCH", request.headers["Content-Range"]?.hasPrefix("\(held.count)-") == false {
            return Self.error(416, "BLOB_UPLOAD_INVALID", "chunk out of order")
        }
        let bytes = held + request.body
        state.withLock { $0.uploads[identifier] = bytes }
        guard request.method == "PUT" else { return accepted(repository, identifier, count: bytes.count) }
        guard let digest = try? Digest.of(bytes), query["digest"] == digest.description else {
            return Self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        state.withLock { state in
            state.uploads[identifier] = nil
            state.repositories[repository, default: .init()].blobs[digest] = bytes
        }
        return ScriptedReply(201, headers: ["Docker-Content-Digest": digest.description])
    }

    private func beginUpload(_ repository: String, _ query: [String: String]) -> ScriptedReply {
        let identifier = state.withLock { state -> String? in
            if let digest = query["mount"].flatMap({ Digest($0) }), let origin = query["from"],
                let bytes = state.repositories[origin]?.blobs[digest]
            {
                state.repositories[repository, default: .init()].blobs[digest] = bytes
                return nil
            }
            state.nextUpload += 1
            state.uploads["u\(state.nextUpload)"] = []
            return "u\(state.nextUpload)"
        }
        guard let identifier else { return ScriptedReply(201) }
        return accepted(repository, identifier, count: 0)
    }

    /// The location carries a query, as that of real registries does.
    private func accepted(_ repository: String, _ identifier: String, count: Int) -> ScriptedReply {
        var headers: HTTPHeaders = ["Location": "/v2/\(repository)/blobs/uploads/\(identifier)?_state=\(count)"]
        if count > 0 { headers["Range"] = "0-\(count - 1)" }
        if let minimum = state.withLock({ $0.minimumChunk }) { headers["OCI-Chunk-Min-Length"] = String(minimum) }
        return ScriptedReply(202, headers: headers)
    }
}
