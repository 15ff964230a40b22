import CoreModel
import SignatureCrypto
import Synchronization

/// Lets a repository that takes a blob read it from one that gives it, with a bounded number of bytes in between and
/// nothing on a disk.
///
/// The reader decides: nothing is fetched before it opens the blob, and each time it opens the blob again, the fetch
/// begins again. One task serves while another reads.
final class BlobPipe: Sendable {
    /// Bytes that wait for the reader before the giver has to wait.
    private static let capacity = 1 << 20

    private enum Side { case giver, reader }

    private enum End {
        case whole
        case failed(any Error)
    }

    private struct State {
        /// Which opening the bytes belong to; 0 before the first.
        var round = 0
        /// The round that is being served.
        var served = 0
        var pieces: [[UInt8]] = []
        var bytes = 0
        /// Bytes that the reader has taken in this round.
        var read: Int64 = 0
        var end: End?
        var isClosed = false
        var waiting: [Side: CheckedContinuation<Void, Never>] = [:]

        var hasDemand: Bool { isClosed || served < round }
    }

    private let descriptor: Descriptor
    private let state = Mutex(State())

    init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// The blob for the one who reads; `progress` is told how many bytes of it have been read.
    func source(progress: @escaping @Sendable (Int64) -> Void) -> BlobSource {
        BlobSource(descriptor) {
            let round = self.begin()
            return {
                let piece = try await self.next(round)
                progress(self.state.withLock { $0.read })
                return piece
            }
        }
    }

    /// Fetches the blob whenever it is opened, until the pipe is closed. What fails is thrown to the reader.
    /// - Throws: `CancellationError`.
    func serve(from repository: any ArtifactRepository) async throws {
        while let round = try await nextRound() {
            do {
                try await repository.fetchBlob(descriptor, into: try Sink(self, round, repository.name))
                change { if $0.round == round { $0.end = .whole } }
            } catch {
                // A round that nobody wants any more ends with an error of ours.
                change { if $0.round == round, !$0.isClosed { $0.end = .failed(error) } }
            }
        }
    }

    /// Ends `serve`; nobody reads any more.
    func close() { change { $0.isClosed = true } }

    /// What failed on the giver's side in the last round.
    var failure: (any Error)? {
        state.withLock { if case .failed(let error)? = $0.end { error } else { nil } }
    }
}

// MARK: - The reader

extension BlobPipe {
    private func begin() -> Int {
        change { state in
            state.round += 1
            (state.pieces, state.bytes, state.read, state.end) = ([], 0, 0, nil)
            return state.round
        }
    }

    private func next(_ round: Int) async throws -> [UInt8]? {
        try await wait(.reader) { $0.round != round || $0.isClosed || !$0.pieces.isEmpty || $0.end != nil }
        return try change { state in
            guard state.round == round, !state.isClosed else { throw CancellationError() }
            if !state.pieces.isEmpty {
                let piece = state.pieces.removeFirst()
                state.bytes -= piece.count
                state.read += Int64(piece.count)
                return piece
            }
            if case .failed(let error)? = state.end { throw error }
            return nil
        }
    }
}

// MARK: - The giver

extension BlobPipe {
    /// Nil once the pipe is closed.
    private func nextRound() async throws -> Int? {
        try await wait(.giver) { $0.hasDemand }
        return change { state in
            state.served = state.round
            return state.isClosed ? nil : state.round
        }
    }

    private func give(_ piece: [UInt8], _ round: Int) async throws {
        try await wait(.giver) { $0.isClosed || $0.round != round || $0.bytes < Self.capacity }
        try change { state in
            guard !state.isClosed, state.round == round else { throw CancellationError() }
            state.pieces.append(piece)
            state.bytes += piece.count
        }
    }

    /// Takes the bytes of one round. The last ones are held back until all of them are known to be right.
    private final class Sink: BlobSink {
        private let pipe: BlobPipe
        private let round: Int
        private let place: String
        private var digest: DigestStream
        /// Bytes that the reader has been given; a transfer that begins again does not give them twice.
        private var given: Int64 = 0
        private var mismatch: RegistryError?

        private(set) var received: Int64 = 0

        init(_ pipe: BlobPipe, _ round: Int, _ place: String) throws {
            (self.pipe, self.round, self.place) = (pipe, round, place)
            digest = try DigestStream(pipe.descriptor.digest.algorithm)
        }

        func write(_ bytes: [UInt8]) async throws {
            if let mismatch { throw mismatch }
            digest.update(bytes)
            if digest.byteCount >= pipe.descriptor.size { try check() }
            let known = Int(max(0, min(Int64(bytes.count), given - received)))
            if known < bytes.count { try await pipe.give(known == 0 ? bytes : Array(bytes[known...]), round) }
            received += Int64(bytes.count)
            given = max(given, received)
        }

        func reset() throws {
            if let mismatch { throw mismatch }
            digest = try DigestStream(pipe.descriptor.digest.algorithm)
            received = 0
        }

        private func check() throws {
            let actual = try digest.finish()
            guard actual != pipe.descriptor.digest || digest.byteCount > pipe.descriptor.size else { return }
            let error = RegistryError(
                .digestMismatch,
                "The blob \(pipe.descriptor.digest) of \(place) has other content: its digest is \(actual)"
            )
            mismatch = error
            throw error
        }
    }
}

// MARK: - Waiting

extension BlobPipe {
    /// Changes the state and lets both sides look at it again.
    private func change<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
        var woken: [CheckedContinuation<Void, Never>] = []
        defer { for continuation in woken { continuation.resume() } }
        return try state.withLock { state in
            defer {
                woken = Array(state.waiting.values)
                state.waiting = [:]
            }
            return try body(&state)
        }
    }

    private func wait(_ side: Side, until isReady: @Sendable (State) -> Bool) async throws {
        while true {
            try Task.checkCancellation()
            if state.withLock({ isReady($0) }) { return }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    // A cancellation after this check finds the continuation in its place.
                    let isDone = state.withLock { state in
                        if Task.isCancelled || isReady(state) { return true }
                        state.waiting[side] = continuation
                        return false
                    }
                    if isDone { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: side) }?.resume()
            }
        }
    }
}
