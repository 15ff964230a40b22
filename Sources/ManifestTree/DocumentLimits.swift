/// How much one document or file may cost to read. The defaults hold the largest custom resource definitions many
/// times over and keep a hostile document from exhausting the stack or the memory.
package struct DocumentLimits: Hashable, Sendable {
    /// Bytes of the whole input.
    package var bytes: Int
    /// Levels of nested maps and lists.
    package var depth: Int
    /// Values in the whole input, aliases expanded.
    package var nodes: Int
    /// Values that aliases alone may add.
    package var aliasNodes: Int

    package init(
        bytes: Int = 64 << 20,
        depth: Int = 256,
        nodes: Int = 10_000_000,
        aliasNodes: Int = 1_000_000
    ) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
        self.aliasNodes = aliasNodes
    }

    package static let standard = DocumentLimits()
}
