package import CoreModel
import KubeModel
package import ManifestTree

extension OCIRepository {
    /// What is stored and served, as consumers read it (`status.artifact`).
    package struct Artifact: Hashable, Sendable {
        /// Digest of the stored file.
        package var digest: Digest
        /// Below the storage path.
        package var path: String
        /// Bytes of the stored file.
        package var size: Int64
        package var url: String
        package var revision: String
        package var lastUpdateTime: Timestamp
        /// The manifest's annotations.
        package var metadata: [String: String]

        package init(
            digest: Digest,
            path: String,
            size: Int64,
            url: String,
            revision: String,
            lastUpdateTime: Timestamp,
            metadata: [String: String]
        ) {
            (self.digest, self.path, self.size, self.url) = (digest, path, size, url)
            (self.revision, self.lastUpdateTime, self.metadata) = (revision, lastUpdateTime, metadata)
        }

        /// Nil where a required field is missing or malformed.
        package init?(_ tree: Tree?) {
            guard let tree, let digest = tree["digest"]?.string.flatMap({ Digest($0) }),
                let path = tree["path"]?.string,
                let url = tree["url"]?.string, let revision = tree["revision"]?.string,
                let time = tree["lastUpdateTime"]?.string.flatMap({ Timestamp($0) })
            else { return nil }
            var metadata: [String: String] = [:]
            for (key, value) in tree["metadata"]?.map ?? [:] { metadata[key] = value.string }
            self.init(
                digest: digest,
                path: path,
                size: tree["size"]?.integer ?? -1,
                url: url,
                revision: revision,
                lastUpdateTime: time,
                metadata: metadata
            )
        }

        package var tree: Tree {
            var tree: Tree = [
                "digest": .string(digest.description), "path": .string(path), "url": .string(url),
                "revision": .string(revision), "lastUpdateTime": .string(lastUpdateTime.description),
            ]
            if size >= 0 { tree["size"] = .number(Tree.Number(Int(size))) }
            if !metadata.isEmpty {
                tree["metadata"] = .map(
                    TreeMap(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                )
            }
            return tree
        }
    }

    /// The artifact that the status names, if it names a whole one.
    package var artifact: Artifact? { Artifact(object.tree[path: ["status", "artifact"]]) }
}
