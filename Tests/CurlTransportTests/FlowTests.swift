import HTTPExchange
import Testing

@testable import CurlTransport

@Suite("Response flow")
struct ResponseFlowTests {
    private static let limits = FlowLimits(highWater: 10, lowWater: 4, pieceSize: 6)

    private func offer(_ count: Int, to flow: inout ResponseFlow) -> Bool {
        unsafe [UInt8](repeating: 1, count: count).withUnsafeBytes { unsafe flow.receive($0) }
    }

    @Test("A reader that is behind holds the sender back until the low mark")
    func backPressure() throws {
        var flow = ResponseFlow(limits: Self.limits)
        #expect(offer(5, to: &flow) == true)
        #expect(offer(1, to: &flow) == true)
        #expect(offer(5, to: &flow) == true)
        #expect(offer(1, to: &flow) == false, "11 bytes wait")
        #expect(flow.isHeldBack)
        #expect(try flow.takePiece() == .piece([UInt8](repeating: 1, count: 6), resumes: false), "5 bytes still wait")
        #expect(try flow.takePiece() == .piece([UInt8](repeating: 1, count: 5), resumes: true))
        #expect(!flow.isHeldBack)
        #expect(try flow.takePiece() == .wait)
        #expect(flow.highestWaitingCount == 11)
        #expect(offer(0, to: &flow) == true)
        #expect(try flow.takePiece() == .wait, "a piece is never empty")
    }

    @Test("An end is seen after what came before it, an abort at once")
    func endings() throws {
        for error in [nil, HTTPError(.connection, "broken")] {
            var flow = ResponseFlow(limits: Self.limits)
            flow.receive(head: HTTPResponseHead(status: 200, headers: [:]))
            _ = offer(3, to: &flow)
            flow.end(error)
            flow.end(HTTPError(.timeout, "later"))
            #expect(try flow.takeHead()?.status == 200)
            #expect(try flow.takePiece() == .piece([1, 1, 1], resumes: false))
            if let error {
                let thrown = #expect(throws: HTTPError.self) { try flow.takePiece() }
                #expect(thrown?.code == error.code)
            } else {
                #expect(try flow.takePiece() == .end)
                #expect(try flow.takePiece() == .end)
            }
            flow.abort(HTTPError(.cancelled, "over"))
            #expect(throws: HTTPError.self) { try flow.takePiece() }
        }
    }

    @Test("An abort drops what waits, and what comes later is swallowed")
    func abort() throws {
        var flow = ResponseFlow(limits: Self.limits)
        while offer(5, to: &flow) {}
        flow.abort(HTTPError(.cancelled, "over"))
        #expect(flow.waitingCount == 0)
        #expect(offer(100, to: &flow) == true, "libcurl must not be held back by a reader that is gone")
        #expect(flow.waitingCount == 0)
        flow.end(nil)
        #expect(throws: HTTPError.self) { try flow.takePiece() }
        #expect(throws: HTTPError.self) { try flow.takeHead() }
    }

    private func take(_ flow: inout ResponseFlow) throws -> [UInt8] {
        guard case .piece(let bytes, _) = try flow.takePiece() else { return [] }
        return bytes
    }

    @Test("The storage of a piece goes round once its reader is done with it, and never before")
    func storage() throws {
        var flow = ResponseFlow(limits: FlowLimits(highWater: 4000, lowWater: 1000, pieceSize: 1000))
        func address(_ piece: [UInt8]) -> Int {
            unsafe piece.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        }
        func fill(_ flow: inout ResponseFlow, _ byte: UInt8) {
            unsafe [UInt8](repeating: byte, count: 1000).withUnsafeBytes { unsafe _ = flow.receive($0) }
        }
        fill(&flow, 1)
        let dropped = address(try take(&flow))
        #expect(try flow.takePiece() == .wait, "asking for more says that the piece before is done with")
        fill(&flow, 2)
        let kept = try take(&flow)
        #expect(address(kept) == dropped)
        #expect(try flow.takePiece() == .wait)
        fill(&flow, 3)
        #expect(try take(&flow) == [UInt8](repeating: 3, count: 1000))
        #expect(kept == [UInt8](repeating: 2, count: 1000), "what the reader keeps is its own")
    }

    @Test("Without a head there is no response")
    func head() throws {
        var flow = ResponseFlow()
        #expect(try flow.takeHead() == nil)
        #expect(!flow.hasHead)
        flow.end(nil)
        #expect(flow.hasHead)
        #expect(throws: HTTPError.self) { try flow.takeHead() }
        flow.receive(head: HTTPResponseHead(status: 200, headers: [:]))
        #expect(throws: HTTPError.self) { try flow.takeHead() }
    }
}

