/// Finds one text in another, in time linear in both (Knuth, Morris and Pratt).
struct TextSearch {
    private let needle: [UInt8]
    /// For each prefix of the needle, the length of the longest shorter prefix that it ends with.
    private let borders: [Int]

    init(_ needle: String) {
        let bytes = Array(needle.utf8)
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = length
        }
        self.needle = bytes
        self.borders = borders
    }

    /// Where the needle begins, without overlaps, at most `limit` times. It has at least one byte.
    func occurrences(in haystack: [UInt8], limit: Int = .max) -> [Int] {
        var found: [Int] = []
        var length = 0
        for (index, byte) in haystack.enumerated() where found.count < limit {
            while length > 0, byte != needle[length] { length = borders[length - 1] }
            if byte == needle[length] { length += 1 }
            if length == needle.count {
                found.append(index + 1 - length)
                length = 0
            }
        }
        return found
    }

    /// Where the needle begins for the last time, also over another occurrence.
    func last(in haystack: [UInt8]) -> Int? {
        var found: Int?
        var length = 0
        for (index, byte) in haystack.enumerated() {
            while length > 0, length == needle.count || byte != needle[length] { length = borders[length - 1] }
            if byte == needle[length] { length += 1 }
            if length == needle.count { found = index + 1 - length }
        }
        return found
    }
}
