package import ArchiveIO
package import CoreModel
package import SafeFiles

/// One layer of an artifact, its bytes proven.
package struct SourceLayer: Sendable {
    package let blob: IngestedBlob
    /// The name that the content has where it is a single file and no archive; nil where nobody named it.
    package let title: String?

    package init(_ blob: IngestedBlob, title: String?) {
        self.blob = blob
        self.title = title
    }
}

/// Unpacks the layers of one artifact into a directory, one over the other in their order.
///
/// Of several layers, later ones can take away what is below them, as images do (whiteouts). What is no archive becomes
/// a file under its title. The limits hold for all layers together.
package struct LayerUnpacker: Sendable {
    private let limits: ArtifactLimits
    private let links: LinkPolicy

    package init(limits: ArtifactLimits, links: LinkPolicy = .skip) {
        self.limits = limits
        self.links = links
    }

    /// Unpacks the layers. Blocks: async callers use `BlockingPool`.
    /// - Throws: `StoreError.invalidPath` for a title that is no name below the directory or that two layers have;
    ///   `StoreError.tooLarge`; `ArchiveError.notAnArchive` where there is no title, and the other `ArchiveError`s;
    ///   `FileError`. The directory then holds a part.
    package func unpack(_ layers: [SourceLayer], into directory: Directory) throws -> ExtractionSummary {
        var left = limits
        var total = ExtractionSummary()
        var titles: Set<String> = []
        for layer in layers {
            let summary = try unpack(layer, isAlone: layers.count == 1, into: directory, left) { title in
                guard titles.insert(title).inserted else { throw Self.twice(title) }
            }
            left.uncompressedBytes -= summary.bytes
            left.entries -= summary.files + summary.directories + summary.links + summary.skippedLinks
            total.add(summary)
        }
        return total
    }

    /// Puts a layer into the directory as it is, under a name that may have directories in it. Blocks.
    /// - Throws: `StoreError.invalidPath`, `StoreError.tooLarge`; `FileError`.
    package func keep(_ blob: IngestedBlob, as title: String, in directory: Directory) throws {
        _ = try keep(blob, as: title, in: directory, limits)
    }

    private func unpack(
        _ layer: SourceLayer,
        isAlone: Bool,
        into directory: Directory,
        _ limits: ArtifactLimits,
        claim: (String) throws -> Void
    ) throws -> ExtractionSummary {
        let extractor = ArchiveExtractor(limits: limits, links: links)
        do {
            // Whiteouts mean something to layers below them; where there is one layer, they are names like others.
            if isAlone { return try extractor.extract(file: layer.blob.file, into: directory) }
            return try extractor.extract(layers: [layer.blob.file], into: directory)
        } catch let error as ArchiveError where error.code == .notAnArchive {
            guard let title = layer.title else { throw error }
            try claim(title)
            return try keep(layer.blob, as: title, in: directory, limits)
        }
    }

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
                    + "name that a file can have; push it with another title, or take the layer as it is (copy)"
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

    private static func twice(_ title: String) -> StoreError {
        StoreError(
            .invalidPath,
            "Two layers of the artifact have the title \(title.prefix(200).debugDescription); select one of them"
        )
    }
}
