internal import Glibc
package import SystemPackage

/// A regular file open for reading. Its content stays readable after its name is gone. Thread-safe; reads block.
package final class ReadableFile: Sendable {
    /// The path it was opened by, for messages only.
    package let path: FilePath
    /// What the kernel said when the file was opened.
    package let status: FileStatus
    private let descriptor: Descriptor

    /// Bytes in the file when it was opened.
    package var size: Int64 { status.size }

    init(_ descriptor: Descriptor, path: FilePath) throws {
        var status = stat()
        try retrying("examined", path) { unsafe fstat(descriptor.number, &status) }
        self.status = FileStatus(status)
        guard self.status.kind == .file else { throw FileError.notARegularFile(path) }
        self.descriptor = descriptor
        self.path = path
    }

    /// The next bytes at the file's own position; 0 at the end.
    /// - Throws: `FileError`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try retrying("read", path) { unsafe Glibc.read(descriptor.number, buffer.baseAddress, buffer.count) }
    }

    /// The bytes at `offset`, wherever the file's own position is; 0 at the end.
    /// - Throws: `FileError`.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        try retrying("read", path) { unsafe pread(descriptor.number, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// At most `count` bytes at `offset`; fewer only at the end of the file.
    /// - Throws: `FileError`.
    package func read(upTo count: Int, at offset: Int64) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
            while filled < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
                )
                let taken = try unsafe read(into: rest, at: offset + Int64(filled))
                guard taken > 0 else { break }
                filled += taken
            }
        }
    }

    /// At most `count` bytes at the file's own position; empty at the end.
    /// - Throws: `FileError`.
    package func read(upTo count: Int) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
            filled = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// The whole file.
    /// - Parameter limit: the most bytes that are taken, inclusive; also holds when the file grows meanwhile.
    /// - Throws: `FileError`: `.tooLarge` beyond the limit.
    package func readAll(limit: Int) throws -> [UInt8] {
        let tooLarge = FileError(.tooLarge, path, "holds more than the \(limit) bytes that are accepted here")
        guard size <= Int64(limit) else { throw tooLarge }
        var bytes = try read(upTo: Int(size), at: 0)
        while true {
            let more = try read(upTo: 1 << 16, at: Int64(bytes.count))
            if more.isEmpty { return bytes }
            guard bytes.count + more.count <= limit else { throw tooLarge }
            bytes += more
        }
    }

    /// Lends the descriptor to a C library that reads by itself; it must not be kept or closed.
    /// - Throws: what `body` throws.
    package func withDescriptor<Result>(_ body: (Int32) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(descriptor) { try body(descriptor.number) }
    }

    /// Moves the file's own position back to its start.
    /// - Throws: `FileError`.
    package func rewind() throws { try retrying("read", path) { lseek(descriptor.number, 0, SEEK_SET) } }

    /// Hands each piece of the file from its start to `body`, in order, in one reused buffer.
    /// - Throws: `FileError`, and what `body` throws.
    package func forEachPiece(
        of pieceSize: Int = 1 << 18,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = try unsafe read(into: buffer, at: offset)
            guard count > 0 else { return }
            try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }
}
