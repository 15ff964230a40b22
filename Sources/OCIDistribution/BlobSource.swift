import HTTPExchange
import Synchronization

/// A blob to push: what it is and how to read it, as often as it takes.
package struct BlobSource: Sendable {
    package let descriptor: Descriptor
    let open: @Sendable () async throws -> @Sendable () async throws -> [UInt8]?

    /// `open` begins at the first byte each time, and returns a function that yields the next piece or nil at the end.
    package init(
        _ descriptor: Descriptor,
        open: @escaping @Sendable () async throws -> @Sendable () async throws -> [UInt8]?
    ) {
        self.descriptor = descriptor
        self.open = open
    }

    /// A blob in memory.
    package init(_ descriptor: Descriptor, bytes: [UInt8]) {
        self.init(descriptor) {
            let body = HTTPResponseBody(bytes: bytes)
            return { try await body.next() }
        }
    }

    /// Begins at a later byte; what comes before is read and dropped.
    func open(at offset: Int64) async throws -> @Sendable () async throws -> [UInt8]? {
        let next = try await open()
        var dropped: Int64 = 0
        while dropped < offset, let piece = try await next() {
            let surplus = dropped + Int64(piece.count) - offset
            dropped += Int64(piece.count)
            guard surplus > 0 else { continue }
            let first = HTTPResponseBody(bytes: Array(piece.suffix(Int(surplus))))
            return { if let piece = try await first.next() { piece } else { try await next() } }
        }
        return next
    }
}

/// Counts what is read by one reader after another.
final class ByteCounter: Sendable {
    private let count: Atomic<Int64>

    init(_ start: Int64) { count = Atomic(start) }

    /// The sum so far.
    func add(_ bytes: Int) -> Int64 { count.add(Int64(bytes), ordering: .relaxed).newValue }
}

/// Yields a source in pieces of one size, the last one shorter.
struct ChunkReader {
    private let next: @Sendable () async throws -> [UInt8]?
    private let size: Int
    private var held: [UInt8] = []

    init(_ next: @escaping @Sendable () async throws -> [UInt8]?, size: Int) {
        self.next = next
        self.size = size
    }

    /// Nil at the end.
    mutating func chunk() async throws -> [UInt8]? {
        while held.count < size, let piece = try await next() { held += piece }
        guard !held.isEmpty else { return nil }
        let chunk = Array(held.prefix(size))
        held.removeFirst(chunk.count)
        return chunk
    }
}
