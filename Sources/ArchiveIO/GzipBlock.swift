internal import CZlib
internal import SafeFiles

/// One block on its way from the stream to the archive.
///
/// `@unchecked Sendable`: it belongs to the thread that fills it until it is submitted, then to the one that packs it
/// until that signals `done`, and then to the first again. Its input may be read meanwhile as the next one's
/// dictionary, by the thread that filled it.
@safe final class GzipBlock: @unchecked Sendable {
    private static let windowSize = 1 << 15
    /// Deflate stores what it cannot pack, five bytes for each 16 KiB or less; the flush takes a few more.
    private static let capacity = GzipBlocks.blockSize + GzipBlocks.blockSize >> 8 + 64

    /// Signalled when the block is packed.
    let done = Semaphore()
    /// Bytes before packing.
    private(set) var count = 0
    private let memory: UnsafeMutableRawBufferPointer
    private var dictionaryCount = 0
    private var isLast = false
    private var packedCount = 0
    private var checksum: UInt = 0
    private var failure: (any Error)?

    init() {
        let count = Self.windowSize + GzipBlocks.blockSize + Self.capacity
        unsafe memory = .allocate(byteCount: count, alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    /// The part of the input that begins at `offset`.
    func input(from offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(Self.windowSize + offset)...].prefix(count))
    }

    /// The input is complete.
    func prepare(count: Int, after previous: GzipBlock?, isLast: Bool) {
        self.count = count
        self.isLast = isLast
        dictionaryCount = previous == nil ? 0 : Self.windowSize
        guard let previous else { return }
        let end = unsafe previous.input(from: GzipBlocks.blockSize - Self.windowSize, count: Self.windowSize)
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(end))
    }

    /// Packs the input; a failure is kept for `result`.
    func pack(with deflater: Result<Deflater, any Error>) {
        let dictionary = unsafe UnsafeRawBufferPointer(
            rebasing: memory[(Self.windowSize - dictionaryCount)..<Self.windowSize]
        )
        let input = unsafe UnsafeRawBufferPointer(input(from: 0, count: count))
        do {
            checksum = unsafe crc32(0, input.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(clamping: count))
            let output = unsafe UnsafeMutableRawBufferPointer(
                rebasing: memory[(Self.windowSize + GzipBlocks.blockSize)...]
            )
            packedCount = try unsafe deflater.get().pack(input, after: dictionary, isLast: isLast, into: output)
        } catch {
            failure = error
        }
    }

    /// The packed bytes, lent until the block is filled again, and the input's CRC-32.
    /// - Throws: `ArchiveError.engine`.
    func result() throws -> (packed: UnsafeRawBufferPointer, checksum: UInt) {
        if let failure { throw failure }
        let start = Self.windowSize + GzipBlocks.blockSize
        return unsafe (UnsafeRawBufferPointer(rebasing: memory[start...].prefix(packedCount)), checksum)
    }
}

/// zlib's deflate without header or trailer. For one thread.
@safe final class Deflater {
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Throws: `ArchiveError.engine`.
    init(level: Int32) throws {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe sluice_deflate_init(stream, level, -15) == Z_OK else { throw Self.failure("out of memory") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Deflates one block, so that it can follow the one whose end is the dictionary.
    /// - Returns: how many bytes of `output` it takes.
    /// - Throws: `ArchiveError.engine`.
    func pack(
        _ input: UnsafeRawBufferPointer,
        after dictionary: UnsafeRawBufferPointer,
        isLast: Bool,
        into output: UnsafeMutableRawBufferPointer
    ) throws -> Int {
        unsafe deflateReset(stream)
        if dictionary.count > 0 {
            let start = unsafe dictionary.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard unsafe deflateSetDictionary(stream, start, UInt32(clamping: dictionary.count)) == Z_OK else {
                throw Self.failure("the dictionary was refused")
            }
        }
        let start = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let answer = unsafe deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
        guard answer == (isLast ? Z_STREAM_END : Z_OK), unsafe stream.pointee.avail_out > 0 else {
            throw Self.failure("a block does not fit (\(answer))")
        }
        return unsafe output.count - Int(stream.pointee.avail_out)
    }

    private static func failure(_ reason: String) -> ArchiveError {
        ArchiveError(.engine, "The archive cannot be packed: \(reason)")
    }
}
