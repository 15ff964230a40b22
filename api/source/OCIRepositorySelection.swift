package import CoreModel
package import ManifestTree

// What Sluice has beyond Flux: a choice among the manifests of an index, and limits of one object's own.
extension OCIRepository {
    /// Which manifest of an index is taken.
    package struct IndexSelector: Hashable, Sendable {
        /// `os/architecture[/variant]`; nil where any is meant.
        package let platform: String?
        /// All of them have to be on the manifest's entry.
        package let annotations: [String: String]

        /// As `status.observedIndexSelector` holds it; nil where nothing is selected.
        package var observed: Tree? {
            var tree: Tree = [:]
            tree["platform"] = platform.map(Tree.string)
            if !annotations.isEmpty {
                let sorted = annotations.sorted { $0.key < $1.key }.map { ($0.key, Tree.string($0.value)) }
                tree["annotations"] = .map(TreeMap(sorted))
            }
            return tree.map?.isEmpty ?? true ? nil : tree
        }
    }

    /// Bounds that are tighter than the controller's; nil for those that are the controller's.
    package struct Limits: Hashable, Sendable {
        package let size: ByteCount?
        package let unpackedSize: ByteCount?
        package let files: Int?

        /// The tighter of these and the controller's: nobody can allow themselves more.
        package func tightening(_ limits: ArtifactLimits) -> ArtifactLimits {
            var limits = limits
            limits.compressedBytes = min(limits.compressedBytes, size?.bytes ?? .max)
            limits.uncompressedBytes = min(limits.uncompressedBytes, unpackedSize?.bytes ?? .max)
            limits.entries = min(limits.entries, files ?? .max)
            return limits
        }

        /// As `status.observedLimits` holds them; nil where there are none.
        package var observed: Tree? {
            var tree: Tree = [:]
            tree["maxSize"] = size.map { .string(String($0.bytes)) }
            tree["maxUnpackedSize"] = unpackedSize.map { .string(String($0.bytes)) }
            tree["maxFiles"] = files.map { .number(Tree.Number($0)) }
            return tree.map?.isEmpty ?? true ? nil : tree
        }
    }

    static func indexSelector(_ reader: FieldReader) throws -> IndexSelector {
        let platform = try reader.string("platform").flatMap { $0.isEmpty ? nil : $0 }
        if let platform {
            let parts = platform.split(separator: "/", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
                throw reader.error("platform", "is \"\(platform)\"; it has to be like linux/amd64 or linux/arm/v7")
            }
        }
        return IndexSelector(platform: platform, annotations: try reader.strings("annotations"))
    }

    static func limits(_ reader: FieldReader) throws -> Limits {
        let files = try reader.integer("maxFiles")
        if let files, files < 1 { throw reader.error("maxFiles", "is \(files); it has to be 1 or more") }
        return Limits(
            size: try byteCount(reader, "maxSize"),
            unpackedSize: try byteCount(reader, "maxUnpackedSize"),
            files: files.map { Int($0) }
        )
    }

    private static func byteCount(_ reader: FieldReader, _ name: String) throws -> ByteCount? {
        guard let text = try reader.string(name) else { return nil }
        guard let count = ByteCount(quantity: text), count.bytes > 0 else {
            throw reader.error(name, "is \"\(text)\"; it has to be a number of bytes above zero such as 500k or 20Mi")
        }
        return count
    }
}
