import HTTPExchange

/// An upload that is under way: where its next request goes, and what the registry holds of it for certain.
struct Upload: Sendable {
    var location: HTTPURL
    /// Bytes from the beginning that the registry has confirmed.
    private(set) var offset: Int64 = 0
    /// Chunks that are not the last have at least so many bytes.
    let minimumChunk: Int
    /// The registry was asked for the offset, and nothing has been confirmed since.
    private(set) var isResumed = false

    init(location: HTTPURL, minimumChunk: Int) {
        self.location = location
        // What a registry asks for must fit into memory.
        self.minimumChunk = min(max(minimumChunk, 0), 64 << 20)
    }

    /// Takes a chunk's acknowledgement: everything up to `end` was sent, the response says what arrived.
    /// - Returns: whether all of it did.
    mutating func acknowledge(upTo end: Int64, _ headers: HTTPHeaders) -> Bool {
        let held = Self.held(headers)
        // Without a range everything is taken for held; and some registries say 0-0 whatever they hold.
        let confirmed = held.flatMap { $0 > 1 && $0 < end ? $0 : nil } ?? end
        isResumed = false
        offset = confirmed
        return confirmed == end
    }

    /// Takes the registry's account of what it holds: no range is nothing.
    mutating func resume(at location: HTTPURL, _ headers: HTTPHeaders) {
        self.location = location
        // One byte and none look the same (0-0): none is the safe reading, and what is out of order is refused.
        offset = Self.held(headers).flatMap { $0 > 1 ? $0 : nil } ?? 0
        isResumed = true
    }

    /// `Range: 0-<last>`, in older registries `bytes=0-<last>`: the number of bytes; nil for anything else.
    static func held(_ headers: HTTPHeaders) -> Int64? {
        guard var text = headers["Range"].map({ Substring($0) }) else { return nil }
        if text.hasPrefix("bytes=") || text.hasPrefix("bytes ") { text = text.dropFirst("bytes=".count) }
        guard text.hasPrefix("0-"), let last = Int64(text.dropFirst(2)), last >= 0, last < .max else { return nil }
        return last + 1
    }
}
