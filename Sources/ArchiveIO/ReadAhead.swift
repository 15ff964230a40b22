internal import SafeFiles
internal import Synchronization

/// The unpacked bytes of an archive piece by piece. Those of a large one are made by a thread of their own, a bounded
/// way ahead of the reader, so that inflating and writing files take place at the same time. For one thread.
@safe final class ReadAhead {
    private enum Mode {
        case direct(any UnpackedSource, PieceBuffer)
        case ahead(PieceRing, WorkerThread)
    }

    /// A thread costs more than it saves below this many packed bytes.
    private static let worthwhile: Int64 = 1 << 18

    private let mode: Mode
    private var isAtEnd = false
    /// The packed bytes that were read for the pieces taken so far, and the bytes of these pieces.
    private(set) var progress: (packed: Int64, unpacked: Int64) = (0, 0)

    /// - Throws: `ArchiveError`, `FileError`.
    init(_ file: ReadableFile, _ compression: Compression) throws {
        let ring = PieceRing()
        if compression != .none, file.size > Self.worthwhile,
            let thread = WorkerThread({ ring.fill { try compression.open(file) } })
        {
            mode = .ahead(ring, thread)
        } else {
            mode = .direct(try compression.open(file), PieceBuffer(count: 1))
        }
    }

    deinit {
        guard case .ahead(let ring, let thread) = mode else { return }
        ring.stop()
        thread.join()
    }

    /// The next bytes, lent until the next call; none at the end.
    /// - Throws: `ArchiveError`: `.damaged`, `.engine`; `FileError`.
    func next() throws -> UnsafeRawBufferPointer {
        guard !isAtEnd else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        isAtEnd = true
        let piece: UnsafeRawBufferPointer
        switch mode {
        case .direct(let source, let buffer):
            let count = try unsafe source.read(into: buffer[0])
            unsafe piece = UnsafeRawBufferPointer(rebasing: buffer[0][..<count])
            progress.packed = source.packedCount
        case .ahead(let ring, _):
            let taken = try unsafe ring.take()
            unsafe piece = unsafe taken.piece
            progress.packed = unsafe taken.packed
        }
        progress.unpacked += Int64(piece.count)
        isAtEnd = piece.count == 0
        return unsafe piece
    }
}

/// Memory for pieces of one size.
@safe private final class PieceBuffer {
    private static let pieceSize = 1 << 18
    private let memory: UnsafeMutableRawBufferPointer

    init(count: Int) { unsafe memory = .allocate(byteCount: count * Self.pieceSize, alignment: 4096) }

    deinit { unsafe memory.deallocate() }

    subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(index * Self.pieceSize)...].prefix(Self.pieceSize))
    }
}

/// Pieces on their way from the thread that makes them to the one that takes them.
///
/// `@unchecked Sendable`: a piece's memory belongs to the maker until it signals `filled`, and to the taker until it
/// signals `free`.
@safe private final class PieceRing: @unchecked Sendable {
    private enum Content {
        case bytes(count: Int, packed: Int64)
        case failure(any Error)
    }

    private static let count = 8
    private let memory = PieceBuffer(count: count)
    private let contents = Mutex([Content](repeating: .bytes(count: 0, packed: 0), count: count))
    private let free = Semaphore(count)
    private let filled = Semaphore()
    private let isStopped = Atomic<Bool>(false)
    /// The piece that the taker has, or takes next.
    private var taken: Int?

    /// Makes pieces until the source ends or fails, or the taker stops.
    func fill(from open: () throws -> any UnpackedSource) {
        var index = 0
        do {
            let source = try open()
            while true {
                free.wait()
                guard !isStopped.load(ordering: .acquiring) else { return }
                let count = try unsafe source.read(into: memory[index])
                publish(.bytes(count: count, packed: source.packedCount), at: index)
                guard count > 0 else { return }
                index = (index + 1) % Self.count
            }
        } catch {
            publish(.failure(error), at: index)
        }
    }

    /// The next piece, which the call before gives up; an empty one is the last.
    func take() throws -> (piece: UnsafeRawBufferPointer, packed: Int64) {
        if taken != nil { free.signal() }
        let index = taken.map { ($0 + 1) % Self.count } ?? 0
        taken = index
        filled.wait()
        switch contents.withLock({ $0[index] }) {
        case .bytes(let count, let packed):
            return unsafe (UnsafeRawBufferPointer(rebasing: memory[index][..<count]), packed)
        case .failure(let error): throw error
        }
    }

    /// Lets the maker end at its next piece.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        free.signal()
    }

    private func publish(_ content: Content, at index: Int) {
        contents.withLock { $0[index] = content }
        filled.signal()
    }
}
