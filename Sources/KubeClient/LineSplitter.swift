/// Cuts a stream of pieces into lines, wherever the pieces were cut.
struct LineSplitter {
    private let limit: Int
    private var held: [UInt8] = []
    /// Where the first line that was not given out begins.
    private var start = 0
    /// Up to where there is certainly no line end.
    private var searched = 0

    /// `limit` bounds one line, in bytes.
    init(limit: Int) { self.limit = limit }

    /// Nothing is left but lines that were given out.
    var isEmpty: Bool { start == held.count }

    mutating func append(_ piece: [UInt8]) {
        if start > 0 {
            held.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        held += piece
    }

    /// The next whole line that is not empty, without its end; nil when more pieces are needed.
    /// - Throws: `badAnswer` for a line beyond the limit.
    mutating func next() throws(KubeError) -> [UInt8]? {
        while let end = held[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = held[start..<end]
            start = end + 1
            searched = start
            if !line.isEmpty { return Array(line) }
        }
        searched = held.count
        guard held.count - start <= limit else {
            throw KubeError(.badAnswer, "A watch gave an event of more than \(limit) bytes")
        }
        return nil
    }
}
