/// The bounds that hostile or broken artifacts run into. All are inclusive: exactly the limit passes.
package struct ArtifactLimits: Hashable, Sendable {
    /// Bytes of one blob as it travels.
    package var compressedBytes: Int64
    /// Bytes of all files of one artifact after unpacking.
    package var uncompressedBytes: Int64
    /// Files, directories and links of one artifact.
    package var entries: Int
    /// Path components of one entry's name.
    package var depth: Int
    /// Unpacked bytes for each packed byte; judged once 16 MiB are out, so that small files of zeros pass.
    package var ratio: Int
    /// Bytes of a manifest or index.
    package var manifestBytes: Int

    package init(
        compressedBytes: Int64 = 1 << 30,
        uncompressedBytes: Int64 = 4 << 30,
        entries: Int = 200_000,
        depth: Int = 64,
        ratio: Int = 200,
        manifestBytes: Int = 4 << 20
    ) {
        self.compressedBytes = compressedBytes
        self.uncompressedBytes = uncompressedBytes
        self.entries = entries
        self.depth = depth
        self.ratio = ratio
        self.manifestBytes = manifestBytes
    }
}
