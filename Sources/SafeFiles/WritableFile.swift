internal import Glibc
internal import Synchronization
package import SystemPackage

/// A regular file open for writing, that this process created. One writer at a time; writes block.
package final class WritableFile: Sendable {
    /// The path it was created by, for messages only.
    package let path: FilePath
    private let descriptor: Descriptor
    private let written = Atomic<Int64>(0)

    init(_ descriptor: Descriptor, path: FilePath) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Bytes written so far.
    package var size: Int64 { written.load(ordering: .relaxed) }

    /// Appends bytes where they lie.
    /// - Throws: `FileError`: `.noSpace` when the disk is full; part of the bytes may be written then.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = try retrying("written", path) {
                unsafe Glibc.write(descriptor.number, rest.baseAddress, rest.count)
            }
            written.add(Int64(count), ordering: .relaxed)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Appends bytes.
    /// - Throws: `FileError`: `.noSpace` when the disk is full; part of the bytes may be written then.
    package func write(_ bytes: some Sequence<UInt8>) throws {
        let done: Void? = try bytes.withContiguousStorageIfAvailable { try unsafe write(UnsafeRawBufferPointer($0)) }
        if done == nil { try unsafe Array(bytes).withUnsafeBytes { try unsafe write($0) } }
    }

    /// Makes the content survive a power cut; the name needs `Directory.sync()` too.
    /// - Throws: `FileError`.
    package func sync() throws { try retrying("synchronised", path) { fsync(descriptor.number) } }

    /// The same file, for reading from its start. Writes still append; two readers made so share one position.
    /// - Throws: `FileError`.
    package func reopened() throws -> ReadableFile {
        let copy = try retrying("read", path) { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0) }
        let file = try ReadableFile(Descriptor(copy), path: path)
        try file.rewind()
        return file
    }
}
