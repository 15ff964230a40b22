import HTTPExchange

/// How much of a body waits in memory.
struct FlowLimits: Hashable, Sendable {
    /// From here on the sender is held back.
    var highWater = 1 << 20
    /// From here on it may go on.
    var lowWater = 256 << 10
    /// Small pieces are gathered up to this size.
    var pieceSize = 256 << 10
}

/// What one response has come to: head, waiting bytes, end. A value without sockets or clocks.
///
/// The driver feeds it (`receive`, `end`), the reader empties it (`takeHead`, `takePiece`). The storage of pieces goes
/// round: fresh memory for every piece of a large body would cost more page faults than everything else together.
struct ResponseFlow {
    enum PieceStep: Equatable {
        /// The next bytes; `resumes` says that the sender was held back and may now go on.
        case piece([UInt8], resumes: Bool)
        case end
        /// Nothing is there yet.
        case wait
    }

    private enum Ending {
        case complete
        case failed(any Error)
    }

    let limits: FlowLimits
    private var head: HTTPResponseHead?
    private var pieces: [[UInt8]] = []
    private var firstPiece = 0
    /// The piece that the reader was given last.
    private var lent: [UInt8]?
    /// Empty, with their storage.
    private var spares: [[UInt8]] = []
    private var ending: Ending?
    private var receivedCount = 0
    private(set) var waitingCount = 0
    /// The most that ever waited, which tests hold against the limit.
    private(set) var highestWaitingCount = 0
    private(set) var isHeldBack = false

    init(limits: FlowLimits = FlowLimits()) { self.limits = limits }

    var hasEnded: Bool { ending != nil }

    /// Whether `takeHead` would not ask to wait.
    var hasHead: Bool { head != nil || hasEnded }

    /// Whether `takePiece` would not ask to wait.
    var hasPiece: Bool { waitingCount > 0 || hasEnded }

    /// Whether as much waits as is handed out at once, so that the reader should not wait for more.
    var hasWholePiece: Bool { waitingCount >= limits.pieceSize }

    /// The final head; a second one is ignored.
    mutating func receive(head: HTTPResponseHead) {
        if self.head == nil, !hasEnded { self.head = head }
    }

    /// Takes the bytes, or returns false: then the sender has to offer them again after the reader made room.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !hasEnded else { return true }
        guard waitingCount < limits.highWater else {
            isHeldBack = true
            return false
        }
        guard bytes.count > 0 else { return true }
        if pieces.last.map({ $0.count + bytes.count <= limits.pieceSize }) != true { pieces.append(emptyPiece()) }
        unsafe pieces[pieces.count - 1].append(contentsOf: bytes)
        receivedCount += bytes.count
        waitingCount += bytes.count
        highestWaitingCount = max(highestWaitingCount, waitingCount)
        return true
    }

    /// The exchange is over; what waits can still be read. Only the first end counts.
    mutating func end(_ error: (any Error)?) {
        guard !hasEnded else { return }
        ending = error.map { .failed($0) } ?? .complete
    }

    /// The reader is gone or the task cancelled: what waits is dropped.
    mutating func abort(_ error: any Error) {
        ending = .failed(error)
        pieces = []
        firstPiece = 0
        lent = nil
        spares = []
        waitingCount = 0
        isHeldBack = false
    }

    /// The head, or nil while it is awaited.
    /// - Throws: what ended the exchange before the head.
    func takeHead() throws -> HTTPResponseHead? {
        if let head { return head }
        switch ending {
        case nil: return nil
        case .failed(let error): throw error
        case .complete: throw HTTPError(.incompleteBody, "The response ended before its head")
        }
    }

    /// The next bytes in order.
    /// - Throws: what broke the body off, once everything before it was taken.
    mutating func takePiece() throws -> PieceStep {
        takeBackStorage()
        guard waitingCount > 0 else {
            switch ending {
            case nil: return .wait
            case .complete: return .end
            case .failed(let error): throw error
            }
        }
        let piece = removeFirst()
        if piece.count > limits.pieceSize / 2 { lent = piece }
        let resumes = isHeldBack && waitingCount <= limits.lowWater
        if resumes { isHeldBack = false }
        return .piece(piece, resumes: resumes)
    }

    /// Storage of the full size once the body has shown to be large; a small one takes what it needs.
    private mutating func emptyPiece() -> [UInt8] {
        if let spare = spares.popLast() { return spare }
        var piece: [UInt8] = []
        if receivedCount >= limits.pieceSize { piece.reserveCapacity(limits.pieceSize) }
        return piece
    }

    /// Who asks for the next piece is usually done with the one before. Where that was kept, this makes new storage
    /// and leaves the old alone: arrays are values.
    private mutating func takeBackStorage() {
        guard var piece = lent else { return }
        lent = nil
        guard ending == nil, spares.count < limits.highWater / limits.pieceSize else { return }
        piece.removeAll(keepingCapacity: true)
        spares.append(piece)
    }

    private mutating func removeFirst() -> [UInt8] {
        let piece = pieces[firstPiece]
        pieces[firstPiece] = []
        firstPiece += 1
        if firstPiece == pieces.count {
            pieces.removeAll(keepingCapacity: true)
            firstPiece = 0
        }
        waitingCount -= piece.count
        return piece
    }
}
