package import ArchiveIO
package import CoreModel
internal import SafeFiles

extension ContentStore {
    /// Unpacks proven blobs into a tree of their own; see `LayerUnpacker`.
    /// - Parameter limits: those of the store where nil.
    /// - Throws: as `LayerUnpacker.unpack`.
    package func unpack(
        _ layers: [SourceLayer],
        within limits: ArtifactLimits? = nil,
        links: LinkPolicy = .skip
    ) throws -> SourceTree {
        let tree = try TemporaryDirectory(in: temporary)
        let unpacker = LayerUnpacker(limits: limits ?? self.limits, links: links)
        return SourceTree(tree, try unpacker.unpack(layers, into: tree.directory))
    }
}
