/// Takes the bytes of a blob in order. It keeps count and, at its own end, checks the digest.
package protocol BlobSink: AnyObject {
    /// Bytes taken since the beginning or the last `reset`.
    var received: Int64 { get }
    /// Takes the next bytes; what it throws ends the transfer.
    func write(_ bytes: [UInt8]) async throws
    /// Forgets everything taken: the transfer begins again.
    func reset() async throws
}

/// A small blob in memory.
final class MemoryBlobSink: BlobSink {
    private(set) var bytes: [UInt8] = []

    var received: Int64 { Int64(bytes.count) }
    func write(_ piece: [UInt8]) { bytes += piece }
    func reset() { bytes = [] }
}
