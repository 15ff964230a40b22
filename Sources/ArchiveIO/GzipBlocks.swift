internal import CZlib
internal import Glibc
internal import SafeFiles
internal import Synchronization

/// Packs a stream into one gzip member, block by block on all cores.
///
/// The stream is cut after every `blockSize` bytes; each block is deflated by itself, with the bytes before it as
/// dictionary, and ends on a byte boundary, so that the blocks one after another are one deflate stream. The bytes
/// depend on the stream, the level and zlib, and not on how many threads there are. For one thread.
@safe final class GzipBlocks {
    /// Bytes of a block before packing. Part of what decides an archive's digest: never change it.
    static let blockSize = 1 << 18
    /// More threads than these would take memory for little.
    private static let maximumThreads = 8

    private let level: Int32
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private let line: BlockLine
    private var threads: [WorkerThread] = []
    private let threadLimit: Int
    /// Bytes in the block that is being filled, which has the number `submitted`.
    private var filled = 0
    private var submitted = 0
    private var emitted = 0
    private var checksum: UInt
    private var count: Int64 = 0

    /// - Parameters:
    ///   - threads: nil for as many as there are cores.
    ///   - sink: takes the packed bytes in order.
    /// - Throws: `ArchiveError.engine`, and what the sink throws.
    init(level: Int, threads: Int? = nil, sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        self.level = Int32(clamping: level)
        unsafe self.sink = sink
        threadLimit = min(threads ?? max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), Self.maximumThreads)
        line = BlockLine(count: threadLimit * 2 + 1)
        checksum = crc32(0, nil, 0)
        // RFC 1952: deflate, no flags, no time, no hint about the level, Unix.
        try unsafe ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] as [UInt8]).withUnsafeBytes(sink)
    }

    deinit {
        line.stop(threads: threads.count)
        for thread in threads { thread.join() }
    }

    /// Takes the next bytes.
    /// - Throws: `ArchiveError.engine`, and what the sink throws.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = unsafe bytes
        while rest.count > 0 {
            // A full block waits for the next byte: the last one is packed differently.
            if filled == Self.blockSize { try submit() }
            let taken = min(rest.count, Self.blockSize - filled)
            unsafe line[submitted].input(from: filled, count: taken).copyMemory(from: .init(rebasing: rest[..<taken]))
            filled += taken
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
        }
    }

    /// Packs what is left, and ends the member. Nothing can be written afterwards.
    /// - Throws: `ArchiveError.engine`, and what the sink throws.
    func finish() throws {
        prepare(isLast: true)
        line[submitted].pack(with: Result { try Deflater(level: level) })
        while emitted < submitted { try emit(waiting: true) }
        try emit(waiting: false)
        let trailer = [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: count)]
        try unsafe trailer.map(\.littleEndian).withUnsafeBytes(sink)
    }

    private func submit() throws {
        prepare(isLast: false)
        if threads.count < threadLimit, let thread = startThread() { threads.append(thread) }
        if threads.isEmpty {
            line[submitted].pack(with: Result { try Deflater(level: level) })
            line[submitted].done.signal()
        } else {
            line.submit()
        }
        submitted += 1
        filled = 0
        // Room for the next block.
        if submitted - emitted == line.count { try emit(waiting: true) }
    }

    private func prepare(isLast: Bool) {
        let previous = submitted > 0 ? line[submitted - 1] : nil
        line[submitted].prepare(count: filled, after: previous, isLast: isLast)
    }

    private func startThread() -> WorkerThread? {
        let (line, level) = (line, level)
        return WorkerThread { line.work(level: level) }
    }

    private func emit(waiting: Bool) throws {
        let block = line[emitted]
        if waiting { block.done.wait() }
        let (packed, blockChecksum) = try unsafe block.result()
        checksum = crc32_combine(checksum, blockChecksum, block.count)
        count += Int64(block.count)
        emitted += 1
        try unsafe sink(packed)
    }
}

/// The blocks under way, used again and again in turn.
private final class BlockLine: Sendable {
    private let blocks: [GzipBlock]
    private let ready = Semaphore()
    private let next = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    var count: Int { blocks.count }

    init(count: Int) { blocks = (0..<count).map { _ in GzipBlock() } }

    subscript(number: Int) -> GzipBlock { blocks[number % blocks.count] }

    /// The next block, in their order, is ready to be packed.
    func submit() { ready.signal() }

    /// Packs blocks until the end.
    func work(level: Int32) {
        let deflater = Result { try Deflater(level: level) }
        while true {
            ready.wait()
            guard !isStopped.load(ordering: .acquiring) else { return }
            let block = self[next.add(1, ordering: .relaxed).oldValue]
            block.pack(with: deflater)
            block.done.signal()
        }
    }

    func stop(threads: Int) {
        isStopped.store(true, ordering: .releasing)
        for _ in 0..<threads { ready.signal() }
    }
}
