/// Shares one copy of a text between the many places where it stands: manifests repeat their keys and values.
struct RepeatedTexts {
    /// Shorter text needs no memory of its own.
    private static let shortest = 16
    private static let longest = 64

    private var texts = [String](repeating: "", count: 256)

    /// The text of bytes that are valid UTF-8.
    mutating func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        guard (Self.shortest...Self.longest).contains(range.count) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        let slot = slot(bytes.span, range)
        if Self.isEqual(texts[slot], bytes.span, range) { return texts[slot] }
        let text = String(decoding: bytes[range], as: UTF8.self)
        texts[slot] = text
        return text
    }

    /// By the first and the last bytes, where texts differ most.
    private func slot(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        var hash: UInt32 = UInt32(truncatingIfNeeded: range.count)
        for offset in 0..<8 {
            hash = hash &* 31 &+ UInt32(bytes[range.lowerBound + offset])
            hash = hash &* 31 &+ UInt32(bytes[range.upperBound - 1 - offset])
        }
        return Int((hash ^ hash >> 15) & 0xFF)
    }

    private static func isEqual(_ text: String, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard text.utf8.count == range.count else { return false }
        let held = text.utf8.span
        for offset in held.indices where held[offset] != bytes[range.lowerBound + offset] { return false }
        return true
    }
}
