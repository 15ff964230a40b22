package import CoreModel
package import SafeFiles

/// What happens to symbolic links. One that leaves the tree is refused in every case.
package enum LinkPolicy: Hashable, Sendable {
    /// Counted and left out, as Flux does.
    case skip
    /// Made, and after the last entry followed once more to see that it stays in the tree.
    case keepInside
}

/// What an archive held.
package struct ExtractionSummary: Hashable, Sendable {
    package var files = 0
    /// Directories, including those that only names of files imply.
    package var directories = 0
    /// Symbolic links that were made.
    package var links = 0
    /// Symbolic links that were left out.
    package var skippedLinks = 0
    /// Bytes of all files.
    package var bytes: Int64 = 0

    /// Nothing yet.
    package init() {}

    /// Counts what another archive held as well.
    package mutating func add(_ other: ExtractionSummary) {
        files += other.files
        directories += other.directories
        links += other.links
        skippedLinks += other.skippedLinks
        bytes += other.bytes
    }
}

/// Unpacks a tar archive (plain, gzip or zstd, told by its bytes) that may be hostile.
///
/// Nothing is ever written outside the given directory: names are checked, and every step goes through the
/// directory's descriptor without following links. Modes become 0600 or 0700; owners, times and special bits are
/// dropped. A later file of the same name wins. Limits are enforced while bytes stream, so a bomb stops early.
package struct ArchiveExtractor: Sendable {
    package let limits: ArtifactLimits
    package let links: LinkPolicy

    package init(limits: ArtifactLimits, links: LinkPolicy = .skip) {
        self.limits = limits
        self.links = links
    }

    /// Unpacks the whole archive. Blocks: async callers use `BlockingPool`.
    /// - Throws: `ArchiveError`, `FileError`; the directory then holds what came before, and is the caller's to remove.
    package func extract(file: ReadableFile, into directory: Directory) throws -> ExtractionSummary {
        var extraction = Extraction(root: directory, extractor: self, layers: nil)
        try extraction.run(file)
        return extraction.summary
    }

    /// Unpacks the layers of an image, lowest first, into one tree: what a later layer says wins, whiteouts
    /// (`.wh.NAME`, `.wh..wh..opq`) hide what is below them and are not kept. The limits hold for all layers together,
    /// and what one layer hides counts nevertheless. Blocks.
    /// - Throws: as `extract(file:into:)`.
    package func extract(layers: [ReadableFile], into directory: Directory) throws -> ExtractionSummary {
        var extraction = Extraction(root: directory, extractor: self, layers: LayerPaths())
        for layer in layers { try extraction.run(layer) }
        return extraction.summary
    }
}
