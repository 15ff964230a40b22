import HTTPExchange

/// What of a request's body is still to be sent. A value without sockets or clocks.
///
/// The producer feeds it (`offer`, `finish`), the driver empties it (`read`).
struct UploadFlow {
    enum ReadStep: Equatable {
        case copied(Int)
        case end
        /// Nothing is there yet; the driver pauses until `offer` or `finish` says that it resumes.
        case wait
    }

    let length: Int64
    private let limits: FlowLimits
    /// Bytes in memory can be sent again from the start, a stream cannot.
    private let canReplay: Bool
    private var pieces: [[UInt8]]
    private var current = 0
    private var offset = 0
    private var offered: Int64
    private var isFinished: Bool
    private(set) var sent: Int64 = 0
    private(set) var waitingCount: Int
    private(set) var highestWaitingCount = 0
    private(set) var isPaused = false

    /// A body that is in memory.
    init(bytes: [UInt8]) {
        length = Int64(bytes.count)
        limits = FlowLimits()
        canReplay = true
        pieces = bytes.isEmpty ? [] : [bytes]
        offered = length
        isFinished = true
        waitingCount = bytes.count
    }

    /// A body that a producer brings.
    init(length: Int64, limits: FlowLimits = FlowLimits()) {
        self.length = length
        self.limits = limits
        canReplay = false
        pieces = []
        offered = 0
        isFinished = false
        waitingCount = 0
    }

    /// Whether the producer may bring more now.
    var hasRoom: Bool { waitingCount < limits.highWater }

    /// Takes the producer's next bytes; true when the driver waits for them.
    /// - Throws: `invalidRequest` when they are more than the length that was announced.
    mutating func offer(_ piece: [UInt8]) throws -> Bool {
        offered += Int64(piece.count)
        guard offered <= length else {
            throw HTTPError(.invalidRequest, "The request body is longer than its announced \(length) bytes")
        }
        guard !piece.isEmpty else { return false }
        pieces.append(piece)
        waitingCount += piece.count
        highestWaitingCount = max(highestWaitingCount, waitingCount)
        return unpause()
    }

    /// The producer has nothing more; true when the driver waits to hear it.
    /// - Throws: `invalidRequest` when it brought less than the length that was announced.
    mutating func finish() throws -> Bool {
        guard offered == length else {
            throw HTTPError(.invalidRequest, "The request body has \(offered) of its announced \(length) bytes")
        }
        isFinished = true
        return unpause()
    }

    /// Copies the next bytes.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadStep {
        guard waitingCount > 0 else {
            if isFinished || sent == length { return .end }
            isPaused = true
            return .wait
        }
        var copied = 0
        while waitingCount > 0, copied < buffer.count { unsafe copied += copyPiece(into: buffer, at: copied) }
        sent += Int64(copied)
        return .copied(copied)
    }

    /// Goes back to the first byte; false when bytes that are gone would be needed.
    mutating func rewind() -> Bool {
        if sent == 0 { return true }
        guard canReplay else { return false }
        current = 0
        offset = 0
        sent = 0
        waitingCount = Int(length)
        return true
    }

    private mutating func copyPiece(into buffer: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        let piece = pieces[current]
        let count = min(piece.count - offset, buffer.count - start)
        unsafe piece.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        offset += count
        waitingCount -= count
        if offset == piece.count { advance() }
        return count
    }

    private mutating func advance() {
        offset = 0
        if canReplay {
            current += 1
        } else {
            pieces.removeFirst()
        }
    }

    private mutating func unpause() -> Bool {
        defer { isPaused = false }
        return isPaused
    }
}
