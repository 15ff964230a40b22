internal import SafeFiles

/// An archive's bytes without their compression, front to back. For one thread.
protocol UnpackedSource: AnyObject {
    /// Packed bytes that were consumed so far.
    var packedCount: Int64 { get }

    /// Fills the buffer or a part of it; 0 at the end, when everything that the format promises was checked.
    /// - Throws: `ArchiveError`: `.damaged`, `.engine`; `FileError`.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension UnpackedSource {
    /// The next bytes; fewer than `count` only at the end.
    /// - Throws: as `read(into:)`.
    func read(upTo count: Int) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
                )
                let taken = try unsafe read(into: rest)
                guard taken > 0 else { break }
                filled += taken
            }
        }
    }
}

extension Compression {
    /// Begins to unpack a file at its first byte.
    /// - Throws: `ArchiveError.engine`, `FileError`.
    func open(_ file: ReadableFile) throws -> any UnpackedSource {
        switch self {
        case .none: PlainSource(file)
        case .gzip: GzipSource(file)
        case .zstd: try ZstdSource(file)
        }
    }
}

/// A file as it is.
final class PlainSource: UnpackedSource {
    private let file: ReadableFile
    private(set) var packedCount: Int64 = 0

    init(_ file: ReadableFile) { self.file = file }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try unsafe file.read(into: buffer, at: packedCount)
        packedCount += Int64(count)
        return count
    }
}
