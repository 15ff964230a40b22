package import CoreModel
package import HTTPExchange
import ManifestTree
import SignatureCrypto
import Synchronization

/// An OCI registry in memory on a real HTTP server, which misbehaves where a test tells it to.
///
/// ```swift
/// let registry = try ScriptedRegistry()
/// let artifact = try registry.addArtifact("acme/app", tag: "v1", layer: bytes)
/// registry.breakNext(.get, "/blobs/", times: 1) { $0.delivered(.closing(after: 100)) }
/// // … use "\(registry.host)/acme/app:v1" with plain HTTP …
/// #expect(registry.count(.get, "/blobs/") == 2)
/// ```
package final class ScriptedRegistry: Sendable {
    private let core: ScriptedRegistryCore
    /// For what the registry's own API does not tell: connections, stopping.
    package let server: LoopbackServer

    /// - Throws: `LoopbackServerError` when there is no port to be had.
    package init(sign authentication: ScriptedRegistryAuthentication = .none, port: Int = 0) throws {
        let core = ScriptedRegistryCore(authentication)
        var options = LoopbackServer.Options()
        options.port = port
        self.core = core
        server = try LoopbackServer(options: options) { core.reply(to: $0) }
    }

    func editState(_ change: (inout ScriptedRegistryCore.State) -> Void) { core.state.withLock { change(&$0) } }

    /// `127.0.0.1:port`
    package var host: String { server.authority }

    /// How many requests there were with the method (nil for all) and with `part` in their target.
    package func count(_ method: HTTPMethod? = nil, _ part: String = "") -> Int {
        requests(method, part).count
    }

    /// The requests with the method (nil for all) and with `part` in their target.
    package func requests(_ method: HTTPMethod? = nil, _ part: String = "") -> [ReceivedRequest] {
        server.requests.filter { (method == nil || $0.method == method?.rawValue) && $0.target.contains(part) }
    }
}

// MARK: - Content

/// What `addArtifact` made.
package struct ScriptedArtifact: Sendable {
    package let manifest: Digest
    package let manifestBytes: [UInt8]
    package let layer: Digest
    package let config: Digest
}

extension ScriptedRegistry {
    /// Puts a blob into a repository.
    @discardableResult
    package func addBlob(_ repository: String, _ bytes: [UInt8]) throws -> Digest {
        let digest = try Digest.of(bytes)
        core.state.withLock { $0.repositories[repository, default: .init()].blobs[digest] = bytes }
        return digest
    }

    /// Puts a manifest into a repository, and a tag on it.
    @discardableResult
    package func addManifest(
        _ repository: String,
        _ bytes: [UInt8],
        type: String = "application/vnd.oci.image.manifest.v1+json",
        tag: String? = nil
    ) throws -> Digest {
        let digest = try Digest.of(bytes)
        core.state.withLock { state in
            state.repositories[repository, default: .init()].manifests[digest] = (type, bytes)
            if let tag { state.repositories[repository]?.set(tag, digest) }
        }
        return digest
    }

    /// Puts an artifact of one layer into a repository, in Flux's shape.
    @discardableResult
    package func addArtifact(
        _ repository: String,
        tag: String?,
        layer: [UInt8],
        mediaType: String = "application/vnd.cncf.flux.content.v1.tar+gzip",
        annotations: [String: String] = [:]
    ) throws -> ScriptedArtifact {
        let config = Array("{}".utf8)
        let (configDigest, layerDigest) = (try addBlob(repository, config), try addBlob(repository, layer))
        var tree: Tree = ["schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"]
        tree["config"] = Self.descriptor("application/vnd.cncf.flux.config.v1+json", configDigest, config.count)
        tree["layers"] = .list([Self.descriptor(mediaType, layerDigest, layer.count)])
        if !annotations.isEmpty { tree["annotations"] = .map(TreeMap(annotations.map { ($0.key, .string($0.value)) })) }
        let bytes = tree.jsonBytes(sortedKeys: true)
        let manifest = try addManifest(repository, bytes, tag: tag)
        return ScriptedArtifact(manifest: manifest, manifestBytes: bytes, layer: layerDigest, config: configDigest)
    }

    /// Lets a tag point at a manifest.
    package func tag(_ repository: String, _ tag: String, _ digest: Digest) {
        core.state.withLock { $0.repositories[repository, default: .init()].set(tag, digest) }
    }

