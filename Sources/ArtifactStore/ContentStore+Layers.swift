package import ArchiveIO
package import CoreModel
internal import SafeFiles

/// One layer of an artifact.
package struct SourceLayer: Sendable {
    package let blob: IngestedBlob
    /// The name that the content has where it is a single file and no archive; nil where nobody named it.
    package let title: String?

    package init(_ blob: IngestedBlob, title: String?) {
        self.blob = blob
        self.title = title
    }
}

extension ContentStore {
    /// Unpacks proven blobs, one over the other in their order. What is no archive becomes a file under its title.
    /// - Parameter limits: those of the store where nil; they hold for all layers together.
    /// - Throws: `StoreError.invalidPath` for a title that is no name below the tree; `ArchiveError.notAnArchive` where
    ///   there is no title, and the other `ArchiveError`s; `FileError`.
    package func unpack(
        _ layers: [SourceLayer],
        within limits: ArtifactLimits? = nil,
        links: LinkPolicy = .skip
    ) throws -> SourceTree {
        let tree = try TemporaryDirectory(in: temporary)
        var left = limits ?? self.limits
        var total = ExtractionSummary()
        for layer in layers {
            let summary = try unpack(layer, into: tree.directory, ArchiveExtractor(limits: left, links: links))
            left.uncompressedBytes -= summary.bytes
            left.entries -= summary.files + summary.directories + summary.links + summary.skippedLinks
            total.skippedLinks += summary.skippedLinks
        }
        return SourceTree(tree, total)
    }

    private func unpack(
        _ layer: SourceLayer,
        into directory: Directory,
        _ extractor: ArchiveExtractor
    ) throws -> ExtractionSummary {
        do {
            return try extractor.extract(file: layer.blob.file, into: directory)
        } catch let error as ArchiveError where error.code == .notAnArchive {
            guard let title = layer.title else { throw error }
            return try keep(layer.blob, as: title, in: directory, extractor.limits)
        }
    }

    /// A file that is no archive, under the name that whoever pushed it gave it.
    private func keep(
        _ blob: IngestedBlob,
        as title: String,
        in directory: Directory,
        _ limits: ArtifactLimits
    ) throws -> ExtractionSummary {
        let parts = title.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }.map(String.init)
        let isName = parts.allSatisfy { !$0.isEmpty && $0 != ".." && !$0.utf8.contains { $0 < 0x20 || $0 == 0x5C } }
        guard isName, let name = parts.last, parts.count <= limits.depth, title.utf8.count <= 4095 else {
            throw StoreError(
                .invalidPath,
                "The layer \(blob.digest) is no archive, and its title \(title.prefix(200).debugDescription) is no "
                    + "name that a file can have; push it with another title, or use the layer operation copy"
            )
        }
        guard blob.size <= limits.uncompressedBytes, limits.entries > 0 else {
            throw StoreError(
                .tooLarge,
                "The file \(title.debugDescription) takes the artifact beyond its limits of "
                    + "\(ByteCount(limits.uncompressedBytes)) and \(limits.entries) files; make it smaller, or raise "
                    + "them"
            )
        }
        let parent = try directory.directory(parts.dropLast().joined(separator: "/"), creating: true)
        try parent.removeTree(name)
        let file = try parent.createFile(name)
        try unsafe blob.file.forEachPiece { try unsafe file.write($0) }
        var summary = ExtractionSummary()
        summary.files = 1
        summary.bytes = blob.size
        return summary
    }
}