@Suite("Upload flow")
struct UploadFlowTests {
    private func read(_ count: Int, from flow: inout UploadFlow) -> (UploadFlow.ReadStep, [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: count)
        let step = unsafe buffer.withUnsafeMutableBytes { unsafe flow.read(into: $0) }
        if case .copied(let copied) = step { return (step, Array(buffer.prefix(copied))) }
        return (step, [])
    }

    @Test("Bytes in memory are sent in order, and again after a rewind")
    func bytes() {
        var flow = UploadFlow(bytes: [1, 2, 3, 4, 5])
        for _ in 0..<2 {
            #expect(read(2, from: &flow).1 == [1, 2])
            #expect(read(9, from: &flow).1 == [3, 4, 5])
            #expect(read(9, from: &flow).0 == .end)
            let isRewound = flow.rewind()
            #expect(isRewound)
        }
    }

    @Test("A stream pauses the sender while it has nothing, and its producer while it has much")
    func stream() throws {
        var flow = UploadFlow(length: 12, limits: FlowLimits(highWater: 8, lowWater: 2, pieceSize: 4))
        #expect(read(4, from: &flow).0 == .wait)
        #expect(flow.isPaused)
        #expect(try flow.offer([1, 2, 3]) == true, "the sender waits for it")
        #expect(try flow.offer([4, 5]) == false, "it waits no more")
        #expect(flow.hasRoom)
        #expect(try flow.offer([]) == false)
        #expect(try flow.offer([6, 7, 8]) == false)
        #expect(!flow.hasRoom)
        #expect(read(4, from: &flow).1 == [1, 2, 3, 4], "across pieces")
        #expect(flow.hasRoom)
        let isRewound = flow.rewind()
        #expect(!isRewound, "what was sent is gone")
        #expect(read(100, from: &flow).1 == [5, 6, 7, 8])
        #expect(read(1, from: &flow).0 == .wait)
        #expect(try flow.offer([9, 10, 11, 12]) == true)
        #expect(read(100, from: &flow).1 == [9, 10, 11, 12])
        #expect(read(1, from: &flow).0 == .end, "the announced length is sent")
        #expect(try flow.finish() == false)
        #expect(flow.highestWaitingCount == 8)
    }

    static let lengths: [(Int64, [Int], Bool, String)] = [
        (0, [], true, "nothing"), (3, [1, 2], true, "exact"), (3, [1, 1], false, "short"), (3, [2, 2], false, "long"),
        (0, [1], false, "long"),
    ]

    @Test("The announced length is the exact one", arguments: lengths)
    func length(length: Int64, pieces: [Int], isExact: Bool, why: String) {
        var flow = UploadFlow(length: length)
        let result = Result {
            for count in pieces { _ = try flow.offer([UInt8](repeating: 0, count: count)) }
            _ = try flow.finish()
        }
        #expect(((try? result.get()) != nil) == isExact, "\(why)")
    }
}

@Suite("Transfer clock")
struct TransferClockTests {
    private let start = ContinuousClock.now

    private func clock(_ timeout: Int?, _ idle: Int?) -> TransferClock {
        TransferClock(timeout: timeout.map { .seconds($0) }, idleTimeout: idle.map { .seconds($0) }, start: start)
    }

    @Test("Silence counts from the last sign, not before the request and not during our own pauses")
    func silence() {
        var clock = clock(nil, 10)
        #expect(clock.deadline == nil, "connecting has its own bound")
        clock.note(start + .seconds(5))
        #expect(clock.deadline == start + .seconds(15))
        #expect(clock.expiry(at: start + .seconds(14)) == nil)
        #expect(clock.expiry(at: start + .seconds(15)) == .silence(.seconds(10)))
        clock.readerFellBehind()
        #expect(clock.deadline == nil)
        clock.producerFellBehind()
        clock.readerCaughtUp(start + .seconds(100))
        #expect(clock.deadline == nil, "the producer is still behind")
        clock.producerCaughtUp(start + .seconds(200))
        #expect(clock.deadline == start + .seconds(210))
    }

    @Test("The whole counts from the start, pauses included")
    func total() {
        var clock = clock(20, 10)
        #expect(clock.deadline == start + .seconds(20))
        clock.note(start + .seconds(15))
        #expect(clock.deadline == start + .seconds(20))
        clock.readerFellBehind()
        #expect(clock.deadline == start + .seconds(20))
        #expect(clock.expiry(at: start + .seconds(20)) == .total(.seconds(20)))
    }

    @Test("Without bounds nothing expires")
    func unbounded() {
        var clock = clock(nil, nil)
        clock.note(start)
        #expect(clock.deadline == nil)
        #expect(clock.expiry(at: start + .seconds(1_000_000)) == nil)
    }
}
