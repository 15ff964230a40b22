/// Byte order marks at the start of documents that are not the first: what is left where files were put together.
/// kustomize reads each document by itself, libyaml takes the mark for text.
enum ByteOrderMark {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The bytes without the marks behind `---` lines; nil where there are none.
    static func removed(from bytes: [UInt8]) -> [UInt8]? {
        var kept: [UInt8] = []
        var start = 0
        for index in bytes.indices.dropLast(2) where index > 3 && bytes[index] == mark[0] {
            guard bytes[index...].starts(with: mark), isBehindRule(bytes[..<index]) else { continue }
            kept += bytes[start..<index]
            start = index + mark.count
        }
        return start == 0 ? nil : kept + bytes[start...]
    }

    /// Whether the line before this one is a `---`.
    private static func isBehindRule(_ before: ArraySlice<UInt8>) -> Bool {
        guard before.last == UInt8(ascii: "\n") else { return false }
        let backwards = before.dropLast().reversed().prefix(5).prefix { $0 != UInt8(ascii: "\n") }
        let line = Array(backwards.drop { $0 == UInt8(ascii: "\r") }.reversed())
        return line == Array("---".utf8)
    }
}
