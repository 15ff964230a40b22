/// What a `Range` header asks of a file (RFC 9110 section 14). Several ranges are answered with the whole file, which
/// the RFC allows and which costs an attacker as much as us.
enum ByteRange: Hashable, Sendable {
    case whole
    case part(Range<Int64>)
    /// 416: nothing of what is asked for is in the file.
    case unsatisfiable

    /// - Parameter size: bytes in the file.
    init(header: String?, size: Int64) {
        self = header.flatMap { Self.parse($0, size: size) } ?? .whole
    }

    /// Nil where the header has another unit, several ranges or no meaning: such headers are ignored.
    private static func parse(_ header: String, size: Int64) -> ByteRange? {
        let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (false, false):
            guard let first = number(ends[0]), let last = number(ends[1]), first <= last else { return nil }
            return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (false, true):
            guard let first = number(ends[0]) else { return nil }
            return first < size ? .part(first..<size) : .unsatisfiable
        case (true, false):
            guard let count = number(ends[1]) else { return nil }
            return count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        case (true, true):
            return nil
        }
    }

    /// Digits only; a number that does not fit is as good as the largest.
    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text) ?? .max
    }
}