    /// Where a tag points.
    package func digest(_ repository: String, _ tag: String) -> Digest? {
        core.state.withLock { $0.repositories[repository]?.digest(of: tag) }
    }

    /// The bytes of a blob.
    package func blob(_ repository: String, _ digest: Digest) -> [UInt8]? {
        core.state.withLock { $0.repositories[repository]?.blobs[digest] }
    }

    /// The bytes of a manifest.
    package func manifest(_ repository: String, _ digest: Digest) -> [UInt8]? {
        core.state.withLock { $0.repositories[repository]?.manifests[digest]?.bytes }
    }

    /// Takes a blob, a manifest and every tag on it away.
    package func remove(_ repository: String, _ digest: Digest) {
        core.state.withLock { state in
            state.repositories[repository]?.remove(digest)
            state.repositories[repository]?.blobs[digest] = nil
        }
    }

    private static func descriptor(_ mediaType: String, _ digest: Digest, _ size: Int) -> Tree {
        ["mediaType": .string(mediaType), "digest": .string(digest.description), "size": .number(Tree.Number(size))]
    }
}

// MARK: - Behaviour

extension ScriptedRegistry {
    /// Changes the registry's reply to the next `times` requests that fit. Later rules see what earlier ones made.
    package func breakNext(
        _ method: HTTPMethod?,
        _ part: String,
        times: Int = .max,
        _ change: @escaping @Sendable (ScriptedReply) -> ScriptedReply
    ) {
        let rule = ScriptedRegistryRule(method: method?.rawValue, part: part, remaining: times, change: change)
        core.state.withLock { $0.rules.append(rule) }
    }

    /// Forgets every change of replies.
    package func behave() { core.state.withLock { $0.rules = [] } }

    /// Answers the next `times` requests that fit with a status and the registry's form of error.
    package func failNext(
        _ method: HTTPMethod?,
        _ part: String,
        status: Int,
        headers: HTTPHeaders = [:],
        times: Int = 1
    ) {
        breakNext(method, part, times: times) { _ in
            var reply = ScriptedRegistryCore.error(status, "SCRIPTED", "as the test wants it")
            for field in headers.fields { reply.headers.append(field.name, field.value) }
            return reply
        }
    }

    /// Moves a tag as soon as it has been looked at once.
    package func moveAfterNextLook(_ repository: String, _ tag: String, to digest: Digest) {
        let core = core
        breakNext(nil, "/v2/\(repository)/manifests/\(tag)", times: 1) { reply in
            core.state.withLock { $0.repositories[repository]?.set(tag, digest) }
            return reply
        }
    }

    /// Sends other bytes for a blob, under the same digest.
    package func swapBlob(_ repository: String, _ digest: Digest, for bytes: [UInt8]) {
        core.state.withLock { $0.repositories[repository]?.blobs[digest] = bytes }
    }

    /// Sends other bytes for a manifest, under the same digest.
    package func swapManifest(_ repository: String, _ digest: Digest, for bytes: [UInt8]) {
        core.state.withLock { $0.repositories[repository]?.manifests[digest]?.bytes = bytes }
    }

    /// Names another digest in the headers of every manifest.
    package func claimDigest(_ digest: Digest) {
        breakNext(nil, "/manifests/") { reply in
            var reply = reply
            reply.headers["Docker-Content-Digest"] = digest.description
            return reply
        }
    }

    /// Knows no HEAD.
    package func refuseHead() { failNext(.head, "", status: 405, times: .max) }

    /// Sends readers of blobs to the same path of another server.
    package func redirectBlobs(to base: String) {
        core.state.withLock { $0.blobRedirect = base }
    }

    /// Takes no notice of `Range`.
    package func ignoreRanges() { core.state.withLock { $0.doesRanges = false } }

    /// Lists at most so many tags on a page.
    package func pageTags(by size: Int) { core.state.withLock { $0.tagPageSize = size } }

    /// Wants chunks of at least so many bytes.
    package func requireChunks(of size: Int) { core.state.withLock { $0.minimumChunk = size } }

    /// Ends the life of every token.
    package func revokeTokens() { core.state.withLock { $0.tokens = [:] } }
}
