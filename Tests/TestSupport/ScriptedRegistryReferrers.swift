import CoreModel
import HTTPExchange
import ManifestTree
import Synchronization

/// How a scripted registry answers those who look for referrers.
package struct ScriptedReferrers: Sendable {
    /// The registry keeps the list itself; otherwise it knows no such request.
    package var isKept = true
    /// It filters by artifact type, and says so.
    package var filters = true
    /// At most so many on a page.
    package var pageSize = Int.max

    package init() {}
}

extension ScriptedRegistry {
    /// Says how to answer those who look for referrers.
    package func answerReferrers(_ change: (inout ScriptedReferrers) -> Void) { editState { change(&$0.referrers) } }
}

extension ScriptedRegistryCore {
    /// The subject that the registry confirms.
    func subjectHeader(of manifest: [UInt8]) -> String? {
        guard state.withLock({ $0.referrers.isKept }) else { return nil }
        return Self.subject(of: manifest)
    }

    func referrers(_ repository: String, _ subject: String, _ request: ReceivedRequest) -> ScriptedReply {
        let (rules, manifests) = state.withLock { ($0.referrers, $0.repositories[repository]?.manifests ?? [:]) }
        guard rules.isKept else { return Self.error(404, "NOT_FOUND", "no such page") }
        let query = Self.fields(request.query)
        let isFiltered = rules.filters && query["artifactType"] != nil
        let all = manifests.sorted { $0.key.hex < $1.key.hex }.compactMap { digest, manifest -> Tree? in
            guard Self.subject(of: manifest.bytes) == subject else { return nil }
            let descriptor = Self.descriptor(of: manifest, digest)
            return isFiltered && descriptor["artifactType"]?.string != query["artifactType"] ? nil : descriptor
        }
        let start = query["from"].flatMap { Int($0) } ?? 0
        let page = all.dropFirst(start).prefix(rules.pageSize)
        var tree: Tree = ["schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"]
        tree["manifests"] = .list(Array(page))
        var reply = ScriptedReply(200, headers: ["Content-Type": "application/vnd.oci.image.index.v1+json"])
        reply.body = tree.jsonBytes()
        if isFiltered { reply.headers["OCI-Filters-Applied"] = "artifactType" }
        if start + page.count < all.count {
            let filter = query["artifactType"].map { "&artifactType=\(HTTPURL.percentEncode($0))" } ?? ""
            reply.headers["Link"] = "<\(request.path)?from=\(start + page.count)\(filter)>; rel=\"next\""
        }
        return reply
    }

    private static func subject(of manifest: [UInt8]) -> String? {
        (try? JSONReader.parse(manifest))?["subject"]?["digest"]?.string
    }

    private static func descriptor(of manifest: (type: String, bytes: [UInt8]), _ digest: Digest) -> Tree {
        let tree = (try? JSONReader.parse(manifest.bytes)) ?? .null
        var descriptor: Tree = ["mediaType": .string(manifest.type), "digest": .string(digest.description)]
        descriptor["size"] = .number(Tree.Number(manifest.bytes.count))
        descriptor["artifactType"] = tree["artifactType"] ?? tree["config"]?["mediaType"]
        descriptor["annotations"] = tree["annotations"]
        return descriptor
    }
}
